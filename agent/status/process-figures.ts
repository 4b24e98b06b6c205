import type { Clock, Instant } from '../clock/clock.ts';
import { LoopDelay } from '../clock/loop-delay.ts';
import type { Status } from './schema.ts';

const SPAN = 60_000;

/** The memory of the process, and how late its event loop is. */
export class ProcessFigures {
  readonly #clock: Clock;
  readonly #delay = new LoopDelay();
  #since: Instant;
  #before = { p99: 0, max: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  start(): void {
    this.#delay.start();
  }

  stop(): void {
    this.#delay.stop();
  }

  /** The delays are those of this minute or the one before, whichever are worse: none is reset before it is told. */
  read(): Status['process'] {
    const { p99, max } = this.#delay;
    const eventLoopDelayMs = Math.max(p99, this.#before.p99);
    const eventLoopDelayMaxMs = Math.max(max, this.#before.max);
    const now = this.#clock.now();
    if (now - this.#since >= SPAN) {
      this.#before = { p99, max };
      this.#since = now;
      this.#delay.reset();
    }
    return { rssBytes: process.memoryUsage.rss(), eventLoopDelayMs, eventLoopDelayMaxMs };
  }
}
