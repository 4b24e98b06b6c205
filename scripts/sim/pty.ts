import { type ChildProcess, spawn } from 'node:child_process';
import { readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Fault } from '../../drivers/contract/fault.ts';

/** The far end of a pseudo terminal: bytes that are written here are read from `path`, and the other way round. */
export interface Pty {
  /** The terminal that a program opens as its serial port, `/dev/pts/N`. The kernel reuses the numbers. */
  readonly path: string;
  /** The stable name that was asked for, else `path`. */
  readonly name: string;
  /**
   * Resolves when the bytes are on their way. Waits while the program at `path` does not read.
   * @throws Fault `port/not-open` after an unplug or a close
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Each chunk that the program wrote, in order; the memory is the caller's. Bytes before the first listener are kept. */
  onBytes(listener: (chunk: Uint8Array) => void): void;
  /** Takes no byte and gives none until {@link thaw}: an adapter whose other end hangs. */
  freeze(): void;
  thaw(): void;
  /** Pulls the plug: the program at `path` sees a hang-up, the stable name is gone. Safe any number of times. */
  unplug(): Promise<void>;
  /** Ends it and frees everything. The same as an unplug, for a caller that does not mean one. */
  close(): Promise<void>;
  /** Resolves once it is gone, for any reason. */
  readonly closed: Promise<void>;
}

export interface PtyOptions {
  /** Absolute name for a symbolic link to the terminal, as udev's `/dev/serial/by-id` has them. Replaced atomically. */
  readonly link?: string;
}

// Raw: all 256 byte values pass, nothing is echoed. The name goes through the terminal itself and so arrives first.
// `cat` keeps the terminal open, so that it outlives the programs that open and close it, and ends with the lifeline
// on descriptor 3: also when this process was killed and could tidy nothing up.
const INSIDE = 'stty raw -echo; tty >&2; exec cat <&3 >/dev/null';

/** Arguments of `script`. */
export const SCRIPT: readonly string[] = ['-qfec', INSIDE, '/dev/null'];

const START_WITHIN = 10_000;
const LONGEST_NAME = 256;

/**
 * A real pseudo terminal out of util-linux's `script`, which every Linux machine has: no package, no compiler.
 * @throws Fault `port/unsupported` where there is no `script`, `internal/deadline` if it does not start
 */
export async function openPty(options: PtyOptions = {}): Promise<Pty> {
  const child = spawn('script', SCRIPT, {
    stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
    // Of its own session: Ctrl-C in the terminal of a demo must not pull the plugs before the agent stops.
    detached: true,
    env: { ...process.env, SHELL: '/bin/sh', LC_ALL: 'C' },
  });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  for (const stream of child.stdio) stream?.on('error', () => {});
  try {
    const { path, rest } = await slaveName(child, ended);
    if (options.link !== undefined) pointTo(options.link, path);
    return new ScriptPty(child, ended, path, rest, options.link);
  } catch (thrown) {
    child.kill('SIGKILL');
    throw thrown;
  }
}

class ScriptPty implements Pty {
  readonly path: string;
  readonly name: string;
  readonly closed: Promise<void>;
  readonly #child: ChildProcess;
  readonly #link: string | undefined;
  readonly #listeners: ((chunk: Uint8Array) => void)[] = [];
  #early: Uint8Array[];
  #open = true;

  constructor(child: ChildProcess, ended: Promise<void>, path: string, rest: Uint8Array, link: string | undefined) {
    this.#child = child;
    this.#link = link;
    this.#early = rest.length > 0 ? [rest] : [];
    this.path = path;
    this.name = link ?? path;
    this.closed = ended.then(() => this.#release());
  }

  async write(bytes: Uint8Array): Promise<void> {
    const stdin = this.#child.stdin;
    if (!this.#open || stdin === null || !stdin.writable) throw new Fault('port/not-open');
    await new Promise<void>((resolve, reject) => {
      // A copy: the caller may use its memory again while the pipe is full.
      stdin.write(Buffer.from(bytes), (error) => (error ? reject(new Fault('port/not-open')) : resolve()));
    });
  }

  onBytes(listener: (chunk: Uint8Array) => void): void {
    this.#listeners.push(listener);
    if (this.#listeners.length > 1) return;
    for (const chunk of this.#early) listener(chunk);
    this.#early = [];
    // Until somebody listens the pipe is not read, so that it bounds what is kept.
    this.#child.stdout?.on('data', (chunk: Uint8Array) => {
      if (this.#open) for (const each of this.#listeners) each(chunk);
    });
    this.#child.stdout?.resume();
  }

  freeze(): void {
    if (this.#open) this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    if (this.#open) this.#child.kill('SIGCONT');
  }

  async unplug(): Promise<void> {
    this.#child.kill('SIGKILL');
    this.#release();
    await this.closed;
  }

  close(): Promise<void> {
    return this.unplug();
  }

  #release(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#link !== undefined) removeLink(this.#link, this.path);
    for (const stream of this.#child.stdio) stream?.destroy();
  }
}

/** Reads the line `/dev/pts/N` that comes before everything else; the bytes behind it belong to the user. */
async function slaveName(child: ChildProcess, ended: Promise<void>): Promise<{ path: string; rest: Uint8Array }> {
  const stdout = child.stdout as Readable;
  const late = AbortSignal.timeout(START_WITHIN);
  let seen = Buffer.alloc(0);
  return await new Promise((resolve, reject) => {
    const settle = () => {
      stdout.off('data', take);
      stdout.pause();
      late.removeEventListener('abort', tooLate);
    };
    const fail = (fault: Fault) => {
      settle();
      reject(fault);
    };
    const tooLate = () => fail(new Fault('internal/deadline'));
    const take = (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      const end = seen.indexOf('\n');
      if (end < 0 && seen.length <= LONGEST_NAME) return;
      const path = seen.subarray(0, Math.max(end, 0)).toString('latin1').trim();
      if (!/^\/dev\/(pts\/\d+|tty[a-z0-9]+)$/.test(path)) return fail(new Fault('port/unsupported'));
      settle();
      resolve({ path, rest: seen.subarray(end + 1) });
    };
    late.addEventListener('abort', tooLate);
    stdout.on('data', take);
    void ended.then(() => fail(new Fault('port/unsupported')));
  });
}

function pointTo(link: string, path: string): void {
  const next = `${link}.${process.pid}.new`;
  symlinkSync(path, next);
  renameSync(next, link);
}

/** Takes the name away, unless it already belongs to another terminal. */
function removeLink(link: string, path: string): void {
  try {
    if (readlinkSync(link) === path) unlinkSync(link);
  } catch {
    // Somebody else was faster, for instance a test that removed its folder.
  }
}
