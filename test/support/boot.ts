import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PATIENCE_MS } from './patience.ts';

/** The output of a program. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * A Debian root with systemd as PID 1, in namespaces of its own: nothing it does is seen outside. Its writes lie in
 * memory over the kept root, so every boot begins with the same files.
 */
export class BootedSystem {
  readonly #nspawn: ChildProcess;
  readonly #init: number;
  readonly #overlay: string;

  private constructor(nspawn: ChildProcess, init: number, overlay: string) {
    this.#nspawn = nspawn;
    this.#init = init;
    this.#overlay = overlay;
  }

  /** Boots, and waits until systemd says that it is up. @param root a folder of `rootFor` */
  static async start(root: string): Promise<BootedSystem> {
    const folder = mkdtempSync(join(tmpdir(), 'fieldward-boot-'));
    // setpriv: a test run that is killed takes its systems with it. nspawn's own seccomp is off, so that bpf(2) works
    // inside, which DeviceAllow= and IPAddressDeny= are made of.
    const nspawn = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', 'systemd-nspawn', '--quiet', '--directory', root, '--boot'],
        ...[
          `--machine=fieldward-${folder.slice(-6).toLowerCase()}`,
          '--register=no',
          '--keep-unit',
          '--private-network',
        ],
        ...['--volatile=overlay', '--capability=all', '--console=pipe', '--link-journal=no'],
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, SYSTEMD_SECCOMP: '0', SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
      },
    );
    let console = '';
    for (const stream of [nspawn.stdout, nspawn.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        console = (console + text).slice(-4000);
      });
    }
    try {
      for (let tries = 0; tries < 300 && nspawn.exitCode === null; tries += 1) {
        await wait(100);
        const init = childOf(nspawn.pid ?? 0);
        if (init === undefined) continue;
        const system = new BootedSystem(nspawn, init, folder);
        const { out } = await system.run(['systemctl', 'is-system-running']);
        if (/^(running|degraded)/.test(out)) return system;
      }
      throw new Error(`systemd did not come up; its console:\n${console}`);
    } catch (error) {
      nspawn.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs a program inside. Its exit code is part of the answer. */
  run(command: readonly string[], input?: string): Promise<Said> {
    return inNamespaces(this.#init, command, input);
  }

  /** Runs a line of shell inside. @throws Error with what it said when it fails */
  async sh(line: string): Promise<string> {
    const { code, out, err } = await this.run(['sh', '-c', line]);
    if (code !== 0) throw new Error(`${line}: exit code ${code}\n${out}${err}`);
    return out.trim();
  }

  async write(path: string, text: string, mode = '644'): Promise<void> {
    const { code, err } = await this.run(
      ['sh', '-c', `mkdir -p "$(dirname ${path})" && cat >${path} && chmod ${mode} ${path}`],
      text,
    );
    if (code !== 0) throw new Error(err);
  }

  /** Copies a file of the host into the system. */
  async copyIn(from: string, to: string, mode = '644'): Promise<void> {
    // Through the root of the running system's PID 1: its mounts are its own.
    const target = `/proc/${this.#init}/root${to}`;
    await mkdir(dirname(target), { recursive: true });
    await copyFile(from, target);
    await this.sh(`chmod ${mode} ${to}`);
  }

  /** Properties of a unit. */
  async show(unit: string, ...properties: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const out = await this.sh(`systemctl show ${unit} ${properties.map((each) => `-p ${each}`).join(' ')}`);
    return Object.fromEntries(
      out.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }

  /** The journal's lines of a unit: its own output, and systemd's words on it. */
  async journal(unit: string): Promise<string> {
    return this.sh(`journalctl --sync; journalctl -o cat --no-pager -u ${unit}`);
  }

  /** Settles when `met` gives something true. @throws Error with the words, and the unit's journal, after so many ms */
  async until<T>(what: string, met: () => Promise<T | undefined | false>, within = PATIENCE_MS): Promise<T> {
    for (const end = performance.now() + within; ; await wait(100)) {
      const found = await met();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > end) {
        const journal = await this.journal('fieldward').catch(() => '');
        throw new Error(`not seen in ${within} ms: ${what}\n${journal.slice(-3000)}`);
      }
    }
  }

  /** Ends it at once, as a power cut would. Safe twice. */
  async stop(): Promise<void> {
    if (this.#nspawn.exitCode === null && this.#nspawn.signalCode === null) {
      const ended = once(this.#nspawn, 'exit');
      process.kill(this.#init, 'SIGKILL');
      await ended;
    }
    rmSync(this.#overlay, { recursive: true, force: true });
  }
}

function inNamespaces(init: number, command: readonly string[], input = ''): Promise<Said> {
  const clean = ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8', 'HOME=/root'];
  return new Promise((resolve) => {
    const args = ['-t', String(init), '-a', '--', ...clean, ...command];
    const child = execFile('nsenter', args, { maxBuffer: 1 << 26 }, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, out, err });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function childOf(pid: number): number | undefined {
  try {
    // setpriv became nspawn, whose first child is the system's PID 1.
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return first === undefined || first === '' ? undefined : Number(first);
  } catch {
    return undefined;
  }
}
