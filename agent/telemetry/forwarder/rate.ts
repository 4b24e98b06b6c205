import type { Clock, Instant } from '../../clock/clock.ts';

/** So much of a second's readings may go at once: smooth for the broker, and not a timer for each reading. */
const BURST = 0.1;

/** A bound for readings a second, by the monotonic clock. */
export class Rate {
  readonly #clock: Clock;
  readonly #perMillisecond: number;
  readonly #most: number;
  #allowed: number;
  #at: Instant;

  /** @param perSecond at least 1 */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perMillisecond = perSecond / 1000;
    this.#most = Math.max(1, perSecond * BURST);
    this.#allowed = this.#most;
    this.#at = clock.now();
  }

  take(): boolean {
    const now = this.#clock.now();
    this.#allowed = Math.min(this.#most, this.#allowed + (now - this.#at) * this.#perMillisecond);
    this.#at = now;
    if (this.#allowed < 1) return false;
    this.#allowed -= 1;
    return true;
  }

  /** When the next may go, some at once where they are many. */
  get nextAt(): Instant {
    const wanted = Math.max(1, this.#most / 10);
    return this.#at + Math.max(1, (wanted - this.#allowed) / this.#perMillisecond);
  }
}
