import type { Value } from '../../contract/reading.ts';
import type { Target } from './target.ts';

/** The worth of a float's last bit, relative to the number: it lies in the device as one, or the device has computed with it. */
const LAST_BIT = 2 ** -23;

/** The noise of computing with doubles. */
const NOISE = 1e-9;

/**
 * Whether a value that was read back is what a write leaves: a write is refused where the scale factor can't say the
 * value, so it is the same, or no further away than half of the point's step.
 */
export function leaves(target: Target | undefined, written: Value, read: Value): boolean {
  if (target === undefined) return false;
  if (typeof written !== 'number' || typeof read !== 'number') return written === read;
  const isFloat = [...target.points.values()].some(({ type }) => type === 'f32');
  const half = (target.shown.step ?? 0) / 2;
  const most = Math.max(half, Math.abs(written) * (isFloat ? LAST_BIT : NOISE));
  return Math.abs(written - read) <= most * (1 + NOISE);
}
