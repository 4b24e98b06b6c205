import { decodeText } from '../../framing/text.ts';
import { FB_TABLE } from '../unit/fb-table.ts';
import { FD_FD_TABLE, FD_TABLE } from '../unit/fd-table.ts';
import { MAIN_TABLE } from '../unit/main-table.ts';
import { type Meaning, UNKNOWN } from '../unit/meaning.ts';
import { extended, MAKERS_OWN, MODIFIER_EXTENSION, type Modified, modified } from '../unit/modifier.ts';
import type { Cursor } from './cursor.ts';

const EXTENDED = 0x80;
const PLAIN_TEXT = 0x7c;
const FIRST_EXTENSION = 0xfb;
const SECOND_EXTENSION = 0xfd;

/** The standard allows so many of the bytes that extend the first one. */
const MOST_EXTENSIONS = 10;

/** The value information block of a record: EN 13757-3 (2013). */
export interface ValueInformation extends Modified {
  /** The words that the meter sends in place of a code. */
  readonly label?: string | undefined;
}

/** @returns undefined where the block is cut off or longer than the standard allows */
export function readValueInformation(cursor: Cursor, isReversed: boolean): ValueInformation | undefined {
  const first = cursor.byte();
  if (first === undefined) return undefined;
  let label: string | undefined;
  if ((first & ~EXTENDED) === PLAIN_TEXT) {
    label = readLabel(cursor, isReversed);
    if (label === undefined) return undefined;
  }
  const codes = readCodes(first, cursor);
  if (codes === undefined) return undefined;
  const { meaning, rest } = meaningOf(first, codes);
  if (label !== undefined) {
    const plain: Meaning = { quantity: 'plain-text', unit: label, factor: 1, exponent: 0, reading: 'plain' };
    return { ...qualified(plain, codes), label };
  }
  return qualified(meaning, rest);
}

/** Length and characters, the last one first unless the telegram says otherwise. */
function readLabel(cursor: Cursor, isReversed: boolean): string | undefined {
  const length = cursor.byte();
  const bytes = length === undefined ? undefined : cursor.take(length);
  if (bytes === undefined) return undefined;
  return decodeText(isReversed ? bytes : Uint8Array.from(bytes).reverse(), 'latin1');
}

function readCodes(first: number, cursor: Cursor): readonly number[] | undefined {
  const codes: number[] = [];
  for (let byte = first; (byte & EXTENDED) !== 0; ) {
    const next = cursor.byte();
    if (next === undefined || codes.length === MOST_EXTENSIONS) return undefined;
    codes.push(next & ~EXTENDED);
    byte = next;
  }
  return codes;
}

/** The first byte alone, or with the one or two that belong to it; the rest changes the meaning. */
function meaningOf(first: number, codes: readonly number[]): { meaning: Meaning; rest: readonly number[] } {
  const [second, third] = codes;
  if (first === FIRST_EXTENSION && second !== undefined) {
    return { meaning: FB_TABLE.get(second) ?? UNKNOWN, rest: codes.slice(1) };
  }
  if (first === SECOND_EXTENSION && second === (SECOND_EXTENSION & ~EXTENDED) && third !== undefined) {
    return { meaning: FD_FD_TABLE.get(third) ?? UNKNOWN, rest: codes.slice(2) };
  }
  if (first === SECOND_EXTENSION && second !== undefined) {
    return { meaning: FD_TABLE.get(second) ?? UNKNOWN, rest: codes.slice(1) };
  }
  const meaning = MAIN_TABLE.get(first & ~EXTENDED) ?? UNKNOWN;
  // of the maker's own information also the next codes are the maker's
  return { meaning, rest: meaning.quantity === 'manufacturer-specific' ? [] : codes };
}

function qualified(meaning: Meaning, codes: readonly number[]): Modified {
  let found: Modified = { meaning, qualifiers: [] };
  for (const [index, code] of codes.entries()) {
    if (code === MAKERS_OWN) return { ...found, qualifiers: [...found.qualifiers, 'manufacturer-specific'] };
    if (codes[index - 1] === MODIFIER_EXTENSION) found = extended(found, code);
    else if (code !== MODIFIER_EXTENSION) found = modified(found, code);
  }
  return found;
}
