import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Progress } from '../lifecycle/progress.ts';
import type { Log } from '../log/log.ts';
import { backoff } from './backoff.ts';
import type { Clock, Instant } from './clock.ts';

/** Between two starts of a part that fails at once, doubling. */
const LEAST = milliseconds(1000);
const MOST = milliseconds(60_000);
/** A part that ran for so long before it failed is as good as new, milliseconds. */
const STEADY = 60_000;
/**
 * So many failures in a row, none of them after a steady run, are no accident: half a minute after the first one the
 * whole agent is the next thing to start anew.
 */
const TOO_OFTEN = 6;

export interface SupervisorOptions {
  readonly clock: Clock;
  readonly log: Log;
}

interface Supervised {
  readonly name: string;
  failures: number;
  /** Of the run that is under way; undefined in the pause before the next. */
  runningSince: Instant | undefined;
  stuckSince: Instant | undefined;
}

/**
 * The one place where the agent's own mistakes end. A part that throws is told with its place in the code and started
 * again after growing pauses; an errand, which is done once, is told and left. Nothing of it reaches another part or
 * ends the process. A part that has to be started again too often counts as stuck, so that the watchdog lets the
 * service manager start everything anew.
 */
export class Supervisor implements Progress {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #parts = new Set<Supervised>();

  constructor({ clock, log }: SupervisorOptions) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Constant text, with the part that has to be started again too often. */
  get name(): string {
    const stuck = [...this.#parts].find((part) => this.#stuckSince(part, this.#clock.now()) !== undefined);
    return stuck === undefined ? 'parts' : `restarts of ${stuck.name}`;
  }

  stuckFor(now: Instant): number {
    let longest = 0;
    for (const part of this.#parts) longest = Math.max(longest, now - (this.#stuckSince(part, now) ?? now));
    return longest;
  }

  /**
   * Runs a part until the signal aborts: one that throws, or that ends by itself, is started again. Never rejects.
   * @param name constant text of ours, and ids of the config
   * @param task begins anew each time it is called; settles soon after the signal has aborted
   */
  supervise(name: string, task: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    return this.#keep(name, task, signal, true);
  }

  /** The same for a part that is over once it has ended without a throw. */
  untilDone(name: string, task: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    return this.#keep(name, task, signal, false);
  }

  /** Something that is done once and that nobody waits for. An error of it is told. Never rejects. */
  async errand(name: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.failed(name, thrown);
    }
  }

  /** One call of another part, which must not harm the caller. @returns whether it went well */
  guard(name: string, call: () => void): boolean {
    try {
      call();
      return true;
    } catch (thrown) {
      this.failed(name, thrown);
      return false;
    }
  }

  /** Tells what was thrown where the caller goes on by itself. Never throws. */
  failed(name: string, thrown: unknown): void {
    this.#tell('part failed', { part: name }, thrown);
  }

  async #keep(
    name: string,
    task: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    endless: boolean,
  ): Promise<void> {
    const part: Supervised = { name, failures: 0, runningSince: undefined, stuckSince: undefined };
    this.#parts.add(part);
    try {
      while (!signal.aborted) {
        part.runningSince = this.#clock.now();
        const thrown = await this.#once(task, signal, endless);
        if (thrown === undefined) return;
        if (signal.aborted) return this.failed(name, thrown);
        const wait = this.#pauseAfter(part);
        this.#tell('part restarts', { part: name, waitMs: wait }, thrown);
        await this.#clock.sleep(wait, signal).catch(() => undefined);
      }
    } finally {
      this.#parts.delete(part);
    }
  }

  /** @returns what was thrown, or why it may not end; nothing where it may */
  async #once(
    task: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    endless: boolean,
  ): Promise<Fault | undefined> {
    try {
      await task(signal);
      return endless && !signal.aborted ? new Fault('internal/unexpected') : undefined;
    } catch (thrown) {
      const fault = toFault(thrown);
      return signal.aborted && fault.code === 'internal/cancelled' ? undefined : fault;
    }
  }

  #pauseAfter(part: Supervised): Duration {
    const now = this.#clock.now();
    const wasSteady = now - (part.runningSince ?? now) >= STEADY;
    part.runningSince = undefined;
    part.failures = wasSteady ? 1 : part.failures + 1;
    if (part.failures < TOO_OFTEN) part.stuckSince = undefined;
    else part.stuckSince ??= now;
    return backoff(part.failures - 1, LEAST, MOST, 1);
  }

  /** Since when it has had to be started again too often; a run that has become steady ends that. */
  #stuckSince({ runningSince, stuckSince }: Supervised, now: Instant): Instant | undefined {
    return runningSince !== undefined && now - runningSince >= STEADY ? undefined : stuckSince;
  }

  /** An error of a part that may not throw is a mistake of ours, with any code: so the log has the place of it. */
  #tell(event: string, fields: Readonly<Record<string, string | number>>, thrown: unknown): void {
    try {
      const { code } = toFault(thrown);
      this.#log.error(event, { ...fields, code }, new Fault('internal/unexpected', undefined, thrown));
    } catch {
      // the part that tells of mistakes must not be ended by one
    }
  }
}
