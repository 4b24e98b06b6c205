import type { PointOptions } from '../point.ts';

/**
 * Whether a point of 32 or 64 bits without a sign has all of them set: by that most devices say that they do not know
 * (SunSpec gives it as the value of an unsigned point that is not implemented), and no counter ever stands there. Of 16
 * bits it may be a value. Not where somebody says what it means: by `enum`, `bits`, a `max` that it does not exceed, or
 * because the point is written.
 */
export function isAllOnes(point: PointOptions, bytes: Uint8Array): boolean {
  if (point.type !== 'uint32' && point.type !== 'uint64') return false;
  if (point.enum !== undefined || point.bits !== undefined || point.writable) return false;
  return bytes.every((byte) => byte === 0xff) && !(point.max !== undefined && highest(point) <= point.max);
}

function highest({ type, scale = 1, offset = 0 }: PointOptions): number {
  return (2 ** (type === 'uint32' ? 32 : 64) - 1) * scale + offset;
}
