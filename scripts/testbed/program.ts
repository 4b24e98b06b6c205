import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

export interface ProgramSetup {
  /** The program and its arguments. */
  readonly words: readonly [program: string, ...args: string[]];
  /** On top of a small clean environment; never the environment of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Nobody reads what it prints: its pipes fill up. */
  readonly unread?: boolean | undefined;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that runs as a process of its own. */
export interface Program {
  readonly pid: number;
  /** `performance.now()` just before it was started. */
  readonly startedAt: number;
  /** The output so far; of very much, the end. */
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: Promise<Exit>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL if it is not gone `within` milliseconds; then the exit shows the signal. Safe twice. */
  stop(within?: number): Promise<Exit>;
}

const MOST_OUTPUT = 4_194_304;
const SETPRIV = '/usr/bin/setpriv';
/** Becomes the program, which the kernel then ends with its starter, however that ends. */
const BOUND = existsSync(SETPRIV) ? ([SETPRIV, '--pdeathsig', 'KILL'] as const) : [];

export function startProgram(setup: ProgramSetup): Program {
  const startedAt = performance.now();
  const [program = '', ...args] = [...BOUND, ...setup.words];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LANG: 'C.UTF-8', ...setup.env },
    // Of its own session: Ctrl-C reaches its starter, which then stops it in order.
    detached: true,
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of setup.unread === true ? [] : (['stdout', 'stderr'] as const)) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] = (said[stream] + text).slice(-MOST_OUTPUT);
    });
  }
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<Exit>((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('close', (code, signal) => resolve({ code, signal }));
    // Unread pipes would never close.
    if (setup.unread === true) child.once('exit', () => [child.stdout, child.stderr].map((stream) => stream.destroy()));
  });
  void ended.then(() => process.off('exit', kill));
  return {
    pid: child.pid ?? 0,
    startedAt,
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    ended,
    signal: (signal) => void child.kill(signal),
    async stop(within = 20_000) {
      child.kill('SIGTERM');
      const impatience = setTimeout(kill, within);
      const exit = await ended;
      clearTimeout(impatience);
      return exit;
    },
  };
}
