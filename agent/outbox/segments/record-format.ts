import { crc32 } from 'node:zlib';
import type { OutboxRecord } from '../outbox.ts';

/*
 * A record on disk, little-endian: [crc32 u32][length u32][seq u64][device's bytes u16][device][payload]. `length`
 * counts what comes after it, and the checksum everything after itself.
 */
const FRAME = 8;
const FIXED = 10;

/** Least bytes of a record on disk. */
export const LEAST_RECORD = FRAME + FIXED;
/** Greatest: so that no length, however it got there, makes a reader ask for more. Readings are a thousandth of it. */
export const LONGEST_RECORD = 1_048_576;

export type Read =
  | { readonly kind: 'record'; readonly seq: number; readonly end: number }
  /** The bytes end within it. */
  | { readonly kind: 'short'; readonly need: number }
  /** `end`: where the next one begins, if its length can be believed. */
  | { readonly kind: 'bad'; readonly end?: number };

export function encodedLength({ device, payload }: OutboxRecord): number {
  return LEAST_RECORD + Buffer.byteLength(device) + Buffer.byteLength(payload);
}

/** Records one after the other, as they are appended to a segment. */
export function encode(records: readonly OutboxRecord[]): Buffer {
  const bytes = Buffer.allocUnsafe(records.reduce((sum, record) => sum + encodedLength(record), 0));
  let at = 0;
  for (const { seq, device, payload } of records) {
    const deviceBytes = bytes.write(device, at + LEAST_RECORD);
    const end = at + LEAST_RECORD + deviceBytes + bytes.write(payload, at + LEAST_RECORD + deviceBytes);
    bytes.writeUInt32LE(end - at - FRAME, at + 4);
    bytes.writeBigUInt64LE(BigInt(seq), at + FRAME);
    bytes.writeUInt16LE(deviceBytes, at + FRAME + 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(at + 4, end)), at);
    at = end;
  }
  return bytes;
}

/** The record, or its damage, at a place of a segment. Takes any bytes. */
export function readAt(bytes: Buffer, at: number): Read {
  const left = bytes.length - at;
  if (left < FRAME) return { kind: 'short', need: LEAST_RECORD };
  const length = bytes.readUInt32LE(at + 4);
  if (length < FIXED || length > LONGEST_RECORD - FRAME) return { kind: 'bad' };
  const end = at + FRAME + length;
  if (end > bytes.length) return { kind: 'short', need: FRAME + length };
  if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32LE(at)) return { kind: 'bad', end };
  const seq = Number(bytes.readBigUInt64LE(at + FRAME));
  const isSound = seq >= 1 && Number.isSafeInteger(seq) && bytes.readUInt16LE(at + FRAME + 8) <= length - FIXED;
  return isSound ? { kind: 'record', seq, end } : { kind: 'bad', end };
}

/** The record at a place where {@link readAt} found one. */
export function recordAt(bytes: Buffer, at: number, seq: number, end: number): OutboxRecord {
  const payloadAt = at + LEAST_RECORD + bytes.readUInt16LE(at + FRAME + 8);
  const device = bytes.toString('utf8', at + LEAST_RECORD, payloadAt);
  return { seq, device, payload: bytes.toString('utf8', payloadAt, end) };
}
