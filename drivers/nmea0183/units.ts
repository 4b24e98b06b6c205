import type { Conversion } from './fields.ts';

/** International nautical mile: exactly 1852 m (BIPM, SI Brochure, 8th edition, table 8). */
export const METRES_PER_SECOND_PER_KNOT = 1852 / 3600;

/** International mile: exactly 1609.344 m (NIST SP 811, B.8). */
const METRES_PER_SECOND_PER_MILE_PER_HOUR = 1609.344 / 3600;

/** Conventional inch of mercury, 3386.389 Pa (NIST SP 811, B.8). */
const HECTOPASCALS_PER_INCH = 33.86389;

const asWritten: Conversion = (value) => value;

/** Letters for degrees, true and magnetic. */
export const TRUE = { T: asWritten };
export const MAGNETIC = { M: asWritten };

/** To degrees Celsius. */
export const CELSIUS = { C: asWritten };

/** To hectopascals. */
export const INCHES_OF_MERCURY = { I: (value: number) => value * HECTOPASCALS_PER_INCH };
export const BARS = { B: (value: number) => value * 1000 };

/** To metres per second: metres per second, kilometres per hour, knots, statute miles per hour. */
export const SPEEDS: Readonly<Record<'M' | 'K' | 'N' | 'S', Conversion>> = {
  M: asWritten,
  K: (value) => value / 3.6,
  N: (value) => value * METRES_PER_SECOND_PER_KNOT,
  S: (value) => value * METRES_PER_SECOND_PER_MILE_PER_HOUR,
};
