import type { Part, Template } from './template.ts';

/** Units that are one also where a comma or a colon stands between them and the number, in small letters. */
const UNITS: ReadonlySet<string> = new Set(
  'mg g kg ct gn gr grain grains dwt oz ozt lb lbs °c °f psi bar mbar pa hpa kpa mpa mmhg mm cm in ft mv ma'.split(' '),
);

/** Letters that are a unit by themselves, though many instruments send single letters for other things. */
const LETTERS: ReadonlySet<string> = new Set(['g', 'C', 'F', 'K']);

const WORD = String.raw`[\p{L}°%‰'"][\p{L}\p{N}°%‰'"²³/·^]*`;
const ADJACENT = new RegExp(`^\\s*(${WORD})`, 'u');
const BEHIND = new RegExp(`^[\\s,;:|]*(${WORD})`, 'u');
const BEFORE = new RegExp(`(?:^|[^\\p{L}])(${WORD})[\\s,;:|=]*$`, 'u');

/**
 * The text by which a template tells the unit of its number at `index`: the word right behind it, known or not, else a
 * known unit behind a comma or the like, or before the number. Undefined where it tells none.
 */
export function unitText(template: Template, index: number): string | undefined {
  const behind = textOf(nearest(template.slice(index + 1)));
  const before = textOf(nearest(template.slice(0, index).reverse()).reverse());
  const adjacent = ADJACENT.exec(behind)?.[1];
  const other = [BEHIND.exec(behind)?.[1], BEFORE.exec(before)?.[1]].find((word) => word !== undefined && isUnit(word));
  const word = adjacent ?? other;
  return word !== undefined && isUnit(word) ? word.toLowerCase() : word;
}

function isUnit(word: string): boolean {
  return word.length === 1 ? LETTERS.has(word) : UNITS.has(word.toLowerCase());
}

/** The parts up to the next field. */
function nearest(parts: Part[]): Part[] {
  const end = parts.findIndex(({ kind }) => kind === 'field' || kind === 'skip');
  return end < 0 ? parts : parts.slice(0, end);
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.kind === 'literal' ? String.fromCharCode(...part.codes) : ' ')).join('');
}
