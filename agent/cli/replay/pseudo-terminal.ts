import { spawn } from 'node:child_process';
import { lstatSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';

/** A serial port that this program is the far end of. */
export interface PseudoTerminal {
  /** `/dev/pts/N`, for another program to open. */
  readonly path: string;
  /** The bytes are the caller's. Told from the first call on. */
  onBytes(listener: (bytes: Uint8Array) => void): void;
  write(bytes: Uint8Array): void;
  /** Resolves once it is gone, for any reason. */
  readonly closed: Promise<void>;
  /** Frees it. Safe twice. */
  close(): void;
}

const START: ReturnType<typeof milliseconds> = milliseconds(10_000);
const NAME = /^(\/dev\/pts\/[0-9]{1,9})\r?\n/;
const LONGEST_NAME = 256;

// Node makes no pseudo terminals, and a package for it would bring code of the machine. `script` of util-linux makes one,
// and every Debian has it. Its own terminal's name comes first; `cat` on descriptor 3 keeps it open and ends with us.
const INSIDE = 'stty raw -echo && tty >&2 && exec cat <&3 >/dev/null';

/**
 * Makes a pseudo terminal that passes all bytes as they are.
 * @param path the search path for programs
 * @throws Fault `port/unsupported` where there is no `script` of util-linux; `internal/deadline`
 */
export async function openTerminal(
  path: string | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<PseudoTerminal> {
  const child = spawn('script', ['-qfec', INSIDE, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore', 'pipe'],
    detached: true,
    env: { PATH: path ?? '/usr/bin:/bin', SHELL: '/bin/sh', LC_ALL: 'C' },
  });
  const closed = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Fault('port/unsupported');
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  let early = Buffer.alloc(0);
  let name: string | undefined;
  try {
    await withDeadline(clock, START, signal, async () => {
      await new Promise<void>((resolve, reject) => {
        closed.then(() => reject(new Fault('port/unsupported')));
        stdout.on('data', (chunk: Buffer) => {
          if (name !== undefined) {
            for (const each of listeners) each(chunk);
            return;
          }
          early = Buffer.concat([early, chunk]);
          const [whole = '', found] = NAME.exec(early.toString('latin1')) ?? [];
          if (found === undefined) {
            if (early.length > LONGEST_NAME) reject(new Fault('port/unsupported'));
            return;
          }
          early = early.subarray(whole.length);
          name = found;
          resolve();
        });
      });
    });
  } catch (thrown) {
    child.kill('SIGKILL');
    throw thrown;
  }
  return {
    path: name ?? '',
    closed,
    onBytes(listener) {
      listeners.push(listener);
      if (early.length > 0) listener(early);
      early = Buffer.alloc(0);
    },
    write(bytes) {
      stdin.write(bytes);
    },
    close() {
      child.kill('SIGKILL');
      for (const stream of child.stdio) stream?.destroy();
    },
  };
}

/**
 * A steady name for the terminal. A file in its place is replaced only where it is a link.
 * @returns takes it away again, unless it leads elsewhere by then; undefined: the name can not be had
 */
export function linkTo(link: string, path: string): (() => void) | undefined {
  try {
    const there = lstatSync(link, { throwIfNoEntry: false });
    if (there !== undefined && !there.isSymbolicLink()) return undefined;
    const beside = `${link}.${path.replace(/\//g, '-')}.new`;
    symlinkSync(path, beside);
    renameSync(beside, link);
  } catch {
    return undefined;
  }
  return () => {
    try {
      if (readlinkSync(link) === path) unlinkSync(link);
    } catch {
      // somebody else was faster
    }
  };
}
