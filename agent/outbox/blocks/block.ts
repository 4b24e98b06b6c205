import type { OutboxRecord } from '../outbox.ts';
import { encode, encodedLength } from '../segments/record-format.ts';
import { BLOCK_HEAD, type BlockHead, encodeBlock, LARGEST_BLOCK, LARGEST_DICTIONARY } from './block-format.ts';
import { columnsOf } from './columns.ts';
import { type Deflate, type Dictionary, dictionaryOf, inflated } from './deflating.ts';
import { rowsIn } from './rows.ts';

/** The dictionary of a segment, and how often it lies there. */
export interface SegmentKeys {
  readonly dictionary: Dictionary | undefined;
  readonly copies: number;
}

export const NO_KEYS: SegmentKeys = { dictionary: undefined, copies: 0 };

/** What goes into a segment. */
export interface Packed {
  readonly bytes: Buffer;
  /** What its records take one by one. */
  readonly rawBytes: number;
  /** The segment's dictionary once this is in it, and how many copies of it are in this. */
  readonly keys: SegmentKeys;
}

export interface Packing {
  /** The one that the segment has already. */
  readonly dictionary: Dictionary | undefined;
  /** Whether it is to lie in the segment once more: one damaged copy shall not cost all blocks. */
  readonly isRepeated: boolean;
  /** Bytes of a new one, at the most. */
  readonly mostDictionary: number;
}

/**
 * Records as they are appended to a segment, a block at a time. Where blocks would not be smaller they stand one by one: never do
 * they take more room than that.
 */
export async function pack(records: readonly OutboxRecord[], packing: Packing, deflate: Deflate): Promise<Packed> {
  const parts: Buffer[] = [];
  let { dictionary, isRepeated } = packing;
  let [rawBytes, copies] = [0, 0];
  for (const { run, length } of runs(records)) {
    rawBytes += length;
    const block = await packRun(run, length, { ...packing, dictionary, isRepeated }, deflate);
    parts.push(block?.bytes ?? encode(run));
    if (block === undefined) continue;
    dictionary = block.keys.dictionary;
    copies += block.keys.copies;
    if (block.keys.copies > 0) isRepeated = false;
  }
  return { bytes: Buffer.concat(parts), rawBytes, keys: { dictionary, copies } };
}

/** @returns undefined where it is not smaller than its records one by one */
async function packRun(
  run: readonly OutboxRecord[],
  rawBytes: number,
  { dictionary, isRepeated, mostDictionary }: Packing,
  deflate: Deflate,
): Promise<Omit<Packed, 'rawBytes'> | undefined> {
  const columns = rawBytes > LARGEST_BLOCK ? undefined : columnsOf(run);
  if (columns === undefined || columns.body.length > LARGEST_BLOCK) return undefined;
  const [first, last] = [run[0]?.seq ?? 0, run.at(-1)?.seq ?? 0];
  const blockWith = async (used: Dictionary | undefined) => {
    const body = await deflate(columns.body, used?.bytes);
    return encodeBlock(body, { first, last, count: run.length, rawBytes, dictionary: used?.key ?? 0 });
  };
  const used = dictionary ?? dictionaryOf(columns.templates.subarray(0, Math.min(mostDictionary, LARGEST_DICTIONARY)));
  try {
    const block = await blockWith(used);
    if (dictionary === undefined || isRepeated) {
      const bytes = Buffer.concat([await dictionaryBlock(used, deflate), block]);
      if (bytes.length < rawBytes) return { bytes, keys: { dictionary: used, copies: 1 } };
    }
    const alone = dictionary === undefined ? await blockWith(undefined) : block;
    return alone.length < rawBytes ? { bytes: alone, keys: { dictionary, copies: 0 } } : undefined;
  } catch {
    // no memory for a deflater: one by one they need none
    return undefined;
  }
}

async function dictionaryBlock({ bytes, key }: Dictionary, deflate: Deflate): Promise<Buffer> {
  return encodeBlock(await deflate(bytes), { first: 0, last: 0, count: 0, rawBytes: bytes.length, dictionary: key });
}

/** The records of a block whose checksums are right. @returns undefined where it makes no sense all the same */
export function unpack(
  bytes: Buffer,
  at: number,
  head: BlockHead,
  dictionary: Dictionary | undefined,
): OutboxRecord[] | undefined {
  if (head.dictionary !== 0 && dictionary?.key !== head.dictionary) return undefined;
  const body = inflated(bodyAt(bytes, at, head), head.dictionary === 0 ? undefined : dictionary?.bytes);
  return body && rowsIn(body, head);
}

/** The dictionary that stands in a block of its own. */
export function unpackDictionary(bytes: Buffer, at: number, head: BlockHead): Dictionary | undefined {
  const found = inflated(bodyAt(bytes, at, head));
  if (found === undefined || found.length > LARGEST_DICTIONARY) return undefined;
  const dictionary = dictionaryOf(found);
  return dictionary.key === head.dictionary ? dictionary : undefined;
}

function bodyAt(bytes: Buffer, at: number, { length }: BlockHead): Buffer {
  return bytes.subarray(at + BLOCK_HEAD, at + BLOCK_HEAD + length);
}

function* runs(records: readonly OutboxRecord[]): Generator<{ run: OutboxRecord[]; length: number }> {
  let run: OutboxRecord[] = [];
  let length = 0;
  for (const record of records) {
    const own = encodedLength(record);
    if (run.length > 0 && length + own > LARGEST_BLOCK) {
      yield { run, length };
      run = [];
      length = 0;
    }
    run.push(record);
    length += own;
  }
  if (run.length > 0) yield { run, length };
}
