import { decimalOf, digitsOf, shortestFloat } from '../../drivers/schema/decimal.ts';

/** Digits that an instrument's number may have before they are suspected to be the noise of a binary fraction. */
const PLAIN_DIGITS = 12;
/** Digits that a double keeps of any decimal, and so of a sum or product of decimals. */
const KEPT_DIGITS = 15;
/** The most digits that are left of a number when noise is taken off it: a 32-bit float can need so many. */
const FEWEST_DIGITS = 9;

/**
 * A number as people read it, the one way of all tools: as in JSON, with every digit. Only the noise of binary
 * fractions is taken off: of a 32-bit float that was written as a double (230.10000610351562 is 230.1), and of a sum or
 * product of short decimals (0.30000000000000004 is 0.3).
 */
export function numberText(value: number): string {
  const digits = Number.isFinite(value) && !Number.isInteger(value) ? digitsOf(decimalOf(value)) : 0;
  if (digits <= PLAIN_DIGITS) return String(value + 0);
  if (Math.fround(value) === value) return String(shortestFloat(value));
  const kept = Number(value.toPrecision(KEPT_DIGITS));
  return String(digits > KEPT_DIGITS && digitsOf(decimalOf(kept)) <= FEWEST_DIGITS ? kept : value);
}
