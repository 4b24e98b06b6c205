import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Clock } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { Log } from '../log/log.ts';

/** One part of the agent, as far as its start and its end are concerned. */
export interface LifecycleStep {
  /** Constant text of ours; the log names a late step by it. */
  readonly name: string;
  readonly startLimit: Duration;
  readonly stopLimit: Duration;
  /** The signal is aborted at `startLimit` and when the agent stops meanwhile. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Called once for every step whose `start` was called, also where that failed or has not ended. At `stopLimit` the
   * signal is aborted and nobody waits any longer.
   */
  stop(signal: AbortSignal): Promise<void>;
}

export interface LifecycleOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Started in this order, stopped in the reverse one. */
  readonly steps: readonly LifecycleStep[];
  /** For the whole stop; steps that come after it are told to stop and not waited for. */
  readonly stopLimit: Duration;
}

/** Starts the parts of the agent in order and stops them in reverse, in bounded time, also where one hangs. */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  readonly #stopping = new AbortController();
  readonly #begun: LifecycleStep[] = [];
  #starting: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /**
   * Once. After a failure everything that had begun is stopped before this throws.
   * @throws Fault of the step that failed; `internal/deadline` of one that was late; `internal/cancelled` after `stop`
   */
  async start(): Promise<void> {
    this.#starting ??= this.#startAll();
    try {
      await this.#starting;
    } catch (thrown) {
      await this.stop();
      throw thrown;
    }
  }

  /** Safe at any time and any number of times; never throws, and every call settles when all is stopped. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #startAll(): Promise<void> {
    const { clock, log, steps } = this.#options;
    for (const step of steps) {
      this.#begun.push(step);
      try {
        await withDeadline(clock, step.startLimit, this.#stopping.signal, (signal) => step.start(signal));
      } catch (thrown) {
        const fault = toFault(thrown);
        if (!this.#stopping.signal.aborted) log.error('start failed', { step: step.name }, fault);
        throw fault;
      }
    }
  }

  async #stopAll(): Promise<void> {
    const { clock, log, stopLimit } = this.#options;
    const end = clock.now() + stopLimit;
    // Ends a start that is under way, and nothing begins after it.
    this.#stopping.abort(new Fault('internal/cancelled'));
    const never = new AbortController().signal;
    for (const step of this.#begun.toReversed()) {
      const limit = milliseconds(Math.min(step.stopLimit, Math.max(0, end - clock.now())));
      try {
        await withDeadline(clock, limit, never, (signal) => step.stop(signal));
      } catch (thrown) {
        const fault = toFault(thrown);
        log.warn(fault.code === 'internal/deadline' ? 'stop late' : 'stop failed', { step: step.name }, fault);
      }
    }
  }
}
