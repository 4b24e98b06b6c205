import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { compileC } from './compile.ts';

/** Faults and habits of the line, by the names of wiresim's options: `{ drop: 0.01, badcrc: 0.01, echo: true }`. */
export type WireOptions = Readonly<Record<string, number | string | true>>;

export interface RigSetup {
  readonly baud: number;
  /** The units that answer: `1-8,12`. */
  readonly units: string;
  /** How many lines, each with the same units. Default 1. */
  readonly lines?: number;
  readonly options?: WireOptions;
}

export interface Distribution {
  readonly n: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** The counts of one line since the last zero. Times as their names say. */
export interface LineSummary {
  readonly requests: number;
  readonly responses: number;
  readonly utilisation: number;
  readonly malformed: number;
  readonly foreign_unit: number;
  readonly t35_violations: number;
  readonly t15_violations: number;
  readonly collisions: number;
  readonly hangups: number;
  readonly opens: number;
  readonly per_unit: Readonly<Record<string, number>>;
  readonly gap_us: Distribution;
  /** How late the rig itself handed answers over: the delay that its own scheduling adds to a measurement. */
  readonly rig_late_us: Distribution;
}

export interface RigSummary {
  readonly since_zero_s: number;
  readonly t35_us: number;
  readonly lines: readonly LineSummary[];
  /** Bytes that the end of the option `tap` said, and those that it did not take. */
  readonly tap_in: number;
  readonly tap_lost: number;
}

/** One request as the line saw it. Times on CLOCK_MONOTONIC in nanoseconds, as `process.hrtime.bigint()` gives them. */
export interface Transaction {
  readonly line: number;
  /** The line's transaction counter: every even, unwritten register held it in this answer. */
  readonly counter: number;
  readonly unit: number;
  readonly function: number;
  readonly address: number;
  readonly quantity: number;
  readonly requestEndNs: bigint;
  readonly answerEndNs: bigint;
  /** `ok`, the fault that was injected, or why there was no answer. */
  readonly what: string;
}

export interface Rig {
  readonly pid: number;
  /** The ports: stable links, also across hang-ups. */
  readonly links: readonly string[];
  summary(): Promise<RigSummary>;
  /** Sets the counters to zero; settles once it is done. */
  zero(): Promise<void>;
  /** Unplugs all lines; they come back after `recreate-ms` (1000). */
  hangUp(): void;
  /** Switches the units of the option `switched` on, and off again the next time. At first they are off. */
  switchUnits(): void;
  /** Every transaction since the start. */
  transactions(): Promise<readonly Transaction[]>;
  /** The last summary; everything that the rig made is gone. Safe twice. */
  stop(): Promise<RigSummary>;
}

type WireProcess = ChildProcessByStdio<null, Readable, Readable>;

export async function startRig(setup: RigSetup): Promise<Rig> {
  const program = await compileC('test/rig/wiresim.c', ['-lutil', '-lm']);
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-rig-'));
  const links = Array.from({ length: setup.lines ?? 1 }, (_, index) => join(folder, `line${index}`));
  const log = join(folder, 'log.csv');
  const args = ['--baud', String(setup.baud), '--units', setup.units, '--log', log];
  for (const link of links) args.push('--link', link);
  for (const [name, value] of Object.entries(setup.options ?? {})) {
    args.push(`--${name}`);
    if (value !== true) args.push(String(value));
  }
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  const summaries = new Summaries(child);
  const ended = once(child, 'exit');
  try {
    await ready(child);
  } catch (error) {
    process.off('exit', endWithUs);
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  let stopping: Promise<RigSummary> | undefined;
  const stop = async (): Promise<RigSummary> => {
    try {
      const last = summaries.next();
      last.catch(() => {}); // It may have ended before, by itself or by a signal to all.
      child.kill('SIGTERM');
      await ended;
      return await last;
    } finally {
      process.off('exit', endWithUs);
      await rm(folder, { recursive: true, force: true });
    }
  };
  const summary = (): Promise<RigSummary> => {
    const next = summaries.next();
    child.kill('SIGUSR1');
    return next;
  };
  return {
    pid: child.pid ?? 0,
    links,
    summary,
    async zero() {
      const before = performance.now();
      child.kill('SIGUSR2');
      // Of two pending signals the lower number is seen first, so the zero is only sure once a summary shows it.
      while ((await summary()).since_zero_s * 1000 > performance.now() - before) await wait(1);
    },
    hangUp: () => void child.kill('SIGHUP'),
    switchUnits: () => void child.kill('SIGALRM'),
    async transactions() {
      if (stopping === undefined) await summary();
      return parseLog(await readFile(log, 'utf8'));
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

export function parseLog(text: string): readonly Transaction[] {
  const transactions: Transaction[] = [];
  for (const row of text.split('\n').slice(1)) {
    const cells = row.split(',');
    const what = cells[12];
    // The last row may be half written while the rig runs.
    if (what === undefined) continue;
    const number = (index: number) => Number(cells[index]);
    transactions.push({
      line: number(0),
      counter: number(1),
      unit: number(2),
      function: number(3),
      address: number(4),
      quantity: number(5),
      requestEndNs: BigInt(cells[7] ?? '0'),
      answerEndNs: BigInt(cells[9] ?? '0'),
      what,
    });
  }
  return transactions;
}

/** The summaries that the rig prints, one line each, handed to the callers in order. */
class Summaries {
  readonly #waiting: { resolve(summary: RigSummary): void; reject(error: Error): void }[] = [];
  #closed = false;

  constructor(child: WireProcess) {
    createInterface({ input: child.stdout }).on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)));
    child.once('close', () => {
      this.#closed = true;
      for (const asked of this.#waiting.splice(0)) asked.reject(new Error('the rig has ended'));
    });
  }

  next(): Promise<RigSummary> {
    if (this.#closed) return Promise.reject(new Error('the rig has ended'));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

function ready(child: WireProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
      if (said.includes('wiresim: ready')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`the rig did not start: ${said}`)));
  });
}
