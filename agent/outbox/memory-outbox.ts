import { FairQueue } from './fair-queue.ts';
import type { Outbox, OutboxReader, OutboxRecord, OutboxStatus } from './outbox.ts';
import { OutboxReaders } from './readers.ts';
import { sparser } from './segments/sparser.ts';

export type WhenFull = 'drop-oldest' | 'drop-newest' | 'thin';

/** With `drop-newest`, the room beyond this share is not for a device that has filled the rest. */
export const FREE_FOR_ALL = 3 / 4;

/** Bytes of one record beside its text: object, string header, place in the queue. Measured on Node 20 (x64): 99 to 107 bytes. */
export const RECORD_OVERHEAD = 112;

/** The bytes that a record counts for against `maxBytes`: those that it takes in memory. */
export function recordCost(record: OutboxRecord): number {
  const { length } = record.payload;
  // V8 keeps a text in one byte a character until one of them needs two. Measuring also makes the text one flat
  // piece, without the tree of the parts that it was joined from.
  const plain = Buffer.byteLength(record.payload) === length;
  return RECORD_OVERHEAD + (plain ? length : 2 * length);
}

/** Readings in memory: gone with the process, and its status says so. Appending and acknowledging take constant time on average. */
export class MemoryOutbox implements Outbox {
  readonly #maxBytes: number;
  readonly #whenFull: WhenFull;
  readonly #records = new FairQueue(recordCost);
  readonly #readers: OutboxReaders;
  #dropped = 0;
  #taken = 0;
  #lastSeq = 0;
  #closed = false;

  /** @param maxBytes bound of the sum of {@link recordCost} */
  constructor(maxBytes: number, whenFull: WhenFull) {
    this.#maxBytes = maxBytes;
    this.#whenFull = whenFull;
    this.#readers = new OutboxReaders({
      lastSeq: () => this.#lastSeq,
      newest: () => this.#records.newest?.seq ?? 0,
      peek: (count, afterSeq) => this.#records.after(afterSeq, count),
      passThrough: (seq) => this.#passThrough(seq),
      confirmed: () => {},
    });
  }

  reader(name: string, holds: boolean): OutboxReader {
    return this.#readers.add(name, holds);
  }

  async open(): Promise<void> {}

  get lastSeq(): number {
    return this.#lastSeq;
  }

  append(record: OutboxRecord): number {
    const cost = recordCost(record);
    this.#taken += 1;
    if (this.#closed || record.seq <= this.#lastSeq || cost > this.#maxBytes) return this.#count(1);
    this.#lastSeq = record.seq;
    const isDenied = () => this.#whenFull === 'drop-newest' && !this.#isFree(record.device, cost);
    let dropped = 0;
    for (; (this.#isFull(cost) || isDenied()) && this.#hasSpare(); dropped += 1) this.#records.shift();
    if (isDenied()) return this.#count(dropped + 1);
    if (this.#isFull(cost) && this.#whenFull === 'thin') dropped += this.#thin();
    for (; this.#isFull(cost); dropped += 1) this.#records.drop();
    this.#records.push(record);
    this.#readers.appended();
    return this.#count(dropped);
  }

  peek(count: number, afterSeq: number): readonly OutboxRecord[] {
    return this.#readers.first.peek(count, afterSeq);
  }

  /** Everything is always at hand. */
  onReadable(): void {}

  acknowledgeThrough(seq: number): void {
    this.#readers.first.acknowledgeThrough(seq);
  }

  get isEmpty(): boolean {
    return this.#readers.first.isEmpty;
  }

  #passThrough(seq: number): void {
    for (let oldest = this.#records.oldest; oldest !== undefined && oldest.seq <= seq; oldest = this.#records.oldest) {
      this.#records.shift();
    }
  }

  status(): OutboxStatus {
    const { length, bytes } = this.#records;
    const nothingOnDisk = { durable: false, damaged: 0, fault: null, writtenBytes: 0 };
    return { taken: this.#taken, held: length, bytes, dropped: this.#dropped, ...nothingOnDisk };
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** Whether the oldest is held for others than the first reader alone. */
  #hasSpare(): boolean {
    const { oldest } = this.#records;
    return oldest !== undefined && oldest.seq <= this.#readers.spare;
  }

  #isFull(cost: number): boolean {
    return this.#records.bytes + cost > this.#maxBytes;
  }

  /** Whether there is room that the device may use. */
  #isFree(device: string, cost: number): boolean {
    const most = this.#records.isLarge(device) ? this.#maxBytes * FREE_FOR_ALL : this.#maxBytes;
    return this.#records.bytes + cost <= most;
  }

  #thin(): number {
    const before = this.#records.length;
    const keep = sparser(this.#records.after(0, before), recordCost);
    this.#records.keepOnly(keep);
    return before - keep.length;
  }

  #count(dropped: number): number {
    this.#dropped += dropped;
    return dropped;
  }
}
