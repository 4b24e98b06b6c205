import type { Point, Value } from '../../drivers/contract/reading.ts';

/** `uncertain`: a value is out of its point's range. `bad`: there is no value, but a fault. */
export type Quality = 'good' | 'uncertain' | 'bad';

/** Whether a value lies from `min` to `max`, both included. Only numbers have a range. */
export function isInRange({ min, max }: Point, value: Value): boolean {
  if (typeof value !== 'number') return true;
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}
