import { type SegmentKeys, unpack, unpackDictionary } from '../blocks/block.ts';
import type { BlockHead } from '../blocks/block-format.ts';
import type { Dictionary } from '../blocks/deflating.ts';
import type { OutboxRecord } from '../outbox.ts';
import { type Frame, FrameWalk } from './frames.ts';
import { LossCount } from './loss-count.ts';
import { recordAt } from './record-format.ts';

export interface ScanOptions {
  readonly from: number;
  /** Records up to this number do not count. */
  readonly after: number;
  /** Whether the bytes reach to the segment's end: then what is short is torn. */
  readonly isWhole: boolean;
  /** The segment's, where it stands before these bytes. */
  readonly dictionary?: Dictionary | undefined;
  /** Called with each record that counts. @returns whether another block is wanted */
  readonly take?: (record: OutboxRecord) => boolean;
}

export interface Scan {
  /** In ascending order of `seq`. */
  readonly records: readonly OutboxRecord[];
  /** Sound records that are not above `after`: older, or a second time. */
  readonly repeated: number;
  /** Records lost to damage, about, where the bytes begin with their segment. */
  readonly lost: number;
  /** Behind the last record that counts. */
  readonly end: number;
  /** `more`: the bytes end within a record or a block, or on its edge. `damaged`: the next bytes can not be read. */
  readonly why: 'more' | 'damaged';
  /** It went no further because no more was wanted. */
  readonly isStopped: boolean;
  readonly dictionary: Dictionary | undefined;
}

/** Records of a segment, block by block. */
export function scanRecords(bytes: Buffer, { from, after, isWhole, dictionary, take }: ScanOptions): Scan {
  const walk = new FrameWalk(bytes, from, isWhole);
  const loss = new LossCount();
  const records: OutboxRecord[] = [];
  const keys = new Keys(bytes, from, dictionary);
  let repeated = 0;
  let newest = after;
  let [isFull, isStopped] = [false, false];
  let end = from;
  const push = (record: OutboxRecord): void => {
    if (record.seq > newest) {
      records.push(record);
      newest = record.seq;
      isFull = take?.(record) === false;
    } else repeated += 1;
  };
  while (!isStopped) {
    const frame = walk.next();
    if (frame === undefined) break;
    if (frame.kind === 'block' && frame.head.last > newest) {
      const found = unpack(bytes, frame.at, frame.head, keys.of(frame.head));
      // its dictionary may lie further on
      if (found === undefined && !isWhole && keys.of(frame.head) === undefined) {
        return { records, repeated, lost: loss.total, end, why: 'more', isStopped, dictionary: keys.known };
      }
      for (const record of found ?? []) push(record);
      loss.add(found === undefined ? { ...frame, kind: 'lost', records: frame.head } : frame);
      isStopped = isFull;
    } else {
      if (frame.kind === 'record') push(recordAt(bytes, frame.at, frame.seq, frame.end));
      if (frame.kind === 'block') repeated += frame.head.count;
      if (frame.kind === 'dictionary') keys.found(frame.at, frame.head);
      loss.add(frame);
    }
    end = walk.at;
  }
  if (walk.why === 'damaged') loss.rest(bytes.length - walk.at, walk.torn);
  const lost = loss.total;
  return { records, repeated, lost, end, why: walk.why, isStopped, dictionary: keys.known };
}

/** The content of a segment, as far as its frames say it. */
export interface Survey {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** How many of them are not above the floor. */
  readonly passed: number;
  readonly lost: number;
  readonly end: number;
  /** Bytes of its records one by one. */
  readonly rawBytes: number;
}

/** Of a whole segment, of which no block is unpacked but where a part of it counts. */
export function survey(bytes: Buffer, from: number, after: number, floor: number): Survey {
  const walk = new FrameWalk(bytes, from, true);
  const loss = new LossCount();
  const keys = new Keys(bytes, from, undefined);
  const sum = { first: 0, last: 0, count: 0, passed: 0, rawBytes: 0 };
  let newest = after;
  const add = (first: number, last: number, count: number, passed: number): void => {
    if (sum.count === 0) sum.first = first;
    sum.last = last;
    newest = last;
    sum.count += count;
    sum.passed += passed;
  };
  for (let frame = walk.next(); frame !== undefined; frame = walk.next()) {
    let read: Frame = frame;
    if (frame.kind === 'dictionary') keys.found(frame.at, frame.head);
    if (frame.kind === 'record') {
      sum.rawBytes += frame.end - frame.at;
      if (frame.seq > newest) add(frame.seq, frame.seq, 1, frame.seq <= floor ? 1 : 0);
    } else if (frame.kind === 'block') {
      const { first, last, count, rawBytes } = frame.head;
      sum.rawBytes += rawBytes;
      const isPart = (seq: number) => first <= seq && seq < last;
      if (isPart(newest) || isPart(floor)) {
        const found = unpack(bytes, frame.at, frame.head, keys.of(frame.head));
        for (const { seq } of found ?? []) if (seq > newest) add(seq, seq, 1, seq <= floor ? 1 : 0);
        if (found === undefined) read = { ...frame, kind: 'lost', records: frame.head };
      } else if (first > newest) add(first, last, count, last <= floor ? count : 0);
    }
    loss.add(read);
  }
  if (walk.why === 'damaged') loss.rest(bytes.length - walk.at, walk.torn);
  return { ...sum, lost: loss.total, end: walk.at };
}

/** The keys for the next block of a whole segment. */
export function segmentKeysIn(bytes: Buffer, from: number): SegmentKeys {
  const keys = new Keys(bytes, from, undefined);
  keys.search(0);
  const { count, lost } = survey(bytes, from, 0, 0);
  return { dictionary: keys.known, copies: keys.copies, records: count + lost };
}

/** The dictionary of a segment: found as it goes, and where the first copy is damaged in the one further on. */
class Keys {
  readonly #bytes: Buffer;
  readonly #from: number;
  #isSearched = false;
  known: Dictionary | undefined;
  copies = 0;

  constructor(bytes: Buffer, from: number, known: Dictionary | undefined) {
    this.#bytes = bytes;
    this.#from = from;
    this.known = known;
  }

  found(at: number, head: BlockHead): void {
    this.known = unpackDictionary(this.#bytes, at, head) ?? this.known;
  }

  /** @returns undefined where the block needs one that is not among these bytes */
  of({ dictionary }: BlockHead): Dictionary | undefined {
    if (dictionary !== 0 && this.known?.key !== dictionary && !this.#isSearched) this.search(dictionary);
    return this.known;
  }

  /** @param key of the one that is looked for; 0: any */
  search(key: number): void {
    this.#isSearched = true;
    const walk = new FrameWalk(this.#bytes, this.#from, false);
    for (let frame = walk.next(); frame !== undefined; frame = walk.next()) {
      if (frame.kind !== 'dictionary' || (key !== 0 && frame.head.dictionary !== key)) continue;
      this.copies += 1;
      this.found(frame.at, frame.head);
    }
  }
}
