import type { OutboxRecord } from './outbox.ts';
import { RecordQueue } from './record-queue.ts';
import { Shares } from './shares.ts';

/**
 * Records in the order of `seq`, of which the oldest can be dropped so that a device that floods loses its own. The ones
 * of small devices (`shares.ts`) are not dropped but saved: they move into a queue before the others, which takes up to half
 * of the whole and then loses its oldest. Where the next one is of a device that is neither small nor large, the oldest of
 * all goes. Each record moves at most once, so each call costs the same on average.
 */
export class FairQueue {
  readonly #cost: (record: OutboxRecord) => number;
  /** Older than all others. */
  readonly #saved = new RecordQueue();
  #savedBytes = 0;
  readonly #others = new RecordQueue();
  #bytes = 0;
  /** Of the others. */
  readonly #shares = new Shares();

  /** @param cost bytes that a record counts for; always the same for the same record */
  constructor(cost: (record: OutboxRecord) => number) {
    this.#cost = cost;
  }

  get length(): number {
    return this.#saved.length + this.#others.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): OutboxRecord | undefined {
    return this.#saved.oldest ?? this.#others.oldest;
  }

  get newest(): OutboxRecord | undefined {
    return this.#others.newest ?? this.#saved.newest;
  }

  /** Whether a device holds so much beside others that it must leave to them what is free. */
  isLarge(device: string): boolean {
    return this.#shares.isLarge(device) && !this.#shares.isAlone(device);
  }

  push(record: OutboxRecord): void {
    this.#others.push(record);
    const cost = this.#cost(record);
    this.#shares.add(record.device, cost);
    this.#bytes += cost;
  }

  /** Before all others: something that was taken off the front. */
  unshift(record: OutboxRecord): void {
    const cost = this.#cost(record);
    this.#bytes += cost;
    if (this.#saved.length > 0) {
      this.#saved.unshift(record);
      this.#savedBytes += cost;
    } else {
      this.#others.unshift(record);
      this.#shares.add(record.device, cost);
    }
  }

  shift(): OutboxRecord | undefined {
    return this.#saved.length > 0 ? this.#shiftSaved() : this.#shiftOther();
  }

  /** Takes out the oldest that is not to be saved. */
  drop(): OutboxRecord | undefined {
    for (let next = this.#others.oldest; next !== undefined; next = this.#others.oldest) {
      if (this.#savedBytes > this.#bytes / 2) break;
      const isSmall = this.#shares.isSmall(next.device);
      if (!isSmall && (this.#saved.length === 0 || this.#shares.isLarge(next.device))) return this.#shiftOther();
      this.#save();
      if (!isSmall) break;
    }
    return this.#shiftSaved();
  }

  after(seq: number, count: number): OutboxRecord[] {
    const found = this.#saved.after(seq, count);
    if (found.length < count) found.push(...this.#others.after(seq, count - found.length));
    return found;
  }

  /** Keeps these of its records and no others. */
  keepOnly(records: readonly OutboxRecord[]): void {
    this.#saved.clear();
    this.#savedBytes = 0;
    this.#others.clear();
    this.#shares.clear();
    this.#bytes = 0;
    for (const record of records) this.push(record);
  }

  #save(): void {
    const record = this.#shiftOther();
    if (record === undefined) return;
    const cost = this.#cost(record);
    this.#saved.push(record);
    this.#savedBytes += cost;
    this.#bytes += cost;
  }

  #shiftSaved(): OutboxRecord | undefined {
    const record = this.#saved.shift();
    if (record === undefined) return undefined;
    const cost = this.#cost(record);
    this.#savedBytes -= cost;
    this.#bytes -= cost;
    return record;
  }

  #shiftOther(): OutboxRecord | undefined {
    const record = this.#others.shift();
    if (record === undefined) return undefined;
    const cost = this.#cost(record);
    this.#shares.remove(record.device, cost);
    this.#bytes -= cost;
    return record;
  }
}
