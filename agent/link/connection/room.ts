import { grown } from '../../clock/backoff.ts';
import type { Instant } from '../../clock/clock.ts';
import { BELIEVED_FOR } from '../failover/poison-message.ts';

/** Between two brokers that are left for the size of a message, doubling: one that can't be reached may be the larger one. */
const LEAST_PAUSE = 30_000;

/** How large a packet each broker of the config takes, as far as is known, and when one is left for a larger one. */
export class Room {
  readonly #count: number;
  readonly #found: (broker: number) => number | undefined;
  readonly #told = new Map<number, { readonly bytes: number; readonly at: Instant }>();
  #pause = LEAST_PAUSE;
  #leaveFrom: Instant = Number.NEGATIVE_INFINITY;
  /** Brokers that were left in this round: one that comes again was reached because no other could be. */
  readonly #left = new Set<number>();
  /** The size for which a broker was left last. */
  #sought = 0;

  /** @param found from how many bytes on a broker is known to hang up; undefined: from none */
  constructor(count: number, found: (broker: number) => number | undefined) {
    this.#count = count;
    this.#found = found;
  }

  /** @param bytes of the largest packet, as the broker said when it let us in; undefined: it named no bound */
  told(broker: number, bytes: number | undefined, now: Instant): void {
    const most = bytes ?? Number.POSITIVE_INFINITY;
    this.#told.set(broker, { bytes: most, at: now });
    if (most < this.#sought) return;
    // the search has come to its end
    this.#pause = LEAST_PAUSE;
    this.#left.clear();
  }

  /**
   * Where a message of so many bytes can go that this broker does not take. `now`: another one may take it, and this one is
   * to be left for it; that is said once to each broker, and then not before a pause that doubles. `later`: another one may.
   */
  seek(broker: number, size: number, now: Instant): 'nowhere' | 'now' | 'later' {
    const others = Array.from({ length: this.#count }, (_, other) => other).filter((other) => other !== broker);
    if (!others.some((other) => this.#mayTake(other, size, now))) return 'nowhere';
    this.#sought = size;
    if (this.#left.has(broker)) {
      if (now < this.#leaveFrom) return 'later';
      this.#left.clear();
    }
    if (this.#left.size === 0) {
      this.#leaveFrom = now + this.#pause;
      this.#pause = grown(this.#pause, LEAST_PAUSE, BELIEVED_FOR);
    }
    this.#left.add(broker);
    return 'now';
  }

  #mayTake(broker: number, size: number, now: Instant): boolean {
    const told = this.#told.get(broker);
    if (told !== undefined && now - told.at < BELIEVED_FOR && told.bytes < size) return false;
    return size < (this.#found(broker) ?? Number.POSITIVE_INFINITY);
  }
}
