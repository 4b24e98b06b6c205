import type { Duration } from '../../drivers/contract/duration.ts';
import type { Instant } from '../clock/clock.ts';

/** So many at once, then one each `refill`. */
export interface Rate {
  readonly burst: number;
  readonly refill: Duration;
}

export interface Bucket {
  readonly tokens: number;
  /** When `tokens` was true. */
  readonly at: Instant;
}

/** The bucket as it is now: what was spent has come back bit by bit. */
export function refilled(bucket: Bucket, { burst, refill }: Rate, now: Instant): Bucket {
  const gained = refill === 0 ? burst : Math.max(0, now - bucket.at) / refill;
  return { tokens: Math.min(burst, bucket.tokens + gained), at: now };
}

interface Entry {
  bucket: Bucket;
  suppressed: number;
}

/** Events are constants of ours; should there ever be more, the rest share one bucket. */
const MAX_EVENTS = 256;
const OTHERS = 'others';

/**
 * Bounds how many lines an event, and all events together, may write. What is suppressed is counted, and the count
 * is told once.
 */
export class RateLimit {
  readonly #perEvent: Rate;
  readonly #overall: Rate;
  readonly #events = new Map<string, Entry>();
  #all: Bucket;

  constructor(perEvent: Rate, overall: Rate) {
    this.#perEvent = perEvent;
    this.#overall = overall;
    this.#all = { tokens: overall.burst, at: Number.NEGATIVE_INFINITY };
  }

  /** Undefined: suppress this line. Else write it, and tell that so many of its kind were suppressed before it. */
  admit(event: string, now: Instant): number | undefined {
    const entry = this.#entry(event);
    entry.bucket = refilled(entry.bucket, this.#perEvent, now);
    this.#all = refilled(this.#all, this.#overall, now);
    if (entry.bucket.tokens < 1 || this.#all.tokens < 1) {
      entry.suppressed++;
      return undefined;
    }
    entry.bucket = { tokens: entry.bucket.tokens - 1, at: now };
    this.#all = { tokens: this.#all.tokens - 1, at: now };
    const { suppressed } = entry;
    entry.suppressed = 0;
    return suppressed;
  }

  /** What was suppressed and not told yet, by event; it counts as told now. */
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
    const entry = { bucket: { tokens: this.#perEvent.burst, at: Number.NEGATIVE_INFINITY }, suppressed: 0 };
    this.#events.set(key, entry);
    return entry;
  }
}
