import type { Value } from '../contract/reading.ts';
import type { PointOptions } from './point.ts';
import type { ValueCodec } from './value.ts';

/** Of floating numbers six significant digits count: a device may compute with them before it gives them back. */
const FLOATING = 2e-6;

/** Half of a resolution is compared with differences of decimal fractions: they carry a little noise. */
const NOISE = 1e-9;

/**
 * Whether a value that was read back is what this write leaves in the registers: what they decode to, or no further
 * from it than half of the point's resolution, the coarsest of scale, decimals and step.
 */
export function agrees(point: PointOptions, codec: ValueCodec, written: Value, read: Value): boolean {
  const registers = codec.encode(written);
  if (registers === undefined) return false;
  const expected = codec.decode(registers);
  if (read === expected) return true;
  if (typeof written !== 'number' || typeof expected !== 'number' || typeof read !== 'number') return false;
  const off = Math.min(Math.abs(read - expected), Math.abs(read - written));
  return off <= (resolutionOf(point, expected) / 2) * (1 + NOISE);
}

function resolutionOf({ type, scale, decimals, step }: PointOptions, value: number): number {
  const raw = type === 'float32' || type === 'float64' ? FLOATING * Math.abs(value) : Math.abs(scale ?? 1);
  return Math.max(raw, step ?? 0, decimals === undefined ? 0 : 10 ** -decimals);
}
