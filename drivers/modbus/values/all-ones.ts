import { bitsOf, type PointOptions, type RawType } from '../point.ts';

const TYPES: ReadonlySet<RawType> = new Set<RawType>(['uint32', 'uint48', 'uint64']);

/**
 * Whether a point of 32, 48 or 64 bits without a sign has all of them set: by that most devices say that they do not know
 * (SunSpec gives it as the value of an unsigned point that is not implemented), and no counter ever stands there. Of 16
 * or 24 bits it may be a value. Not where somebody says what it means: by `enum`, `bits`, a `max` that it does not exceed, or
 * because the point is written.
 * @param power of ten, by which the value is scaled besides
 */
export function isAllOnes(point: PointOptions, bytes: Uint8Array, power: number): boolean {
  if (!TYPES.has(point.type)) return false;
  if (point.enum !== undefined || point.bits !== undefined || point.writable) return false;
  return bytes.every((byte) => byte === 0xff) && !(point.max !== undefined && highest(point, power) <= point.max);
}

function highest({ type, scale = 1, offset = 0 }: PointOptions, power: number): number {
  return (2 ** bitsOf(type) - 1) * scale * 10 ** power + offset;
}
