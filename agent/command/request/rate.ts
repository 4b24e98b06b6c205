import type { Instant } from '../../clock/clock.ts';
import { TokenBucket } from '../../clock/token-bucket.ts';
import { DEVICE_RATE, RATE } from '../limits.ts';

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
