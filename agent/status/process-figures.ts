import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { memoryUsage } from 'node:process';
import type { Clock, Instant } from '../clock/clock.ts';
import type { Status } from './schema.ts';

/** How often the event loop is looked at: each look wakes the process for some microseconds. */
const RESOLUTION = 50;
const SPAN = 60_000;
const NANOSECONDS = 1_000_000;

/** Memory and how late the event loop is, over the minute before. */
export class ProcessFigures {
  readonly #clock: Clock;
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  #since: Instant;
  #last: { readonly p99: number; readonly max: number } = { p99: 0, max: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  start(): void {
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  /** The figures of this minute and the one before, whichever are worse. */
  read(): Status['process'] {
    const now = this.#clock.now();
    const current = { p99: late(this.#delay.percentile(99)), max: late(this.#delay.max) };
    const p99 = Math.max(current.p99, this.#last.p99);
    const max = Math.max(current.max, this.#last.max);
    if (now - this.#since >= SPAN) {
      this.#last = current;
      this.#since = now;
      this.#delay.reset();
    }
    return { rssBytes: memoryUsage.rss(), eventLoopDelayMs: p99, eventLoopDelayMaxMs: max };
  }
}

/** The histogram holds the time between two looks. */
function late(nanoseconds: number): number {
  const milliseconds = nanoseconds / NANOSECONDS - RESOLUTION;
  // before the first look its maximum is 0 and its percentiles are nothing
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0;
}
