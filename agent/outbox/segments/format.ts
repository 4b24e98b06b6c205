import { crc32 } from 'node:zlib';

/** Raised with every change of what lies in the folder. Segments of the first version have no blocks. */
const FORMATS = { segment: 2, cursor: 1, places: 1 } as const;
const PLAIN = 1;
/** [magic][version u16][its complement u16][number u64][covers u64][0 u32][crc32 u32] */
export const SEGMENT_HEADER = 32;
/** [magic][version u16][its complement u16][generation u64][segment u64][seq u64][crc32 u32] */
export const CURSOR_SLOT = 36;

/** Readers that places are kept of: more than there are audiences. */
export const MOST_PLACES = 8;
/** [magic][version u16][its complement u16][generation u64][segment u64], [crc32 of the name u64][seq u64] for each, [crc32 u32] */
export const PLACES_SLOT = 24 + 16 * MOST_PLACES + 4;

const MAGIC = { segment: 0x424f_5746, cursor: 0x434f_5746, places: 0x524f_5746 } as const;
const NAME = /^([0-9]{12})\.segment$/;

/** Of a segment: `covers` is the number of the last segment whose records it holds too (thinned); its own where none. */
export interface SegmentHeader {
  readonly number: number;
  readonly covers: number;
  /** No blocks are in it: an agent that knows none may have to read on in it. */
  readonly isPlain?: boolean;
}

/** Everything is acknowledged in the segments before this one, and in this one up to `seq`. */
export interface Cursor {
  readonly generation: number;
  readonly segment: number;
  readonly seq: number;
}

/** How far each reader has confirmed the records of the segments up to this one. Of later segments it says nothing. */
export interface Places {
  readonly generation: number;
  readonly segment: number;
  /** By {@link placeKey}. */
  readonly places: ReadonlyMap<number, number>;
}

/** `other`: another version wrote it; `damaged`: nobody can say. */
export type Parsed<T> = T | 'other' | 'damaged';

export function segmentName(number: number): string {
  return `${String(number).padStart(12, '0')}.segment`;
}

/** The number of a segment's file; undefined: not one of ours. */
export function segmentNumber(name: string): number | undefined {
  const number = Number(NAME.exec(name)?.[1]);
  return number >= 1 ? number : undefined;
}

export function encodeHeader({ number, covers }: SegmentHeader): Buffer {
  return seal('segment', [number, covers], SEGMENT_HEADER);
}

export function parseHeader(bytes: Buffer): Parsed<SegmentHeader> {
  const isPlain = bytes.length >= 6 && bytes.readUInt16LE(4) === PLAIN;
  const parsed = open('segment', bytes, SEGMENT_HEADER, 2, isPlain ? PLAIN : FORMATS.segment);
  if (typeof parsed === 'string') return parsed;
  const [number = 0, covers = 0] = parsed;
  return number >= 1 && covers >= number ? { number, covers, isPlain } : 'damaged';
}

export function encodeCursor({ generation, segment, seq }: Cursor): Buffer {
  return seal('cursor', [generation, segment, seq], CURSOR_SLOT);
}

export function parseCursor(bytes: Buffer): Parsed<Cursor> {
  const parsed = open('cursor', bytes, CURSOR_SLOT, 3);
  if (typeof parsed === 'string') return parsed;
  const [generation = 0, segment = 0, seq = 0] = parsed;
  return { generation, segment, seq };
}

/** The name of a reader, as it is written. */
export function placeKey(name: string): number {
  return crc32(name);
}

export function encodePlaces({ generation, segment, places }: Places): Buffer {
  return seal('places', [generation, segment, ...[...places].slice(0, MOST_PLACES).flat()], PLACES_SLOT);
}

export function parsePlaces(bytes: Buffer): Parsed<Places> {
  const parsed = open('places', bytes, PLACES_SLOT, 2 + 2 * MOST_PLACES);
  if (typeof parsed === 'string') return parsed;
  const [generation = 0, segment = 0, ...rest] = parsed;
  const places = new Map<number, number>();
  for (let at = 0; at < rest.length; at += 2) if (rest[at] !== 0) places.set(rest[at] ?? 0, rest[at + 1] ?? 0);
  return { generation, segment, places };
}

/** The younger of two slots. One that was torn while it was written leaves the other: readings are sent again, not lost. */
export function newestSlot<T extends { readonly generation: number }>(slots: readonly Parsed<T>[]): T | undefined {
  return slots
    .filter((slot) => typeof slot !== 'string')
    .reduce<T | undefined>((best, slot) => (best && best.generation > slot.generation ? best : slot), undefined);
}

function seal(kind: keyof typeof MAGIC, numbers: readonly number[], size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(MAGIC[kind], 0);
  bytes.writeUInt16LE(FORMATS[kind], 4);
  // a flipped bit must not pass for another version
  bytes.writeUInt16LE(~FORMATS[kind] & 0xffff, 6);
  for (const [index, number] of numbers.entries()) bytes.writeBigUInt64LE(BigInt(number), 8 + 8 * index);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, size - 4)), size - 4);
  return bytes;
}

function open(
  kind: keyof typeof MAGIC,
  bytes: Buffer,
  size: number,
  count: number,
  format: number = FORMATS[kind],
): Parsed<number[]> {
  if (bytes.length < 8 || bytes.readUInt32LE(0) !== MAGIC[kind]) return 'damaged';
  const version = bytes.readUInt16LE(4);
  if (version !== (~bytes.readUInt16LE(6) & 0xffff)) return 'damaged';
  if (version !== format) return 'other';
  if (bytes.length < size || crc32(bytes.subarray(0, size - 4)) !== bytes.readUInt32LE(size - 4)) return 'damaged';
  const numbers = Array.from({ length: count }, (_, index) => Number(bytes.readBigUInt64LE(8 + 8 * index)));
  return numbers.every(Number.isSafeInteger) ? numbers : 'damaged';
}
