import type { Point, Value } from '../contract/reading.ts';
import { decimalOf, digitsOf, exactOf, negated, quotientOf, sumOf } from './decimal.ts';

/** The longest text that may be written to a point. */
export const TEXT_LENGTH = 256;

/** In text for a device a line end would start the next command of a line protocol. */
const CONTROL = /\p{Cc}/u;

/** Whether a point takes this value from any writer: its type, its choices, its range and its step; of an action `true`. Pure. */
export function isAllowed(point: Point, value: unknown): value is number | boolean | string {
  if (point.choices !== undefined) return typeof value === 'string' && point.choices.includes(value);
  if (point.action) return value === true;
  if (point.type === 'boolean') return typeof value === 'boolean';
  if (point.type === 'text') return typeof value === 'string' && value.length <= TEXT_LENGTH && !CONTROL.test(value);
  return typeof value === 'number' && isTaken(point, value);
}

/** Whether a value lies from `min` to `max`, both included. Only numbers have a range. Pure. */
export function isInRange({ min, max }: Pick<Point, 'min' | 'max'>, value: Value): boolean {
  if (typeof value !== 'number') return true;
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}

/** Whether a number may be written: within its range, and a whole number of steps. Pure. */
export function isTaken(point: Pick<Point, 'min' | 'max' | 'step'>, value: number): boolean {
  const { min, step } = point;
  if (!Number.isFinite(value) || !isInRange(point, value)) return false;
  return step === undefined || isStep(value, min ?? 0, step);
}

/** Of 16 digits and more, the last ones of a value that somebody computed with doubles are noise. */
const NOISY_DIGITS = 16;
/** In steps. */
const MOST_NOISE = 1e-6;

/** 0.3 is three steps of 0.1, and so is the 0.30000000000000004 that 0.1 + 0.2 gives. */
function isStep(value: number, base: number, step: number): boolean {
  const { off } = quotientOf(sumOf(exactOf(value), negated(exactOf(base))), exactOf(step));
  if (digitsOf(decimalOf(value)) < NOISY_DIGITS) return off === 0;
  return off <= Math.min(MOST_NOISE, 8 * Number.EPSILON * (Math.max(Math.abs(value), Math.abs(base)) / step + 1));
}
