import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import { doubled } from '../../clock/backoff.ts';

/**
 * The first wait is drawn up to so many times the least one. From twice, as is common, a fleet that loses its broker at
 * one instant is back within the first two seconds: 25 times the mean of its attempts a second. From 20 times up to
 * 30 times (the defaults) no second has three times the mean, for outages of a second to hours (measured in the test).
 */
const FIRST_CEILING = 20;

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
    const ceiling = doubled(this.#attempt, milliseconds(Math.min(this.#most, this.#least * FIRST_CEILING)), this.#most);
    this.#attempt += 1;
    return milliseconds(this.#least + this.#random() * Math.max(0, ceiling - this.#least));
  }

  /**
   * @param lasted how long the connection was up
   * @returns whether that was long enough to begin anew
   */
  ended(lasted: number): boolean {
    if (lasted < this.#most) return false;
    this.#attempt = 0;
    return true;
  }

  /** The next wait is drawn up to the longest: somebody else holds our name, and each attempt of ours throws him out. */
  slow(): void {
    this.#attempt = 30;
  }
}
