import type { Instant } from '../../clock/clock.ts';
import { DEVICE_RATE, RATE } from '../limits.ts';

interface Limit {
  readonly perSecond: number;
  readonly burst: number;
}

/** A token bucket over the monotonic clock. */
export class TokenBucket {
  readonly #limit: Limit;
  #tokens: number;
  #at: Instant;

  constructor(limit: Limit, now: Instant) {
    this.#limit = limit;
    this.#tokens = limit.burst;
    this.#at = now;
  }

  has(now: Instant): boolean {
    const gained = Math.max(0, now - this.#at) * (this.#limit.perSecond / 1000);
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + gained);
    this.#at = now;
    return this.#tokens >= 1;
  }

  take(now: Instant): boolean {
    if (!this.has(now)) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** The rate of all commands together and of each device. The devices are known from the start: nothing grows here. */
export class CommandRate {
  readonly #whole: TokenBucket;
  readonly #devices: ReadonlyMap<string, TokenBucket>;

  constructor(devices: Iterable<string>, now: Instant) {
    this.#whole = new TokenBucket(RATE, now);
    this.#devices = new Map([...devices].map((id) => [id, new TokenBucket(DEVICE_RATE, now)]));
  }

  /** Takes from both or from none, so that a refused command costs the other devices nothing. */
  take(device: string | undefined, now: Instant): boolean {
    const own = device === undefined ? undefined : this.#devices.get(device);
    if (own !== undefined && !own.has(now)) return false;
    if (!this.#whole.take(now)) return false;
    own?.take(now);
    return true;
  }
}
