import type { Clock, Instant } from '../../clock/clock.ts';
import { TokenBucket } from '../../clock/token-bucket.ts';

/** So much of a second's readings may go at once: smooth for the broker, and not a timer for each reading. */
const BURST = 0.1;

/** A bound for readings a second. */
export class ForwarderRate {
  readonly #clock: Clock;
  readonly #burst: number;
  readonly #bucket: TokenBucket;

  /** @param perSecond at least 1 */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#burst = Math.max(1, perSecond * BURST);
    this.#bucket = new TokenBucket({ burst: this.#burst, perSecond }, clock.now());
  }

  take(): boolean {
    return this.#bucket.take(this.#clock.now());
  }

  /** When the next may go, some at once where they are many. */
  get nextAt(): Instant {
    return Math.max(this.#clock.now() + 1, this.#bucket.readyAt(Math.max(1, this.#burst / 10)));
  }
}
