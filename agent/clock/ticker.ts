import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Clock } from './clock.ts';

export interface TickerOptions {
  readonly clock: Clock;
  readonly period: Duration;
  /** Gets a signal that is aborted by `stop`. */
  readonly job: (signal: AbortSignal) => Promise<void>;
  /** Hears what the job throws; the next run comes all the same. Must not throw. */
  readonly onFault: (fault: Fault) => void;
}

/**
 * Does a job once a period, first one period after the start. Runs never overlap: the next one waits for the end of
 * the one before, and periods that passed meanwhile are left out, so that a slow job is not followed by a burst.
 */
export class Ticker {
  readonly #options: TickerOptions;
  readonly #ended = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: TickerOptions) {
    this.#options = options;
  }

  /** Safe twice; does nothing after `stop`. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** Tells the job to stop and settles once it has. Safe twice, and without a start. */
  async stop(): Promise<void> {
    this.#ended.abort(new Fault('internal/cancelled'));
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, period, job } = this.#options;
    const { signal } = this.#ended;
    let next = clock.now();
    while (!signal.aborted) {
      const now = clock.now();
      next = Math.max(next + period, now);
      try {
        await clock.sleep(milliseconds(next - now), signal);
        await job(signal);
      } catch (thrown) {
        if (!signal.aborted) this.#tell(toFault(thrown));
      }
    }
  }

  /** A listener that breaks its promise must not end the ticks. */
  #tell(fault: Fault): void {
    try {
      this.#options.onFault(fault);
    } catch {
      // there is nobody left to be told
    }
  }
}
