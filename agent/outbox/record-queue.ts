import type { OutboxRecord } from './outbox.ts';

const LEAST_CAPACITY = 64;

/**
 * A queue in a ring that doubles as it fills and halves as it empties, so that neither end ever moves the whole.
 * Records stand in the order of `seq`.
 */
export class RecordQueue {
  #ring: (OutboxRecord | undefined)[] = new Array(LEAST_CAPACITY);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get oldest(): OutboxRecord | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  get newest(): OutboxRecord | undefined {
    return this.#length === 0 ? undefined : this.#at(this.#length - 1);
  }

  push(record: OutboxRecord): void {
    if (this.#length === this.#ring.length) this.#resize(this.#ring.length * 2);
    this.#ring[this.#place(this.#length)] = record;
    this.#length += 1;
  }

  shift(): OutboxRecord | undefined {
    if (this.#length === 0) return undefined;
    const record = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = this.#place(1);
    this.#length -= 1;
    if (this.#ring.length > LEAST_CAPACITY && this.#length < this.#ring.length / 4) this.#resize(this.#ring.length / 2);
    return record;
  }

  /** Before all others: something that was taken off the front. */
  unshift(record: OutboxRecord): void {
    if (this.#length === this.#ring.length) this.#resize(this.#ring.length * 2);
    this.#head = this.#place(-1);
    this.#ring[this.#head] = record;
    this.#length += 1;
  }

  clear(): void {
    this.#ring = new Array(LEAST_CAPACITY);
    this.#head = 0;
    this.#length = 0;
  }

  /** The oldest at most `count` records with a number above `seq`. */
  after(seq: number, count: number): OutboxRecord[] {
    const found: OutboxRecord[] = [];
    for (let at = this.#firstAfter(seq); at < this.#length && found.length < count; at += 1) {
      const record = this.#at(at);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  /** How many records lie above one number and up to another. */
  countBetween(after: number, through: number): number {
    return Math.max(0, this.#firstAfter(through) - this.#firstAfter(after));
  }

  #firstAfter(seq: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#at(middle)?.seq ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #at(index: number): OutboxRecord | undefined {
    return this.#ring[this.#place(index)];
  }

  /** The ring's length is a power of two. */
  #place(index: number): number {
    return (this.#head + index) & (this.#ring.length - 1);
  }

  #resize(capacity: number): void {
    const ring: (OutboxRecord | undefined)[] = new Array(capacity);
    for (let index = 0; index < this.#length; index += 1) ring[index] = this.#at(index);
    this.#ring = ring;
    this.#head = 0;
  }
}
