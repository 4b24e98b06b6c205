import { decodeText } from '../../framing/text.ts';
import { type Decimal, decimalOf, heldOf, productOf } from '../../schema/decimal.ts';
import type { Meaning } from '../unit/meaning.ts';
import type { Cursor } from './cursor.ts';
import { readDate } from './date.ts';
import { bcdOf, integerOf, isLeast } from './number.ts';
import { hexText, NONE, type RecordValue, textValue } from './value.ts';

/** Data fields by their code: EN 13757-3 (2013). D, of a length that the data names, and F are no plain ones. */
const PLAIN_FIELDS: Readonly<Record<number, { readonly length: number; readonly form: 'integer' | 'real' | 'bcd' }>> = {
  1: { length: 1, form: 'integer' },
  2: { length: 2, form: 'integer' },
  3: { length: 3, form: 'integer' },
  4: { length: 4, form: 'integer' },
  5: { length: 4, form: 'real' },
  6: { length: 6, form: 'integer' },
  7: { length: 8, form: 'integer' },
  9: { length: 1, form: 'bcd' },
  10: { length: 2, form: 'bcd' },
  11: { length: 3, form: 'bcd' },
  12: { length: 4, form: 'bcd' },
  14: { length: 6, form: 'bcd' },
};
const VARIABLE_FIELD = 13;

/** Whole numbers of variable length are numbers up to so many bytes; longer ones are shown as bytes. */
const LONGEST_NUMBER = 8;

/**
 * The data of a record as a value.
 * @param isReversed the most significant byte comes first
 * @returns undefined where the data is cut off, or of a form that the standard does not have
 */
export function readData(
  field: number,
  meaning: Meaning,
  cursor: Cursor,
  isReversed: boolean,
): RecordValue | undefined {
  if (field === VARIABLE_FIELD) return readVariable(meaning, cursor, isReversed);
  // nothing, and a selection
  if (field === 0 || field === 8) return NONE;
  const plain = PLAIN_FIELDS[field];
  const taken = plain && cursor.take(plain.length);
  if (plain === undefined || taken === undefined) return undefined;
  const bytes = inOrder(taken, isReversed);
  if (meaning.reading === 'unknown') return NONE;
  if (meaning.reading === 'date') {
    const date = plain.form === 'integer' ? readDate(bytes) : null;
    return typeof date === 'string' ? textValue(date) : NONE;
  }
  switch (plain.form) {
    case 'integer':
      if (meaning.reading === 'bits') return numberValue(decimalOf(integerOf(bytes, false)), meaning);
      return isLeast(bytes) ? NONE : numberValue(decimalOf(integerOf(bytes, true)), meaning);
    case 'real':
      return realValue(bytes, meaning);
    case 'bcd':
      return bcdValue(bytes, meaning);
  }
}

/** Data that names its own length: EN 13757-3 (2013). */
function readVariable(meaning: Meaning, cursor: Cursor, isReversed: boolean): RecordValue | undefined {
  const code = cursor.byte();
  const form = code === undefined ? undefined : variableForm(code);
  const taken = form && cursor.take(form.length);
  if (form === undefined || taken === undefined) return undefined;
  const bytes = inOrder(taken, isReversed);
  if (form.kind === 'text') return textValue(decodeText(Uint8Array.from(bytes).reverse(), 'latin1'));
  if (meaning.reading === 'unknown') return NONE;
  if (form.kind === 'binary') {
    if (meaning.reading === 'date') {
      const date = readDate(bytes);
      if (date !== undefined) return date === null ? NONE : textValue(date);
    }
    if (bytes.length > LONGEST_NUMBER || meaning.reading === 'date') {
      return textValue(hexText(Uint8Array.from(bytes).reverse()));
    }
    const signed = meaning.reading !== 'bits';
    if (bytes.length === 0 || (signed && isLeast(bytes))) return NONE;
    return numberValue(decimalOf(integerOf(bytes, signed)), meaning);
  }
  if (bytes.length === 0) return NONE;
  return bcdValue(bytes, meaning, form.kind === 'negative-bcd');
}

interface VariableForm {
  readonly kind: 'text' | 'bcd' | 'negative-bcd' | 'binary';
  readonly length: number;
}

function variableForm(code: number): VariableForm | undefined {
  if (code < 0xc0) return { kind: 'text', length: code };
  if (code < 0xca) return { kind: 'bcd', length: code - 0xc0 };
  if (code >= 0xd0 && code < 0xda) return { kind: 'negative-bcd', length: code - 0xd0 };
  if (code >= 0xe0 && code < 0xf0) return { kind: 'binary', length: code - 0xe0 };
  if (code >= 0xf0 && code < 0xf5) return { kind: 'binary', length: 4 * (code - 0xec) };
  if (code === 0xf5) return { kind: 'binary', length: 48 };
  return code === 0xf6 ? { kind: 'binary', length: 64 } : undefined;
}

/** The least significant byte first. */
export function inOrder(bytes: Uint8Array, isReversed: boolean): Uint8Array {
  return isReversed ? Uint8Array.from(bytes).reverse() : bytes;
}

/** The number that a 32-bit float holds, to its last digit: half of them are not short in decimal, and nobody knows which. */
function realValue(bytes: Uint8Array, meaning: Meaning): RecordValue {
  const real = new DataView(Uint8Array.from(bytes).buffer).getFloat32(0, true);
  return Number.isFinite(real) ? numberValue(heldOf(real), meaning) : NONE;
}

function bcdValue(bytes: Uint8Array, meaning: Meaning, negative = false): RecordValue {
  const digits = bcdOf(bytes);
  if (digits === undefined || (negative && digits < 0n)) return NONE;
  return numberValue(decimalOf(negative ? -digits : digits), meaning);
}

function numberValue(raw: Decimal, { factor, exponent }: Meaning): RecordValue {
  return { kind: 'number', number: productOf(raw, { digits: BigInt(factor), exponent }) };
}
