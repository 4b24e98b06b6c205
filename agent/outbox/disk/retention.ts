import { FREE_FOR_ALL, type WhenFull } from '../memory-outbox.ts';
import type { OutboxRecord } from '../outbox.ts';
import { SEGMENT_HEADER } from '../segments/format.ts';
import { encodedLength } from '../segments/record-format.ts';
import type { SegmentStore } from '../segments/store.ts';
import { Shares } from '../shares.ts';
import type { Spool } from './spool.ts';
import { Unsynced, unsyncedCost } from './unsynced.ts';

/** While the disk is of no use no more than this waits in memory, with any `maxBytes` for the disk. */
const MEMORY_MOST = 67_108_864;

/** The result of making room for a record: how many were dropped for it, and whether there is room now. */
export interface RetentionRoom {
  readonly dropped: number;
  readonly fits: boolean;
}

/** When there is so much in memory it is written sooner. */
export function memoryWindow(maxBytes: number): number {
  return Math.min(1_048_576, maxBytes / 8);
}

/** All that waits, on disk and behind it in memory, as one queue within one bound. */
export class Retention {
  readonly pending = new Unsynced();
  readonly #side: Spool;
  readonly #store: SegmentStore;
  readonly #budget: number;
  readonly #whenFull: WhenFull;
  /** Up to here records are held for others than the first reader alone. */
  readonly #spare: () => number;
  #floor = 0;
  /** The bytes that came of each device since nothing was held. */
  readonly #came = new Shares();

  constructor(side: Spool, store: SegmentStore, budget: number, whenFull: WhenFull, spare: () => number) {
    this.#side = side;
    this.#store = store;
    this.#budget = budget;
    this.#whenFull = whenFull;
    this.#spare = spare;
  }

  /** Number of the newest record; 0 where there is none. */
  get newest(): number {
    return this.pending.newest?.seq ?? this.#side.backlog.last;
  }

  get bytes(): number {
    return this.#side.backlog.bytes + this.pending.bytes;
  }

  get held(): number {
    return this.#side.backlog.held + this.pending.length;
  }

  /** Everything up to this number is acknowledged or given up. */
  get floor(): number {
    return this.#floor;
  }

