import { FairQueue } from '../fair-queue.ts';
import { recordCost } from '../memory-outbox.ts';
import type { OutboxRecord } from '../outbox.ts';
import { RecordQueue } from '../record-queue.ts';
import { SEGMENT_HEADER } from '../segments/format.ts';
import { encodedLength } from '../segments/record-format.ts';
import { sparser } from '../segments/sparser.ts';

/**
 * The bytes that a record counts for while it waits in memory: at least those that it will take on disk, a segment's
 * beginning included, so that writing never needs more room than there is.
 */
export function unsyncedCost(record: OutboxRecord): number {
  return Math.max(recordCost(record), encodedLength(record) + SEGMENT_HEADER);
}

/**
 * The newest records: in memory, behind everything that is on disk. Those of which the write is under way stand before
 * the others, apart: a record that may be on disk in the next moment is not dropped as if it were not.
 */
export class Unsynced {
  readonly #records = new FairQueue(unsyncedCost);
  #inFlight = new RecordQueue();
  #inFlightBytes = 0;

  get length(): number {
    return this.#inFlight.length + this.#records.length;
  }

  get bytes(): number {
    return this.#records.bytes + this.#inFlightBytes;
  }

  get oldest(): OutboxRecord | undefined {
    return this.#inFlight.oldest ?? this.#records.oldest;
  }

  get newest(): OutboxRecord | undefined {
    return this.#records.newest ?? this.#inFlight.newest;
  }

  /** Whether the write of the oldest is under way. */
  get isFirstInFlight(): boolean {
    return this.#inFlight.length > 0;
  }

  push(record: OutboxRecord): void {
    this.#records.push(record);
  }

  after(seq: number, count: number): OutboxRecord[] {
    const found = this.#inFlight.after(seq, count);
    if (found.length < count) found.push(...this.#records.after(seq, count - found.length));
    return found;
  }

  forgetThrough(seq: number): void {
    const [flying, waiting] = [this.#inFlight, this.#records];
    for (let { oldest } = flying; oldest !== undefined && oldest.seq <= seq; oldest = flying.oldest) this.#land();
    for (let { oldest } = waiting; oldest !== undefined && oldest.seq <= seq; oldest = waiting.oldest) waiting.shift();
  }

  /** Drops one whose write is not under way: the oldest that is not to be saved. @returns whether there was one */
  drop(): boolean {
    return this.#records.drop() !== undefined;
  }

  /**
   * Makes it sparser, but for what is being written.
   * @returns how many it dropped
   */
  thin(): number {
    const all = this.#records.after(0, this.#records.length);
    this.#records.keepOnly(sparser(all, unsyncedCost));
    return all.length - this.#records.length;
  }

  /** Drops the newest until so many bytes have gone. @returns how many records it dropped */
  dropNewest(bytes: number): number {
    const all = this.#records.after(0, this.#records.length);
    let keep = all.length;
    for (let gone = 0; keep > 0 && gone < bytes; keep -= 1) {
      const newest = all[keep - 1];
      if (newest !== undefined) gone += unsyncedCost(newest);
    }
    this.#records.keepOnly(all.slice(0, keep));
    return all.length - keep;
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

  /** The write of this group, which are the oldest, begins. */
  depart(group: readonly OutboxRecord[]): void {
    for (const record of group) {
      this.#records.shift();
      this.#inFlight.push(record);
      this.#inFlightBytes += unsyncedCost(record);
    }
  }

  /** It has ended. @param isOnDisk else they wait on, before all others */
  land(isOnDisk: boolean): void {
    const landed = this.#inFlight;
    this.#inFlight = new RecordQueue();
    this.#inFlightBytes = 0;
    if (isOnDisk) return;
    for (const record of landed.after(0, landed.length).reverse()) this.#records.unshift(record);
  }

  #land(): void {
    const record = this.#inFlight.shift();
    if (record !== undefined) this.#inFlightBytes -= unsyncedCost(record);
  }
}

/** Records in one append. */
const GROUP = 8192;
