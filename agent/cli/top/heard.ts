import { cleanText } from '../../../drivers/framing/text.ts';
import { ID_PATTERN } from '../../../drivers/schema/text.ts';
import type { Shown } from '../../console/wire.ts';

/** Everything here came over the network: it is read with care and kept within bounds. Characters of a payload. */
export const LONGEST_HEARD = 1_048_576;
const MOST_VALUES = 1000;
const LONGEST_WORD = 64;

/** Undefined for what is no JSON. */
export function parsedJson(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

/** A map, so that no key of a message is ever a property of an object of ours. */
export function recordIn(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []);
}

/** At most so many, with names that can be shown. */
export function entriesIn(value: unknown, most: number): readonly (readonly [string, unknown])[] {
  return [...recordIn(value)].slice(0, most).flatMap(([key, each]) => {
    const name = wordIn(key);
    return name === undefined ? [] : [[name, each] as const];
  });
}

/** A short text that can be shown, or undefined where nothing of it is left. */
export function wordIn(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // an id is clean as it is, and thousands of them come in a second
  const text = ID_PATTERN.test(value) ? value : cleanText(value, LONGEST_WORD);
  return text === '' ? undefined : text;
}

export function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function flagIn(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** Milliseconds since 1970 of an ISO 8601 time. */
export function timeIn(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** Undefined for what no point can hold. */
export function valueIn(value: unknown): Shown | undefined {
  if (typeof value === 'string') return cleanText(value);
  return value === null || typeof value === 'boolean' || typeof value === 'number' ? value : undefined;
}

/** Point → value. */
export function shownIn(values: ReadonlyMap<string, unknown>): ReadonlyMap<string, Shown> {
  const result = new Map<string, Shown>();
  for (const [key, each] of values) {
    const name = wordIn(key);
    if (name === undefined || result.size >= MOST_VALUES) continue;
    const value = valueIn(each);
    if (value !== undefined) result.set(name, value);
  }
  return result;
}
