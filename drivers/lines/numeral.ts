import { type DecimalMark, isBlank } from './template.ts';

/** The text of a line that the matcher reads; a string is one. */
export interface Letters {
  readonly length: number;
  charCodeAt(at: number): number;
  slice(from: number, to: number): string;
}

/** A numeral that was read: its value, and where it ends. */
export interface Numeral {
  readonly value: number;
  readonly end: number;
}

/**
 * Digits before the mark, after it, and of an exponent: more than any instrument has, and a bound all the same. One digit
 * more fits nothing that a template allows after a number, so such a line does not fit.
 */
const MOST_DIGITS = 20;
const MOST_EXPONENT_DIGITS = 3;
/** 15 decimal digits, and 13 hexadecimal ones, are always exact in a double. */
const MOST_INTEGER_DIGITS = 15;
const MOST_HEX_DIGITS = 13;

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isHexDigit = (code: number): boolean => isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);

/** `-12.5`, `+ 0.50` (scales put blanks after the sign), `.5`, `1.2E+03`; as much as makes a numeral. */
export function readNumber(text: Letters, from: number, decimal: DecimalMark): Numeral | undefined {
  const { sign, at } = readSign(text, from);
  const whole = run(text, at, MOST_DIGITS, isDigit);
  let fraction = '';
  let end = at + whole.length;
  if (text.charCodeAt(end) === (decimal === 'comma' ? 0x2c : 0x2e)) {
    fraction = run(text, end + 1, MOST_DIGITS, isDigit);
    if (fraction !== '') end += 1 + fraction.length;
  }
  if (whole === '' && fraction === '') return undefined;
  const exponent = readExponent(text, end);
  const value = sign * Number(`${whole}.${fraction}0e${exponent.value}`);
  if (!Number.isFinite(value)) return undefined;
  // Adding 0 turns -0 into 0.
  return { value: value + 0, end: exponent.end };
}

/** `-12`: up to 15 digits. */
export function readInteger(text: Letters, from: number): Numeral | undefined {
  const { sign, at } = readSign(text, from);
  const digits = run(text, at, MOST_INTEGER_DIGITS, isDigit);
  return digits === '' ? undefined : { value: sign * Number(digits) + 0, end: at + digits.length };
}

/** `1F`, `0x1f`: up to 13 digits, no sign. */
export function readHex(text: Letters, from: number): Numeral | undefined {
  const prefixed = text.charCodeAt(from) === 0x30 && (text.charCodeAt(from + 1) | 0x20) === 0x78;
  const at = prefixed ? from + 2 : from;
  const digits = run(text, at, MOST_HEX_DIGITS, isHexDigit);
  return digits === '' ? undefined : { value: Number.parseInt(digits, 16), end: at + digits.length };
}

function readSign(text: Letters, from: number): { readonly sign: 1 | -1; readonly at: number } {
  const code = text.charCodeAt(from);
  if (code !== 0x2b && code !== 0x2d) return { sign: 1, at: from };
  let at = from + 1;
  while (isBlank(text.charCodeAt(at))) at++;
  return { sign: code === 0x2d ? -1 : 1, at };
}

/** An exponent where digits follow the E; else nothing, for the E may be a unit's. */
function readExponent(text: Letters, from: number): Numeral {
  if ((text.charCodeAt(from) | 0x20) !== 0x65) return { value: 0, end: from };
  const code = text.charCodeAt(from + 1);
  const signed = code === 0x2b || code === 0x2d;
  const at = signed ? from + 2 : from + 1;
  const digits = run(text, at, MOST_EXPONENT_DIGITS, isDigit);
  if (digits === '') return { value: 0, end: from };
  return { value: (signed && code === 0x2d ? -1 : 1) * Number(digits), end: at + digits.length };
}

function run(text: Letters, from: number, most: number, belongs: (code: number) => boolean): string {
  let end = from;
  while (end - from < most && belongs(text.charCodeAt(end))) end++;
  return text.slice(from, end);
}