  /**
   * The records at hand; asks for the rest.
   * @param isAll whether also those in memory: not while records may still be found that go before them
   */
  peek(count: number, afterSeq: number, isAll: boolean): OutboxRecord[] {
    const { last } = this.#side.backlog;
    const from = Math.max(afterSeq, this.#floor);
    const records = from < last ? this.#side.peek(count, from) : [];
    const { length } = records;
    if (isAll && length < count && (from >= last || this.#side.isAtHand(records.at(-1)?.seq ?? from))) {
      records.push(...this.pending.after(Math.max(from, last), count - length));
    }
    return records;
  }

  passThrough(seq: number): void {
    this.#floor = Math.max(this.#floor, seq);
    this.#side.passThrough(this.#floor);
    this.pending.forgetThrough(this.#floor);
  }

  /** Behind all others, where {@link makeRoom} found room. */
  push(record: OutboxRecord): void {
    if (this.held === 0) this.#came.clear();
    this.#came.add(record.device, unsyncedCost(record));
    this.pending.push(record);
  }

  /** For a record of the device that counts for so much. */
  makeRoom(cost: number, device: string): RetentionRoom {
    const isFull = () => this.bytes + cost > this.#budget || this.pending.bytes + cost > MEMORY_MOST;
    const fits = () => !isFull() && (this.#whenFull !== 'drop-newest' || this.#isFree(cost, device));
    let dropped = 0;
    // a record that is dropped on disk makes no room in memory
    const isStuck = () => this.pending.bytes + cost > MEMORY_MOST && !this.#side.backlog.isEmpty;
    while (!fits() && !isStuck()) {
      const gone = this.dropSpare();
      if (gone === undefined) break;
      dropped += gone;
    }
    if (this.#whenFull === 'drop-newest' || !isFull()) return { dropped, fits: fits() };
    while (this.bytes + cost > this.#budget) {
      const gone = this.dropSegment();
      if (gone === undefined) break;
      dropped += gone;
    }
    if (isFull() && this.#whenFull === 'thin') dropped += this.pending.thin();
    for (let { oldest } = this.pending; oldest !== undefined && isFull(); oldest = this.pending.oldest) {
      // where nothing is before it, a record that is being written is passed over too
      if (this.#isFirst() && this.pending.isFirstInFlight) this.passThrough(oldest.seq);
      else if (!this.pending.drop()) break;
      dropped += 1;
    }
    return { dropped, fits: !isFull() };
  }

  /** Drops the oldest segment. @returns how many records go; undefined where there is none */
  dropSegment(): number | undefined {
    const gone = this.#side.backlog.dropOldest();
    if (gone === undefined) return undefined;
    if (gone.through > 0) this.passThrough(gone.through);
    return gone.records;
  }

  /** Drops the oldest that the first reader has confirmed. @returns how many records go; undefined where there are none */
  dropSpare(): number | undefined {
    const spare = this.#spare();
    const gone = this.#side.backlog.dropThrough(spare);
    if (gone !== undefined) {
      this.passThrough(gone.through);
      return gone.records;
    }
    const { oldest } = this.pending;
    if (oldest === undefined || oldest.seq > spare || !this.#isFirst()) return undefined;
    this.passThrough(oldest.seq);
    return 1;
  }

  /** The bound may have been lowered between two runs. @returns how many records go */
  shrink(): number {
    let dropped = 0;
    while (this.bytes > this.#budget) {
      const gone = this.dropSpare() ?? (this.#whenFull === 'drop-newest' ? this.#dropNewest() : this.dropSegment());
      if (gone === undefined) break;
      dropped += gone;
    }
    return dropped;
  }

  /** Whether there is room that the device may use. */
  #isFree(cost: number, device: string): boolean {
    if (!this.#came.isLarge(device) || this.#came.isAlone(device)) return true;
    return this.bytes + cost <= this.#budget * FREE_FOR_ALL && this.pending.bytes + cost <= MEMORY_MOST * FREE_FOR_ALL;
  }

  #dropNewest(): number | undefined {
    const gone = this.pending.dropNewest(this.bytes - this.#budget);
    return gone > 0 ? gone : this.#side.backlog.dropNewest();
  }

  /** Whether nothing on disk comes before what is in memory. */
  #isFirst(): boolean {
    return this.#side.backlog.isEmpty && this.#side.isRecovered;
  }

  /**
   * Writes what is due, as much of it as one segment takes.
   * @param isLast whether the process ends: where the disk was away for long there may be no time to deflate what has come since
   * @returns whether there was room
   */
  async write(due: number, isLast: boolean): Promise<boolean> {
    const { room, segmentBytes } = this.#store;
    const rest = this.pending.group(due, room);
    const isNew = bytesOf(rest.slice(0, 1)) > room;
    const group = isNew ? this.pending.group(due, segmentBytes - SEGMENT_HEADER) : rest;
    if (!this.#store.hasRoomFor(bytesOf(group) + SEGMENT_HEADER)) return false;
    const isHasty = isLast && this.pending.bytes > memoryWindow(this.#budget);
    this.pending.depart(group);
    let isOnDisk = false;
    try {
      isOnDisk = await this.#side.write(group, isNew, isHasty);
    } finally {
      this.pending.land(isOnDisk);
    }
    return true;
  }

  /** A segment gives way to a write, unless the oldest are what is to be kept. */
  giveWay(): number | undefined {
    return this.dropSpare() ?? (this.#whenFull === 'drop-newest' ? undefined : this.dropSegment());
  }
}

function bytesOf(records: readonly OutboxRecord[]): number {
  return records.reduce((sum, record) => sum + encodedLength(record), 0);
}
