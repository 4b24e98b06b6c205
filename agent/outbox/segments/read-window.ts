import type { Dictionary } from '../blocks/deflating.ts';
import type { OutboxRecord } from '../outbox.ts';
import { RecordQueue } from '../record-queue.ts';
import { SEGMENT_HEADER } from './format.ts';
import { ONE_READ, ReadAhead } from './read-ahead.ts';
import { LEAST_RECORD } from './record-format.ts';
import { scanRecords } from './record-scan.ts';
import type { Segment } from './segment.ts';

/** Some thousand readings, a second's worth of the fastest backfill and more. */
const WINDOW_BYTES = 262_144;
const LEAST_CHUNK = 4096;

interface Position {
  readonly segment: Segment;
  readonly offset: number;
  /** Records of the segment before it. */
  readonly seen: number;
  /** The segment's, once it was found. */
  readonly dictionary?: Dictionary | undefined;
}

/** The next read. */
export interface Wanted {
  readonly segment: Segment;
  readonly offset: number;
  readonly length: number;
}

/** The facts that a read brought to light about its segment. */
export interface FoundRecord {
  /** Up to and with the floor, counted from the segment's beginning; undefined where that was not looked at. */
  readonly passed?: number;
  /** Where the segment can not be read to its end: the rest of it. */
  readonly cut?: { readonly count: number; readonly last: number; readonly end: number };
}

/**
 * A stretch of what is on disk, held in memory for one who reads on: every record above `from` and up to `through`
 * that is there.
 */
export class ReadWindow {
  readonly ahead = new ReadAhead();
  readonly #records = new RecordQueue();
  #from = 0;
  #through = 0;
  #bytes = 0;
  #position: Position | undefined;
  /** Doubled where a record did not fit. */
  #chunk = ONE_READ;
  /** When it was last asked, by a count of all questions. */
  used = 0;
  /** How often it was begun anew. */
  given = 0;

  get through(): number {
    return this.#through;
  }

  /** Whether the records behind this number are here, or come next. */
  covers(seq: number): boolean {
    return seq >= this.#from && seq <= this.#through;
  }

  after(seq: number, count: number): OutboxRecord[] {
    return this.#records.after(seq, count);
  }

  /** How many records it holds above one number and up to another; undefined if it does not hold all of them. */
  countBetween(after: number, through: number): number | undefined {
    if (!this.covers(after) || !this.covers(through)) return undefined;
    return this.#records.countBetween(after, through);
  }

  restart(seq: number): void {
    this.given += 1;
    this.ahead.forget();
    this.#records.clear();
    this.#bytes = 0;
    this.#from = seq;
    this.#through = seq;
    this.#position = undefined;
    this.#chunk = ONE_READ;
  }

  forgetThrough(seq: number): void {
    for (let { oldest } = this.#records; oldest !== undefined && oldest.seq <= seq; oldest = this.#records.oldest) {
      this.#records.shift();
      this.#bytes -= weight(oldest);
    }
    this.#from = Math.max(this.#from, Math.min(seq, this.#through));
  }

  /** Records that have just been written, and need not be read again: taken where they follow on. */
  offer(previous: number, records: readonly OutboxRecord[]): void {
    if (this.#through !== previous) return;
    this.#position = undefined;
    for (const record of records) {
      if (this.#bytes + weight(record) > WINDOW_BYTES) return;
      this.#push(record);
    }
  }

  /**
   * @param reader the last record that was handed out: records before it make room
   * @returns undefined where it is full or all is here
   */
  next(segments: readonly Segment[], reader: number): Wanted | undefined {
    if (this.#bytes > WINDOW_BYTES / 2) this.forgetThrough(reader);
    if (this.#bytes > WINDOW_BYTES / 2) return undefined;
    const at = this.#place(segments);
    this.#position = at;
    if (at === undefined) {
      this.ahead.forget();
      return undefined;
    }
    const { segment, offset } = at;
    // so much of blocks as comes to that: a few of them, because the first one may have begun before
    const share = Math.min(1, (2 * segment.end) / Math.max(1, segment.rawBytes));
    const length = Math.max(LEAST_CHUNK, Math.ceil(this.#chunk * share));
    return { segment, offset, length: Math.min(length, segment.end - offset) };
  }

  /** @param bytes what was read of what {@link next} wanted */
  fill(bytes: Buffer, wanted: Wanted, floor: number): FoundRecord {
    const at = this.#position;
    if (at === undefined || at.segment !== wanted.segment || at.offset !== wanted.offset) return {};
    const { segment, offset } = at;
    const before = this.#through;
    const isWhole = bytes.length < wanted.length || offset + bytes.length >= segment.end;
    const { records, repeated, end, why, isStopped, dictionary } = scanRecords(bytes, {
      ...{ from: 0, after: before, isWhole, dictionary: at.dictionary },
      take: (record) => {
        this.#push(record);
        return this.#bytes < WINDOW_BYTES;
      },
    });
    const seen = at.seen + repeated + records.length;
    this.#chunk = end === 0 && !isWhole ? this.#chunk * 2 : ONE_READ;
    this.#position = { segment, offset: offset + end, seen, dictionary };
    const passed = offset === SEGMENT_HEADER && before === floor && records.length > 0 ? { passed: repeated } : {};
    if (isStopped || (why === 'more' && !(isWhole && seen < segment.count))) return passed;
    const last = records.at(-1)?.seq ?? Math.min(before, segment.last);
    return { ...passed, cut: { count: seen, last, end: offset + end } };
  }

  #push(record: OutboxRecord): void {
    this.#records.push(record);
    this.#bytes += weight(record);
    this.#through = record.seq;
  }

  /** Where reading goes on: behind what was read last, or at the beginning of the segment that has the next record. */
  #place(segments: readonly Segment[]): Position | undefined {
    const at = this.#position;
    if (at !== undefined && segments.includes(at.segment) && at.offset < at.segment.end) return at;
    const segment = segments.find(({ last }) => last > this.#through);
    if (segment === undefined) return undefined;
    if (at?.segment === segment) return at.offset < segment.end ? at : undefined;
    return { segment, offset: SEGMENT_HEADER, seen: 0 };
  }
}

function weight({ payload }: OutboxRecord): number {
  return 2 * LEAST_RECORD + 112 + payload.length;
}
