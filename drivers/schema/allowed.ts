import type { Point, Value } from '../contract/reading.ts';

/** The longest text that may be written to a point. */
export const TEXT_LENGTH = 256;

/** In text for a device a line end would start the next command of a line protocol. */
const CONTROL = /\p{Cc}/u;

/** Whether a point takes this value, whoever writes it: its type, its choices, its range and its step. Pure. */
export function isAllowed(point: Point, value: unknown): value is number | boolean | string {
  if (point.choices !== undefined) return typeof value === 'string' && point.choices.includes(value);
  if (point.type === 'boolean') return typeof value === 'boolean';
  if (point.type === 'text') return typeof value === 'string' && value.length <= TEXT_LENGTH && !CONTROL.test(value);
  return typeof value === 'number' && isInRange(point, value) && isTaken(point, value);
}

/** Whether a value lies from `min` to `max`, both included. Only numbers have a range. Pure. */
export function isInRange({ min, max }: Point, value: Value): boolean {
  if (typeof value !== 'number') return true;
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}

function isTaken({ min, step }: Point, value: number): boolean {
  return Number.isFinite(value) && (step === undefined || isStep(value, min ?? 0, step));
}

/** 0.3 is three steps of 0.1 for everyone but a double: the error of the subtraction and the division is forgiven. */
function isStep(value: number, base: number, step: number): boolean {
  const steps = (value - base) / step;
  const error = 8 * Number.EPSILON * (Math.max(Math.abs(value), Math.abs(base)) / step + 1);
  return Math.abs(steps - Math.round(steps)) <= error;
}
