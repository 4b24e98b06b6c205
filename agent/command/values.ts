import { Fault } from '../../drivers/contract/fault.ts';
import type { Point, Value } from '../../drivers/contract/reading.ts';
import { TEXT_LENGTH } from './limits.ts';

/** In text for a device a line end would start the next command of a line protocol. */
const CONTROL = /\p{Cc}/u;

/**
 * The values that may be written, in the order of the request; all or none.
 * @throws Fault `command/unknown-point`, `command/not-writable`, `command/value`
 */
export function checkValues(
  points: readonly Point[],
  args: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, Value> {
  const known = new Map(points.map((point) => [point.name, point]));
  const values = new Map<string, Value>();
  for (const [name, value] of Object.entries(args)) {
    const point = known.get(name);
    if (point === undefined) throw new Fault('command/unknown-point');
    if (!point.writable) throw new Fault('command/not-writable');
    if (!isAllowed(point, value)) throw new Fault('command/value');
    values.set(name, value);
  }
  return values;
}

function isAllowed(point: Point, value: unknown): value is number | boolean | string {
  if (point.choices !== undefined) return typeof value === 'string' && point.choices.includes(value);
  if (point.type === 'boolean') return typeof value === 'boolean';
  if (point.type === 'text') return typeof value === 'string' && value.length <= TEXT_LENGTH && !CONTROL.test(value);
  return typeof value === 'number' && isInRange(point, value);
}

function isInRange({ min, max, step }: Point, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (min !== undefined && value < min) return false;
  if (max !== undefined && value > max) return false;
  return step === undefined || isStep(value, min ?? 0, step);
}

/** 0.3 is three steps of 0.1 for everyone but a double: the error of the subtraction and the division is forgiven. */
function isStep(value: number, base: number, step: number): boolean {
  const steps = (value - base) / step;
  const error = 8 * Number.EPSILON * (Math.max(Math.abs(value), Math.abs(base)) / step + 1);
  return Math.abs(steps - Math.round(steps)) <= error;
}
