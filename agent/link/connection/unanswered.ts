import { faultOfAck } from '../link-faults.ts';
import type { Acknowledged } from './terms.ts';

const LARGEST_IDENTIFIER = 65_535;

/**
 * The packets of a connection that wait for their acknowledgement, by their identifier. MQTT.js takes the identifiers of its
 * own packets from here too, so none is used twice (MQTT 5, 2.2.1).
 */
export class Unanswered {
  readonly #waiting = new Map<number, Acknowledged>();
  /** Taken by MQTT.js, and not given back. */
  readonly #lent = new Set<number>();
  #last = 0;

  /** @returns the identifier of a packet whose acknowledgement `done` waits for */
  expect(done: Acknowledged): number {
    const identifier = this.#next();
    this.#waiting.set(identifier, done);
    return identifier;
  }

  /**
   * @param reason 128 and more: the broker refused it (MQTT 5, 2.4)
   * @returns whether the packet was one of these
   */
  answered(identifier: number, reason: number): boolean {
    const done = this.#waiting.get(identifier);
    if (done === undefined) return false;
    this.#waiting.delete(identifier);
    done(reason >= 128 ? faultOfAck(reason) : undefined);
    return true;
  }

  /** For MQTT.js. */
  allocate(): number {
    const identifier = this.#next();
    this.#lent.add(identifier);
    return identifier;
  }

  getLastAllocated(): number {
    return this.#last;
  }

  /** @returns whether it was free */
  register(identifier: number): boolean {
    if (this.#isUsed(identifier)) return false;
    this.#lent.add(identifier);
    return true;
  }

  deallocate(identifier: number): void {
    this.#lent.delete(identifier);
  }

  clear(): void {
    this.#lent.clear();
  }

  #isUsed(identifier: number): boolean {
    return this.#waiting.has(identifier) || this.#lent.has(identifier);
  }

  /** The windows of both sides are far smaller than the identifiers are many. */
  #next(): number {
    do this.#last = this.#last >= LARGEST_IDENTIFIER ? 1 : this.#last + 1;
    while (this.#isUsed(this.#last) && this.#waiting.size + this.#lent.size < LARGEST_IDENTIFIER);
    return this.#last;
  }
}
