import { crc32 } from 'node:zlib';
import { LEAST_RECORD } from '../segments/record-format.ts';

/*
 * A block on disk, little-endian: [magic u32][crc32 u32][length u32][crc32 of the body u32][raw bytes u32][count u32]
 * [before u32][dictionary u32][first seq u64][last seq u64][body]. The first checksum is of the head behind it, so that a
 * damaged body still tells how many records go with it and where the next block begins. Where a head is damaged, the next one
 * tells it: `before` counts the records of the segment up to it. Without records it is a dictionary. Zeros behind the body make
 * the block as many bytes long as it has records, modulo LENGTH_STEP: where no head is left its length tells how many went.
 */
export const BLOCK_HEAD = 48;
/** No text of a record has these bytes in a row: two of them are in no UTF-8. */
const MAGIC = 0xff42_46fe;
const MAGIC_BYTES = Buffer.from([0xfe, 0x46, 0x42, 0xff]);

/** Records of one segment come to less, one by one: more can't be ours, and is not unpacked. */
export const LARGEST_RAW = 8_388_608;
/** Most that the records of one block take one by one: damage costs so much of them, and a read needs so much memory. */
export const LARGEST_BLOCK = 131_072;
/** Records of a segment, one by one as short as can be. */
const MOST_BEFORE = Math.floor(LARGEST_RAW / LEAST_RECORD);
/** Costs half of it for each block. */
const LENGTH_STEP = 32;
/** How far back a deflater looks is twice this. */
export const LARGEST_DICTIONARY = 16_384;

/** The word of a block on its records. */
export interface BlockContent {
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** Bytes of its records one by one (`encodedLength`). */
  readonly rawBytes: number;
}

export interface BlockHead extends BlockContent {
  /** Bytes of the body. */
  readonly length: number;
  /** Records that stand before it in its segment. */
  readonly before: number;
  /** The checksum of what it was deflated with, 0 for nothing; of a dictionary its own. */
  readonly dictionary: number;
}

export type BlockRead =
  | { readonly kind: 'block' | 'dictionary'; readonly head: BlockHead; readonly end: number }
  /** The head can be believed, the body not. `end` may lie behind all bytes where these end within it. */
  | { readonly kind: 'bad-block' | 'short-block'; readonly head: BlockHead; readonly end: number }
  /** The bytes end within its head. */
  | { readonly kind: 'short-block'; readonly head: undefined; readonly end: number };

export function encodeBlock(
  deflated: Buffer,
  { first, last, count, before, rawBytes, dictionary }: Omit<BlockHead, 'length'>,
): Buffer {
  const head = Buffer.alloc(BLOCK_HEAD);
  const body = Buffer.concat([deflated, Buffer.alloc(stepsUp(BLOCK_HEAD + deflated.length, count))]);
  head.writeUInt32LE(MAGIC, 0);
  for (const [index, number] of [body.length, crc32(body), rawBytes, count, before, dictionary].entries()) {
    head.writeUInt32LE(number, 8 + 4 * index);
  }
  head.writeBigUInt64LE(BigInt(first), 32);
  head.writeBigUInt64LE(BigInt(last), 40);
  head.writeUInt32LE(crc32(head.subarray(8)), 4);
  return Buffer.concat([head, body]);
}

/** How many records so many bytes of whole blocks held. @param about by estimate */
export function countNear(about: number, bytes: number): number {
  const above = about + stepsUp(about, bytes);
  const below = above - LENGTH_STEP;
  return below > 0 && about - below < above - about ? below : above;
}

/** How far it is from one number up to the next that is the other, modulo {@link LENGTH_STEP}. */
function stepsUp(from: number, to: number): number {
  return (LENGTH_STEP + ((to - from) % LENGTH_STEP)) % LENGTH_STEP;
}

/** The block at a place of a segment, if there is one. Takes any bytes. */
export function blockAt(bytes: Buffer, at: number): BlockRead | undefined {
  if (bytes.length - at < MAGIC_BYTES.length || bytes.readUInt32LE(at) !== MAGIC) return undefined;
  if (bytes.length - at < BLOCK_HEAD) return { kind: 'short-block', head: undefined, end: at + BLOCK_HEAD };
  const head = headAt(bytes, at);
  if (head === undefined) return undefined;
  const end = at + BLOCK_HEAD + head.length;
  if (end > bytes.length) return { kind: 'short-block', head, end };
  const isSound = crc32(bytes.subarray(at + BLOCK_HEAD, end)) === bytes.readUInt32LE(at + 12);
  if (!isSound) return { kind: 'bad-block', head, end };
  return { kind: head.count === 0 ? 'dictionary' : 'block', head, end };
}

/** Where the next block with a head that can be believed begins. */
export function nextBlock(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(MAGIC_BYTES, from); at >= 0; at = bytes.indexOf(MAGIC_BYTES, at + 1)) {
    if (bytes.length - at >= BLOCK_HEAD && headAt(bytes, at) !== undefined) return at;
  }
  return undefined;
}

function headAt(bytes: Buffer, at: number): BlockHead | undefined {
  if (crc32(bytes.subarray(at + 8, at + BLOCK_HEAD)) !== bytes.readUInt32LE(at + 4)) return undefined;
  const head = {
    length: bytes.readUInt32LE(at + 8),
    rawBytes: bytes.readUInt32LE(at + 16),
    count: bytes.readUInt32LE(at + 20),
    before: bytes.readUInt32LE(at + 24),
    dictionary: bytes.readUInt32LE(at + 28),
    first: Number(bytes.readBigUInt64LE(at + 32)),
    last: Number(bytes.readBigUInt64LE(at + 40)),
  };
  const { length, before, rawBytes, count, first, last } = head;
  // a right checksum does not say who wrote it: the bounds hold all the same
  if (length > LARGEST_BLOCK || rawBytes > LARGEST_BLOCK || before > MOST_BEFORE) return undefined;
  if (count === 0) return rawBytes <= LARGEST_DICTIONARY ? head : undefined;
  const isSound =
    first >= 1 && last - first >= count - 1 && Number.isSafeInteger(last) && count * LEAST_RECORD <= rawBytes;
  return isSound ? head : undefined;
}
