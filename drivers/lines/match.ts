import { advance } from '../framing/search.ts';
import { cleanText } from '../framing/text.ts';
import { type Letters, readHex, readInteger, readNumber } from './numeral.ts';
import { type DecimalMark, type FieldType, isBlank, type Part, type Template } from './template.ts';

export type Raw = number | string;

/** The values of a line's fields, by name; undefined where the line does not fit. */
export type Match = ReadonlyMap<string, Raw> | undefined;

/**
 * Lays a template over a line. It never goes back: a number takes as many characters as make a number, a text ends
 * where the literal after it is found first, and if the rest does not fit then, the line does not fit. So the time is
 * linear in the line's length, for every template and every line.
 */
export function match(template: Template, text: Letters, decimal: DecimalMark): Match {
  const values = new Map<string, Raw>();
  const line = trimmed(text);
  let at = line.from;
  for (const [index, part] of template.entries()) {
    const next = step(part, template.slice(index + 1, index + 3), { text, at, to: line.to, decimal });
    if (next === undefined) return undefined;
    if (part.kind === 'field' && next.value !== undefined) values.set(part.name, next.value);
    at = next.end;
  }
  return at === line.to ? values : undefined;
}

interface Place {
  readonly text: Letters;
  readonly at: number;
  readonly to: number;
  readonly decimal: DecimalMark;
}

interface Taken {
  readonly end: number;
  readonly value?: Raw;
}

function step(part: Part, next: Template, place: Place): Taken | undefined {
  switch (part.kind) {
    case 'literal':
      return literal(part.codes, place);
    case 'blank': {
      const end = skipBlanks(place);
      return end - place.at >= part.least ? { end } : undefined;
    }
    case 'skip': {
      const end = limit(next, { ...place, at: skipBlanks(place) });
      return end === undefined ? undefined : { end };
    }
    case 'field':
      return field(part.type, next, place);
  }
}

function literal(codes: Uint16Array, { text, at, to }: Place): Taken | undefined {
  if (to - at < codes.length) return undefined;
  return codes.every((code, index) => text.charCodeAt(at + index) === code) ? { end: at + codes.length } : undefined;
}

function field(type: FieldType, next: Template, place: Place): Taken | undefined {
  const from = skipBlanks(place);
  if (type === 'text' || type === 'word') return textField(type, next, { ...place, at: from });
  const { text, to, decimal } = place;
  const numeral =
    type === 'number'
      ? readNumber(text, from, decimal)
      : type === 'integer'
        ? readInteger(text, from)
        : readHex(text, from);
  return numeral === undefined || numeral.end > to ? undefined : numeral;
}

function textField(type: 'text' | 'word', next: Template, place: Place): Taken | undefined {
  const end = limit(next, place);
  if (end === undefined) return undefined;
  const value = cleanText(place.text.slice(place.at, end));
  // A word is one word and not nothing.
  return type === 'word' && (value === '' || value.includes(' ')) ? undefined : { end, value };
}

/** Where a text ends: at the first of what follows it in the template. */
function limit([next, afterNext]: Template, place: Place): number | undefined {
  if (next === undefined) return place.to;
  const mark = next.kind === 'blank' ? afterNext : next;
  return mark?.kind === 'literal' ? find(mark.codes, mark.table, place) : firstBlank(place);
}

function find(codes: Uint16Array, table: Uint16Array, { text, at, to }: Place): number | undefined {
  let matched = 0;
  for (let index = at; index < to; index++) {
    matched = advance(codes, table, matched, text.charCodeAt(index));
    if (matched === codes.length) return index + 1 - codes.length;
  }
  return undefined;
}

function firstBlank({ text, at, to }: Place): number | undefined {
  for (let index = at; index < to; index++) if (isBlank(text.charCodeAt(index))) return index;
  return undefined;
}

function skipBlanks({ text, at, to }: Place): number {
  let end = at;
  while (end < to && isBlank(text.charCodeAt(end))) end++;
  return end;
}

function trimmed(text: Letters): { readonly from: number; readonly to: number } {
  let [from, to] = [0, text.length];
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return { from, to };
}
