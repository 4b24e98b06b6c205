import type { Duration } from '../../drivers/contract/duration.ts';
import type { Instant } from '../clock/clock.ts';
import { TokenBucket } from '../clock/token-bucket.ts';

/** So many at once, then one each `refill`. */
export interface LogRate {
  readonly burst: number;
  readonly refill: Duration;
}

interface Entry {
  readonly bucket: TokenBucket;
  suppressed: number;
}

/** Events are constants of ours; should there ever be more, the rest share one bucket. */
const MAX_EVENTS = 256;
const OTHERS = 'others';

/**
 * Bounds how many lines an event, and all events together, may write. Suppressed lines are counted, and the count is
 * told once.
 */
export class RateLimit {
  readonly #perEvent: LogRate;
  readonly #all: TokenBucket;
  readonly #events = new Map<string, Entry>();

  constructor(perEvent: LogRate, overall: LogRate) {
    this.#perEvent = perEvent;
    this.#all = bucketOf(overall);
  }

  /** Undefined: suppress this line. Else write it, and tell that so many of its kind were suppressed before it. */
  admit(event: string, now: Instant): number | undefined {
    const entry = this.#entry(event);
    if (!entry.bucket.has(now) || !this.#all.take(now)) {
      entry.suppressed++;
      return undefined;
    }
    entry.bucket.take(now);
    const { suppressed } = entry;
    entry.suppressed = 0;
    return suppressed;
  }

  /** The suppressed lines that were not told yet, by event; they count as told now. */
  takeSuppressed(): ReadonlyMap<string, number> {
    const told = new Map<string, number>();
    for (const [event, entry] of this.#events) {
      if (entry.suppressed > 0) told.set(event, entry.suppressed);
      entry.suppressed = 0;
    }
    return told;
  }

  #entry(event: string): Entry {
    const key = this.#events.has(event) || this.#events.size < MAX_EVENTS ? event : OTHERS;
    const known = this.#events.get(key);
    if (known !== undefined) return known;
    const entry = { bucket: bucketOf(this.#perEvent), suppressed: 0 };
    this.#events.set(key, entry);
    return entry;
  }
}

function bucketOf({ burst, refill }: LogRate): TokenBucket {
  return new TokenBucket({ burst, perSecond: 1000 / refill });
}
