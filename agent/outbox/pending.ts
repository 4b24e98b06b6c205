import { recordCost } from './memory-outbox.ts';
import type { OutboxRecord } from './outbox.ts';
import { encodedLength } from './record-format.ts';
import { RecordQueue } from './record-queue.ts';
import { SEGMENT_HEADER } from './segment-format.ts';
import { sparser } from './thin.ts';

/**
 * What a record counts for while it waits in memory: at least what it will take on disk, a segment's beginning
 * included, so that writing never needs more room than there is.
 */
export function pendingCost(record: OutboxRecord): number {
  return Math.max(recordCost(record), encodedLength(record) + SEGMENT_HEADER);
}

/** The newest records: in memory, behind everything that is on disk. */
export class Pending {
  readonly #records = new RecordQueue();
  #bytes = 0;

  get length(): number {
    return this.#records.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): OutboxRecord | undefined {
    return this.#records.oldest;
  }

  push(record: OutboxRecord): void {
    this.#records.push(record);
    this.#bytes += pendingCost(record);
  }

  after(seq: number, count: number): OutboxRecord[] {
    return this.#records.after(seq, count);
  }

  /** @returns how many it forgot */
  forgetThrough(seq: number): number {
    let count = 0;
    for (let oldest = this.oldest; oldest !== undefined && oldest.seq <= seq; oldest = this.oldest) {
      this.#forgetOldest(oldest);
      count += 1;
    }
    return count;
  }

  dropOldest(): void {
    const { oldest } = this;
    if (oldest !== undefined) this.#forgetOldest(oldest);
  }

  /**
   * Makes what is above `seq` sparser.
   * @returns how many it dropped
   */
  thin(seq: number): number {
    const { length } = this.#records;
    const all = this.#records.after(0, length);
    const first = all.findIndex((record) => record.seq > seq);
    if (first < 0) return 0;
    const keep = [...all.slice(0, first), ...sparser(all.slice(first))];
    this.#records.clear();
    this.#bytes = 0;
    for (const record of keep) this.push(record);
    return length - keep.length;
  }

  /** The oldest up to `through` that fit, at least one if there is any. */
  group(through: number, room: number): OutboxRecord[] {
    const group: OutboxRecord[] = [];
    let bytes = 0;
    for (const record of this.#records.after(0, GROUP)) {
      bytes += encodedLength(record);
      if (record.seq > through || (bytes > room && group.length > 0)) break;
      group.push(record);
    }
    return group;
  }

  #forgetOldest(record: OutboxRecord): void {
    this.#records.shift();
    this.#bytes -= pendingCost(record);
  }
}

/** Records in one append. */
const GROUP = 8192;
