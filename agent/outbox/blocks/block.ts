import type { OutboxRecord } from '../outbox.ts';
import { encode, encodedLength } from '../segments/record-format.ts';
import { BLOCK_HEAD, type BlockHead, encodeBlock, LARGEST_BLOCK, LARGEST_DICTIONARY } from './block-format.ts';
import { columnsOf } from './columns.ts';
import { type Deflate, type Dictionary, dictionaryOf, inflated } from './deflating.ts';
import { rowsIn } from './rows.ts';

/** The state of a segment for its next block: its dictionary, how often that lies there, and how many records are before it. */
export interface SegmentKeys {
  readonly dictionary: Dictionary | undefined;
  readonly copies: number;
  readonly records: number;
}

export const NO_KEYS: SegmentKeys = { dictionary: undefined, copies: 0, records: 0 };

/** Records as they go into a segment. */
export interface Packed {
  readonly bytes: Buffer;
  /** Bytes of its records one by one. */
  readonly rawBytes: number;
  /** Of the segment once this is in it. */
  readonly keys: SegmentKeys;
}

export interface Packing {
  /** Of the segment so far. */
  readonly keys: SegmentKeys;
  /** Whether its dictionary is to lie in the segment once more: one damaged copy shall not cost all blocks. */
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
  let { keys } = packing;
  let rawBytes = 0;
  for (const { run, length } of runs(records)) {
    rawBytes += length;
    const isRepeated = packing.isRepeated && keys.copies === packing.keys.copies;
    const block = await packRun(run, length, { ...packing, keys, isRepeated }, deflate);
    parts.push(block?.bytes ?? encode(run));
    keys = { ...(block?.keys ?? keys), records: keys.records + run.length };
  }
  return { bytes: Buffer.concat(parts), rawBytes, keys };
}

/** The same without a block. */
export function onePerRecord(records: readonly OutboxRecord[], { keys }: Packing): Packed {
  const bytes = encode(records);
  return { bytes, rawBytes: bytes.length, keys: { ...keys, records: keys.records + records.length } };
}

/** @returns undefined where it is not smaller than its records one by one */
async function packRun(
  run: readonly OutboxRecord[],
  rawBytes: number,
  { keys, isRepeated, mostDictionary }: Packing,
  deflate: Deflate,
): Promise<Omit<Packed, 'rawBytes'> | undefined> {
  const { dictionary, copies, records: before } = keys;
  const columns = rawBytes > LARGEST_BLOCK ? undefined : columnsOf(run);
  if (columns === undefined || columns.body.length > LARGEST_BLOCK) return undefined;
  const [first, last] = [run[0]?.seq ?? 0, run.at(-1)?.seq ?? 0];
  const blockWith = async (used: Dictionary | undefined) => {
    const body = await deflate(columns.body, used?.bytes);
    return encodeBlock(body, { first, last, count: run.length, before, rawBytes, dictionary: used?.key ?? 0 });
  };
  const used = dictionary ?? dictionaryOf(columns.templates.subarray(0, Math.min(mostDictionary, LARGEST_DICTIONARY)));
  try {
    const block = await blockWith(used);
    if (dictionary === undefined || isRepeated) {
      const bytes = Buffer.concat([await dictionaryBlock(used, deflate), block]);
      if (bytes.length < rawBytes) return { bytes, keys: { ...keys, dictionary: used, copies: copies + 1 } };
    }
    const alone = dictionary === undefined ? await blockWith(undefined) : block;
    return alone.length < rawBytes ? { bytes: alone, keys } : undefined;
  } catch {
    // no memory for a deflater: one by one they need none
    return undefined;
  }
}

async function dictionaryBlock({ bytes, key }: Dictionary, deflate: Deflate): Promise<Buffer> {
  const none = { first: 0, last: 0, count: 0, before: 0 };
  return encodeBlock(await deflate(bytes), { ...none, rawBytes: bytes.length, dictionary: key });
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
