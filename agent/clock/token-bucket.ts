import type { Instant } from './clock.ts';

/** So many at once, then so many a second. */
export interface TokenLimit {
  readonly burst: number;
  readonly perSecond: number;
}

/** Bounds how often something is done, by the monotonic clock: spent tokens come back bit by bit. */
export class TokenBucket {
  readonly #limit: TokenLimit;
  #tokens: number;
  /** When `tokens` was true. */
  #at: Instant;

  /** Full at first. */
  constructor(limit: TokenLimit, now: Instant = Number.NEGATIVE_INFINITY) {
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#at = now;
  }

  /** Whether one can be taken. */
  has(now: Instant): boolean {
    this.#refill(now);
    return this.#tokens >= 1;
  }

  /** @returns whether one was taken */
  take(now: Instant): boolean {
    if (!this.has(now)) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes one also where there is none: the next caller waits for longer. */
  spend(now: Instant): void {
    this.#refill(now);
    this.#tokens -= 1;
  }

  /** When so many will be there, where none is taken meanwhile. @param count at most the burst */
  readyAt(count: number): Instant {
    return this.#at + Math.max(0, ((count - this.#tokens) * 1000) / this.#limit.perSecond);
  }

  #refill(now: Instant): void {
    const { burst, perSecond } = this.#limit;
    // an infinite rate for no time at all is no number
    const gained = Number.isFinite(perSecond) ? (Math.max(0, now - this.#at) * perSecond) / 1000 : burst;
    this.#tokens = Math.min(burst, this.#tokens + gained);
    this.#at = now;
  }
}
