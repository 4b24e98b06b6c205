import { Fault } from './fault.ts';

declare const brand: unique symbol;

/** A span of monotonic time in milliseconds: finite, from 0 to {@link LONGEST}. Only {@link milliseconds} makes one. */
export type Duration = number & { readonly [brand]: 'milliseconds' };

/** The longest wait that any part may ask for: 24 hours, far below the 2^31 ms at which Node's timers turn into 1 ms. */
export const LONGEST = 86_400_000;

/**
 * The only way to a {@link Duration}.
 * @param value milliseconds, 0 to {@link LONGEST}; fractions are allowed
 * @throws Fault `internal/duration` for NaN, an infinity, a negative or too long span, or a value that is no number
 */
export function milliseconds(value: number): Duration {
  if (typeof value !== 'number' || !(value >= 0 && value <= LONGEST)) throw new Fault('internal/duration');
  return value as Duration;
}
