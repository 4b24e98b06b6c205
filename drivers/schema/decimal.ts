/** A decimal fraction, exactly: digits × 10^exponent. Doubles can't hold 0.1, nor every 64-bit integer; this can. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const NUMERAL = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** Literals of JSON longer than this are not looked at: no instrument has so many digits. */
const LONGEST_LITERAL = 64;

/** 1 and so many zeros are exact in a double. */
const EXACT_POWER = 22;

/**
 * A number as people and JSON write it: by the fewest digits that name it, 0.1 and not 0.1000000000000000055.
 * Whole numbers up to 2^53, and every bigint, are themselves.
 * @param value finite
 */
export function decimalOf(value: number | bigint): Decimal {
  if (typeof value === 'bigint') return { digits: value, exponent: 0 };
  if (Number.isSafeInteger(value)) return { digits: BigInt(value), exponent: 0 };
  return readDecimal(String(value)) ?? { digits: 0n, exponent: 0 };
}

/** A whole number: a bigint only where a double may not hold it. */
export function wholeOf(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** As {@link decimalOf}, but a whole number beyond 2^53 is what the double holds and not the round number that names it. */
export function exactOf(value: number | bigint): Decimal {
  return decimalOf(typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value);
}

/**
 * The number that a double holds, to 40 digits: 0.1000000000000000055… for 0.1. The fewest digits that name it can be one
 * too few.
 */
export function heldOf(value: number): Decimal {
  return Number.isInteger(value) ? exactOf(value) : (readDecimal(value.toPrecision(40)) ?? decimalOf(value));
}

/** A JSON number, or a text of {@link textOf}; undefined for anything else. */
export function readDecimal(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', power = '0'] = NUMERAL.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const digits = BigInt(whole + fraction);
  return { digits: sign === '-' ? -digits : digits, exponent: Number(power) - fraction.length };
}

/** Digits that count: without the zeros before and behind. */
export function digitsOf({ digits }: Decimal): number {
  return String(magnitude(digits)).replace(/0+$/, '').length;
}

export function sumOf(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { digits: shifted(a, exponent) + shifted(b, exponent), exponent };
}

export function productOf(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

export function negated({ digits, exponent }: Decimal): Decimal {
  return { digits: -digits, exponent };
}

/** How far two numbers lie apart, to the nearest double. */
export function distance(a: Decimal, b: Decimal): number {
  return Math.abs(numberOf(sumOf(a, negated(b))));
}

/** The whole number nearest to a / b, halves away from zero, and how far a / b is from it: 0 where b divides a. */
export function quotientOf(a: Decimal, b: Decimal): { readonly nearest: bigint; readonly off: number } {
  const exponent = Math.min(a.exponent, b.exponent);
  const [dividend, divisor] = [shifted(a, exponent), shifted(b, exponent)];
  const nearest = divided(dividend, divisor);
  return { nearest, off: Math.abs(Number(dividend - nearest * divisor) / Number(divisor)) };
}

/** Rounded as people do: halves away from zero. @param exponent of the last digit that is kept: -2 keeps two decimals */
export function rounded(value: Decimal, exponent: number): Decimal {
  const { digits } = value;
  if (value.exponent >= exponent) return value;
  return { digits: divided(digits, 10n ** BigInt(exponent - value.exponent)), exponent };
}

/** Rounded to so many decimals; of a double the digits count that name it: 1.005 becomes 1.01. Not finite: as it is. */
export function roundedTo(value: number, decimals: number): number {
  return Number.isFinite(value) ? numberOf(rounded(decimalOf(value), -decimals)) : value;
}

/** The nearest double; never minus zero. */
export function numberOf({ digits, exponent }: Decimal): number {
  const number = Number(digits);
  if (exponent === 0) return number;
  // Two exact numbers: the division gives the nearest double to the quotient.
  if (Number.isSafeInteger(number) && exponent < 0 && exponent >= -EXACT_POWER) return number / 10 ** -exponent + 0;
  return Number(`${digits}e${exponent}`) + 0;
}

/**
 * The fewest digits that name the same 32-bit float: 230.1, and not the 230.10000610351562 that it is as a double.
 * @param value finite, and one that a 32-bit float holds
 */
export function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short + 0;
  }
  return Number(value.toPrecision(9)) + 0;
}

/** All digits, without an exponent: `-0.05`, `9007199254740993`. */
export function textOf(value: Decimal): string {
  const { digits } = value;
  if (value.exponent >= 0) return String(shifted(value, 0));
  const sign = digits < 0n ? '-' : '';
  const text = String(magnitude(digits)).padStart(1 - value.exponent, '0');
  const fraction = text.slice(value.exponent).replace(/0+$/, '');
  return `${sign}${text.slice(0, value.exponent)}${fraction === '' ? '' : `.${fraction}`}`;
}

/**
 * Whether a JSON number keeps its value as a double: a whole number digit by digit, any other as far as it was written.
 * 9007199254740993 does not, nor 9007199254740.993; 0.1 does, and 0.10000000000000001, by which some programs mean it.
 * @param literal a JSON number
 */
export function isKept(literal: string): boolean {
  const value = Number(literal);
  if (literal.length > LONGEST_LITERAL || !Number.isFinite(value)) return false;
  if (/^-?[0-9]+$/.test(literal)) return BigInt(literal) === BigInt(value);
  const written = readDecimal(literal);
  const kept = written && readDecimal(value.toPrecision(Math.max(1, digitsOf(written))));
  return written !== undefined && kept !== undefined && isSame(written, kept);
}

/** Compared without writing zeros out: the exponent may be anything. */
function isSame(a: Decimal, b: Decimal): boolean {
  const bare = ({ digits, exponent }: Decimal) => {
    const text = String(digits);
    const short = text.replace(/0+$/, '');
    return digits === 0n ? '0' : `${short}e${exponent + text.length - short.length}`;
  };
  return bare(a) === bare(b);
}

/** @param exponent not above the value's own */
function shifted({ digits, exponent: own }: Decimal, exponent: number): bigint {
  return digits * 10n ** BigInt(own - exponent);
}

function divided(dividend: bigint, divisor: bigint): bigint {
  const [top, bottom] = [magnitude(dividend), magnitude(divisor)];
  const quotient = (2n * top + bottom) / (2n * bottom);
  return dividend < 0n === divisor < 0n ? quotient : -quotient;
}

function magnitude(digits: bigint): bigint {
  return digits < 0n ? -digits : digits;
}
