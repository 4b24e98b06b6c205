import type { Value } from '../../contract/reading.ts';
import { distance, exactOf, readDecimal } from '../../schema/decimal.ts';
import type { PointOptions } from '../point.ts';
import type { ValueCodec } from './value.ts';

/** The worth of a floating number's last bit, relative to the number: a device may compute with it before it gives it back. */
const LAST_BIT = { float32: 2 ** -23, float64: 2 ** -52 } as const;

/** Half of a resolution is compared with differences of decimal fractions: they carry a little noise. */
const NOISE = 1e-9;

/**
 * Whether a value that was read back is the one that this write leaves in the registers: the one that they decode to,
 * or no further from it than half of the point's resolution, the coarsest of scale, decimals and step; of a floating
 * number without these than its last bit.
 * @param exact all digits of the value that was read, where no double holds it
 */
export function agrees(point: PointOptions, codec: ValueCodec, written: Value, read: Value, exact?: string): boolean {
  const registers = codec.encode(written);
  if (registers === undefined) return false;
  const expected = codec.decode(registers);
  const expectedExact = codec.exact?.(registers);
  if (read === expected && exact === expectedExact) return true;
  if (typeof written !== 'number' || typeof expected !== 'number' || typeof read !== 'number') return false;
  const found = decimal(read, exact);
  const off = Math.min(distance(found, decimal(expected, expectedExact)), distance(found, decimal(written)));
  return off <= toleranceOf(point, expected) * (1 + NOISE);
}

function decimal(value: number, exact?: string) {
  return (exact === undefined ? undefined : readDecimal(exact)) ?? exactOf(value);
}

function toleranceOf({ type, scale, decimals, step }: PointOptions, value: number): number {
  const half = Math.max(step ?? 0, decimals === undefined ? 0 : 10 ** -decimals) / 2;
  if (type === 'float32' || type === 'float64') return Math.max(half, LAST_BIT[type] * Math.abs(value));
  // it is written exactly, and its last digit is worth what its exponent says
  if (type === 'exp8-mantissa24') return half;
  return Math.max(half, Math.abs(scale ?? 1) / 2);
}
