import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';

/**
 * When to try the broker again: exponential between two bounds with full jitter, so that a thousand gateways that lost
 * the same broker do not come back in step. A connection must have lasted before the count starts anew: a broker
 * that accepts and then kicks is not tried faster than one that refuses.
 */
export class Backoff {
  readonly #least: Duration;
  readonly #most: Duration;
  readonly #random: () => number;
  #attempt = 0;

  /** @param random 0 to 1, as `Math.random` */
  constructor(least: Duration, most: Duration, random: () => number) {
    this.#least = least;
    this.#most = most;
    this.#random = random;
  }

  /** The wait before the next attempt, drawn evenly between the least wait and a ceiling that doubles. */
  next(): Duration {
    this.#attempt += 1;
    // beyond 2^30 the power only loses precision
    const ceiling = Math.min(this.#most, this.#least * 2 ** Math.min(this.#attempt, 30));
    return milliseconds(this.#least + this.#random() * Math.max(0, ceiling - this.#least));
  }

  /** @param lasted how long the connection was up */
  ended(lasted: number): void {
    if (lasted >= this.#most) this.#attempt = 0;
  }

  /** The next wait is drawn up to the longest: somebody else holds our name, and each attempt of ours throws him out. */
  slow(): void {
    this.#attempt = 30;
  }
}
