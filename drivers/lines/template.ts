import { failureTable } from '../framing/search.ts';
import { ID_PATTERN } from '../schema/text.ts';
import { type Letter, readEscapes } from './escapes.ts';

export const FIELD_TYPES = ['number', 'integer', 'hex', 'word', 'text'] as const;

export type DecimalMark = 'point' | 'comma';

export type FieldType = (typeof FIELD_TYPES)[number];

export function isTextual(type: FieldType): boolean {
  return type === 'word' || type === 'text';
}

export type Part =
  | { readonly kind: 'literal'; readonly codes: Uint16Array; readonly table: Uint16Array }
  /** A run of blanks, which may be empty unless it is all that parts two fields. */
  | { readonly kind: 'blank'; readonly least: 0 | 1 }
  | { readonly kind: 'field'; readonly name: string; readonly type: FieldType }
  | { readonly kind: 'skip' };

export type Template = readonly Part[];

/** The fault of a template, in words that hold none of it. */
export interface TemplateProblem {
  readonly problem: string;
}

/** Blank, tab, and the rest of a line end where the delimiter is another. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}

/**
 * Reads `T={temperature:number} C`. Pure; a template that could be matched in more than one way is refused.
 * @param least fields that it must have
 */
export function readTemplate(text: string, decimal: DecimalMark, least: 0 | 1 = 1): Template | TemplateProblem {
  const letters = readEscapes(text);
  if (letters === undefined) return { problem: 'has an unknown escape; write \\\\ for a backslash' };
  const parts: Part[] = [];
  for (let at = 0; at < letters.length; ) {
    const end = endOf(letters, at);
    if (end === undefined) return { problem: 'has a brace without its other; write \\{ or \\} for a brace' };
    const part = partOf(letters.slice(at, end));
    if ('problem' in part) return part;
    parts.push(part);
    at = end;
  }
  return problemOf(parts, decimal, least) ?? settleBlanks(parts);
}

function isMark(letter: Letter | undefined, character: string): boolean {
  return letter !== undefined && !letter.escaped && letter.code === character.charCodeAt(0);
}

/** Where the part ends that begins here; undefined for a lone brace. */
function endOf(letters: readonly Letter[], at: number): number | undefined {
  const first = letters[at];
  if (first === undefined || isMark(first, '}')) return undefined;
  if (isMark(first, '{')) {
    const end = letters.findIndex((letter, index) => index > at && isMark(letter, '}'));
    return end < 0 ? undefined : end + 1;
  }
  const blank = isBlank(first.code);
  let end = at;
  for (let letter: Letter | undefined = first; letter !== undefined; letter = letters[++end]) {
    if (isMark(letter, '{') || isMark(letter, '}') || isBlank(letter.code) !== blank) break;
  }
  return end;
}

function partOf(letters: readonly Letter[]): Part | TemplateProblem {
  const codes = Uint16Array.from(letters, ({ code }) => code);
  if (isBlank(codes[0] ?? 0)) return { kind: 'blank', least: 0 };
  if (!isMark(letters[0], '{')) return { kind: 'literal', codes, table: failureTable(codes) };
  const content = String.fromCharCode(...codes.subarray(1, -1));
  if (content === '' || content === '*') return { kind: 'skip' };
  const [name = '', type = '', ...more] = content.split(':');
  const known = FIELD_TYPES.find((each) => each === type);
  if (known === undefined || more.length > 0) {
    return { problem: `must write a field as {name:type}, the type one of ${FIELD_TYPES.join(', ')}` };
  }
  if (!ID_PATTERN.test(name)) return { problem: 'must name a field with 1 to 63 of a-z, 0-9 and -' };
  return { kind: 'field', name, type: known };
}

function takes(part: Part | undefined): boolean {
  return part?.kind === 'field' || part?.kind === 'skip';
}

function problemOf(parts: readonly Part[], decimal: DecimalMark, least: number): TemplateProblem | undefined {
  const names = parts.flatMap((part) => (part.kind === 'field' ? [part.name] : []));
  if (names.length < least) return { problem: 'must have at least one field' };
  if (new Set(names).size !== names.length) return { problem: 'must name each field once' };
  if (parts.some((part, at) => takes(part) && takes(parts[at + 1]))) {
    return { problem: 'must have text or a blank between two fields' };
  }
  if (parts.some((part, at) => part.kind === 'field' && continues(part.type, parts.slice(at + 1, at + 3), decimal))) {
    return { problem: 'must not go on after a number with what could belong to it' };
  }
  return undefined;
}

/** Whether the text after a field could be taken for more of its number. */
function continues(type: FieldType, [next, afterNext]: readonly Part[], decimal: DecimalMark): boolean {
  const mark = next?.kind === 'blank' ? afterNext : next;
  const character = mark?.kind === 'literal' ? String.fromCharCode(mark.codes[0] ?? 0) : '';
  if (type === 'number') return /\d/.test(character) || character === (decimal === 'comma' ? ',' : '.');
  if (type === 'integer') return /\d/.test(character);
  return type === 'hex' && /[\dA-Fa-fXx]/.test(character);
}

/** Blanks at the ends mean nothing, for a line's are taken off too; between two fields there must be one. */
function settleBlanks(parts: readonly Part[]): Template {
  const from = parts[0]?.kind === 'blank' ? 1 : 0;
  const to = parts.at(-1)?.kind === 'blank' ? -1 : parts.length;
  return parts.slice(from, to).map((part, at, inner) => {
    if (part.kind !== 'blank') return part;
    return { kind: 'blank', least: takes(inner[at - 1]) && takes(inner[at + 1]) ? 1 : 0 };
  });
}
