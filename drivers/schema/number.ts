import { z } from 'zod';

/** The one sentence for a number out of its bounds: it names the bounds and never the number. */
function outside(min: number, max: number): { error: string } {
  return { error: `must be ${min} to ${max}` };
}

/** An integer from `min` to `max`, both included. Text is never taken for a number. */
export function wholeNumber(min: number, max: number) {
  return z.int({ error: 'must be a whole number' }).min(min, outside(min, max)).max(max, outside(min, max));
}

/** A finite number from `min` to `max`, both included. */
export function realNumber(min: number, max: number) {
  return z.number({ error: 'must be a number' }).min(min, outside(min, max)).max(max, outside(min, max));
}
