import { type Read, readAt } from './record-format.ts';

/** A record found in bytes of a segment. */
export interface RecordPlace {
  readonly seq: number;
  readonly at: number;
  readonly end: number;
}

export interface Scan {
  /** In ascending order of `seq`. */
  readonly places: readonly RecordPlace[];
  /** Sound records that are not above `after`: older, or a second time. */
  readonly repeated: number;
  /** Records lost to damage, at least. */
  readonly lost: number;
  /** Behind the last record that counts. */
  readonly end: number;
  /** `more`: the bytes end within a record, or on its edge. `damaged`: the next bytes can not be read. */
  readonly why: 'more' | 'damaged';
}

/**
 * Records of a segment from `at` on. Over one damaged record it steps where the one behind it is sound (or it was the
 * last): a flipped bit in a text costs one reading, one in a length the rest of the segment.
 * @param after records up to this number do not count
 * @param isWhole whether the bytes reach to the segment's end: then a short record is torn
 */
export function scanRecords(bytes: Buffer, from: number, after: number, isWhole: boolean): Scan {
  const places: RecordPlace[] = [];
  let repeated = 0;
  let lost = 0;
  let newest = after;
  let at = from;
  while (at < bytes.length) {
    const read = readAt(bytes, at);
    if (read.kind === 'record') {
      if (read.seq > newest) {
        places.push({ seq: read.seq, at, end: read.end });
        newest = read.seq;
      } else repeated += 1;
      at = read.end;
      continue;
    }
    if (read.kind === 'short' && !isWhole) break;
    const next = read.kind === 'bad' ? read.end : undefined;
    const behind = next === undefined ? 'bad' : kindAt(bytes, next);
    if (!isWhole && (behind === 'end' || behind === 'short')) break;
    if (next === undefined || (behind !== 'record' && behind !== 'end')) {
      return { places, repeated, lost: lost + estimate(bytes.length - at, places), end: at, why: 'damaged' };
    }
    lost += 1;
    at = next;
  }
  return { places, repeated, lost, end: at, why: 'more' };
}

function kindAt(bytes: Buffer, at: number): Read['kind'] | 'end' {
  return at === bytes.length ? 'end' : readAt(bytes, at).kind;
}

/** How many records an unreadable rest held, by the length of those before it; nobody can know. */
function estimate(rest: number, places: readonly RecordPlace[]): number {
  const [first] = places;
  const last = places.at(-1);
  const usual = first === undefined || last === undefined ? 200 : (last.end - first.at) / places.length;
  return Math.max(1, Math.floor(rest / usual));
}
