import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Backoff } from './backoff.ts';

/** Between two brokers of one round: short, for readings wait meanwhile, yet a fleet must not step over as one. */
const LONGEST_STEP = 5_000;

/**
 * Chooses the next broker, and the wait before it. A round goes through them in the order of the config, with short
 * waits; between rounds lies the back-off. Each new round begins at the first.
 */
export class BrokerOrder {
  readonly #count: number;
  readonly #step: number;
  readonly #backoff: Backoff;
  readonly #random: () => number;
  #next = 0;

  /**
   * @param least the least wait of the back-off; waits within a round are drawn between 0 and this
   * @param random 0 to 1, as `Math.random`
   */
  constructor(count: number, least: Duration, backoff: Backoff, random: () => number) {
    this.#count = count;
    this.#step = Math.min(least, LONGEST_STEP);
    this.#backoff = backoff;
    this.#random = random;
  }

  /** 0 is the first. */
  get next(): number {
    return this.#next;
  }

  /** A connection ended with this fault. @returns the wait before the next attempt; undefined: none */
  after(fault: Fault, lasted: number): Duration | undefined {
    // for the size of a message: the next one may take it
    if (fault.facts?.left === true) return this.failed();
    if (fault.code === 'link/returning') {
      this.returned();
      return undefined;
    }
    if (fault.code === 'link/renewed') return this.blamed();
    return isTakenOver(fault) ? this.takenOver() : this.ended(lasted);
  }

  /** The attempt failed. */
  failed(): Duration {
    this.#next = (this.#next + 1) % this.#count;
    return this.#next === 0 ? this.#backoff.next() : milliseconds(this.#random() * this.#step);
  }

  /**
   * A connection ended. One that did not last is followed by the next broker, so that one that accepts and kicks keeps
   * nobody from the others; never without the back-off, for a whole fleet may have been cut at this instant.
   */
  ended(lasted: number): Duration {
    this.#next = this.#backoff.ended(lasted) ? 0 : (this.#next + 1) % this.#count;
    return this.#backoff.next();
  }

  /** The end is put down to one message or to us, the broker is well: the same one is tried again soon. */
  blamed(): Duration {
    return milliseconds(this.#random() * this.#step);
  }

  /** Another client has our name: on any broker, we come back slowly. */
  takenOver(): Duration {
    this.#next = 0;
    this.#backoff.slow();
    return this.#backoff.next();
  }

  /** The first broker answers again: it is tried at once. */
  returned(): void {
    this.#next = 0;
  }
}

/** Another client has our name, as the broker said or as it looks. */
export function isTakenOver({ code }: Fault): boolean {
  return code === 'link/taken-over' || code === 'link/kicked';
}
