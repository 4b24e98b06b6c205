import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** How often the event loop is looked at, in milliseconds: each look wakes the process for some microseconds. */
const RESOLUTION = 50;
const NANOSECONDS = 1_000_000;

/** How late the event loop ran since the start or the last reset, in milliseconds. */
export class LoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });

  start(): void {
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  /** 99 of 100 looks were no later than this. */
  get p99(): number {
    return late(this.#histogram.percentile(99));
  }

  get max(): number {
    return late(this.#histogram.max);
  }

  reset(): void {
    this.#histogram.reset();
  }
}

/** The histogram holds the time between two looks; before the first one it holds nonsense. */
function late(nanoseconds: number): number {
  const delay = nanoseconds / NANOSECONDS - RESOLUTION;
  return Number.isFinite(delay) ? Math.max(0, delay) : 0;
}
