import * as z from 'zod';

/** The one sentence for a number out of its bounds: it names the bounds and never the number. */
function outside(min: number, max: number): { error: string } {
  return { error: `must be ${min} to ${max}` };
}

/** The config's reader gives a bigint for a whole number that no double holds. */
const INEXACT =
  'has more digits than can be kept: whole numbers beyond 9007199254740992 must be ones that a double holds';

/** An integer from `min` to `max`, both included. Text is never taken for a number. */
export function wholeNumber(min: number, max: number) {
  const error = (issue: { readonly input?: unknown }) =>
    typeof issue.input === 'bigint' ? outside(min, max).error : 'must be a whole number';
  return z.int({ error }).min(min, outside(min, max)).max(max, outside(min, max));
}

/** A finite number from `min` to `max`, both included. */
export function realNumber(min: number, max: number) {
  const error = (issue: { readonly input?: unknown }) =>
    typeof issue.input === 'bigint' ? INEXACT : 'must be a number';
  return z.number({ error }).min(min, outside(min, max)).max(max, outside(min, max));
}

/** The same for a bound, which may also be a whole number that no double holds: the nearest that one does is as good. */
export function boundary(min: number, max: number) {
  return z.preprocess((value) => (typeof value === 'bigint' ? Number(value) : value), realNumber(min, max));
}
