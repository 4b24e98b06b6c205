import type { Quantity } from './quantity.ts';

/** How the bytes of a record are read, where its data field alone does not say it. */
export type Reading =
  /** As the data field says. */
  | 'plain'
  /** Bits, so without a sign (data type D). */
  | 'bits'
  /** A date, or a date and time, by the length of the data (types F, G, I, J). */
  | 'date'
  /** Nobody knows unit or power of ten: then there is no value. */
  | 'unknown';

/** The meaning that the value information of a record gives. */
export interface Meaning {
  readonly quantity: Quantity;
  /** Of the value with the power of ten applied; absent: it has none. */
  readonly unit?: string | undefined;
  /** value = raw × factor × 10^exponent. */
  readonly factor: number;
  readonly exponent: number;
  readonly reading: Reading;
}

export const UNKNOWN: Meaning = { quantity: 'unknown', factor: 1, exponent: 0, reading: 'unknown' };

type Entry = readonly [code: number, meaning: Meaning];

/** `count` codes, each of the next power of ten. @param exponent of the first */
export function powers(
  from: number,
  count: number,
  quantity: Quantity,
  unit: string | undefined,
  exponent: number,
): readonly Entry[] {
  return Array.from({ length: count }, (_, index) => [
    from + index,
    { quantity, unit, factor: 1, exponent: exponent + index, reading: 'plain' },
  ]);
}

/** Seconds of each. Months and years have no fixed length: they stay what they are. */
export const SPANS = {
  s: { unit: 's', factor: 1 },
  min: { unit: 's', factor: 60 },
  h: { unit: 's', factor: 3600 },
  d: { unit: 's', factor: 86_400 },
  month: { unit: 'month', factor: 1 },
  year: { unit: 'year', factor: 1 },
} as const;

/** One code for each span of time, in order. */
export function spans(from: number, quantity: Quantity, units: readonly (keyof typeof SPANS)[]): readonly Entry[] {
  return units.map((each, index) => [from + index, { quantity, ...SPANS[each], exponent: 0, reading: 'plain' }]);
}

/** One code. */
export function one(code: number, quantity: Quantity, unit?: string, reading: Reading = 'plain'): readonly Entry[] {
  return [[code, { quantity, unit, factor: 1, exponent: 0, reading }]];
}

export const FOUR_SPANS = ['s', 'min', 'h', 'd'] as const;
export const LONG_SPANS = ['h', 'd', 'month', 'year'] as const;
