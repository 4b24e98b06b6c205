import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../../scripts/testbed/place.ts';

const SPACES = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
/** As root of the machine, or else as root of a user namespace. */
const UNSHARE = process.getuid?.() === 0 ? SPACES : ['--user', '--map-root-user', ...SPACES];

/** Why there can be no box here; undefined: there can. */
export const boxMissing: string | undefined =
  spawnSync('unshare', [...UNSHARE, 'true']).status === 0
    ? undefined
    : 'skipped, because this machine lets nobody have namespaces of their own';

/**
 * `/etc/fieldward`, `/run`, `/dev/serial/by-id`, the loopback and its port 1883 belong to the box alone: commands that
 * name them run as they stand, and leave nothing behind.
 */
const INSIDE = `set -e
cd "$BOX"
mkdir -p own && mount -t tmpfs box own
mkdir own/etc own/work own/dev
mount -t overlay box -o "lowerdir=/etc,upperdir=$BOX/own/etc,workdir=$BOX/own/work" /etc
mkdir -p -m 755 /etc/fieldward/credentials
mount --rbind /dev own/dev
mount -t tmpfs box /dev
for name in null zero full random urandom tty; do touch "/dev/$name"; mount --bind "own/dev/$name" "/dev/$name"; done
mkdir -p /dev/pts /dev/shm /dev/serial/by-id
mount --bind own/dev/pts /dev/pts
mount --bind ports /dev/serial/by-id
ln -s pts/ptmx /dev/ptmx; ln -s /proc/self/fd /dev/fd
mount -t tmpfs box /run
ip link set lo up
ip addr add 10.0.0.9/32 dev lo
[ ! -e network.sock ] || socat TCP-LISTEN:502,bind=10.0.0.9,fork,reuseaddr "UNIX-CONNECT:$BOX/network.sock" &
mkdir desk
[ -z "$SHOWN" ] || { mkdir own/desk own/desk-work; mount -t overlay box -o "lowerdir=$SHOWN,upperdir=own/desk,workdir=own/desk-work" desk; }
cd desk
export HOME="$BOX/desk" PATH="$BOX/bin:/usr/sbin:/sbin:$PATH"
shopt -s expand_aliases
set +e
exec bash "$BOX/shell.sh"
`;

/** Takes one line after the other: the path of a file with a command. Its end is told by the mark and its code. */
const SHELL = `shopt -s expand_aliases
while IFS= read -r box_file <&9; do
  . "$box_file" </dev/null
  printf '\\n%s %s\\n' "$MARK" "$?"
done 9<&0
`;

/** Programs that the package or the machine has; `systemctl` starts and ends the agent alone, without its unit. */
const PROGRAMS: Readonly<Record<string, string>> = {
  fieldward: `: "\${CREDENTIALS_DIRECTORY=/etc/fieldward/credentials}"; export CREDENTIALS_DIRECTORY
exec ${process.execPath} ${join(checkout(), 'dist/agent/main.js')} "$@"`,
  sudo: 'exec "$@"',
  systemctl: `mkdir -p /run/fieldward
stop() { [ ! -s /run/agent ] || { kill "$(cat /run/agent)"; while [ -e "/proc/$(cat /run/agent)" ]; do sleep 0.05; done; }; rm -f /run/agent; }
case "$*" in
  'enable --now fieldward' | 'start fieldward' | 'restart fieldward')
    stop
    : >/run/agent.log
    RUNTIME_DIRECTORY=/run/fieldward STATE_DIRECTORY="$BOX/own" setsid fieldward run >>/run/agent.log 2>&1 </dev/null &
    echo "$!" >/run/agent
    # as with the unit: it is ready when the agent says so
    while [ -e "/proc/$!" ] && ! grep -q '"broker connected"' /run/agent.log; do sleep 0.05; done ;;
    'stop fieldward') stop ;;
  daemon-reload) ;;
  'reload fieldward') fieldward check >/dev/null && exec systemctl restart fieldward ;;
  *) exit 1 ;;
esac`,
};

const MARK = '== end of a command:';

export interface Told {
  readonly code: number;
  /** Both streams, in the order in which they came. */
  readonly output: string;
}

/** A shell in which the commands of a page run one after the other. */
export class DocBox {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  #output = '';
  #heard: () => void = () => {};
  #count = 0;

  /**
   * @param folder with `ports/` in it, and `network.sock` where there is a device on the network
   * @param shown a folder that the shell begins in, as if it were a copy of its own; absent: an empty one
   */
  constructor(folder: string, shown = '') {
    this.#folder = folder;
    mkdirSync(join(folder, 'bin'));
    for (const [name, text] of Object.entries(PROGRAMS)) {
      writeFileSync(join(folder, 'bin', name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
    }
    writeFileSync(join(folder, 'inside.sh'), INSIDE);
    writeFileSync(join(folder, 'shell.sh'), SHELL);
    this.#child = spawn('unshare', [...UNSHARE, 'bash', join(folder, 'inside.sh')], {
      // nothing of the test's own: a variable that begins with FIELDWARD_ is part of the config
      env: { PATH: process.env.PATH, BOX: folder, SHOWN: shown, MARK, LC_ALL: 'C.UTF-8', USER: 'anna' },
    });
    this.#child.once('close', () => this.#heard());
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#heard();
      });
    }
    this.#child.stdin.on('error', () => {});
  }

  /** Runs a command to its end. */
  async run(command: string): Promise<Told> {
    this.#send(command);
    await this.#until(() => this.#output.includes(MARK));
    return this.#taken();
  }

  /** Runs a command that does not end by itself, until it has said enough. */
  async runUntil(command: string, enough: (output: string) => boolean): Promise<Told> {
    this.#send(`${command.replace(/\s+#[^'"]*$/, '')} &`);
    await this.#until(() => enough(this.#output));
    const said = this.#output;
    this.#send('kill "$!"; wait "$!" 2>/dev/null; true');
    await this.#until(() => this.#output.split(MARK).length > 2);
    this.#taken();
    return { code: 0, output: said.replaceAll(new RegExp(`\\n${MARK}.*\\n`, 'g'), '') };
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close');
  }

  #send(command: string): void {
    const file = join(this.#folder, `command-${this.#count}.sh`);
    this.#count += 1;
    writeFileSync(file, `${command}\n`);
    this.#child.stdin.write(`${file}\n`);
  }

  #taken(): Told {
    const [output = '', rest = ''] = this.#output.split(`\n${MARK} `);
    this.#output = '';
    return { code: Number.parseInt(rest, 10), output };
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`the box ended: ${this.#output}`);
      }
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }
}
