import { isKept } from '../../../drivers/schema/decimal.ts';
import { keepsNumbers } from '../../command/request/json.ts';

/** RFC 8259, 6. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/**
 * A value as it is written on the command line: `true` and `false` are boolean, JSON numbers are numbers, text in
 * double quotes is the text of that JSON string, everything else is text as it stands. Undefined: a number that the
 * gateway could not keep, or a text whose quotes do not fit.
 */
export function readValue(word: string): number | boolean | string | undefined {
  if (word === 'true' || word === 'false') return word === 'true';
  if (NUMBER.test(word)) return arrives(word) ? Number(word) : undefined;
  if (!word.startsWith('"')) return word;
  const text = readJson(word);
  return typeof text === 'string' ? text : undefined;
}

/** `POINT=VALUE` words as args, or undefined where one is none or a point is there twice. */
export function readAssignments(words: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  const values = new Map<string, unknown>();
  for (const word of words) {
    const at = word.indexOf('=');
    const name = word.slice(0, at);
    const value = readValue(word.slice(at + 1));
    if (at < 1 || value === undefined || values.has(name)) return undefined;
    values.set(name, value);
  }
  return values.size === 0 ? undefined : Object.fromEntries(values);
}

/** Whether the words give values of which one is a number that would arrive as another one. */
export function losesDigits(words: readonly string[], json: string | undefined): boolean {
  const values = words.map((word) => word.slice(word.indexOf('=') + 1));
  const isLost = (value: string) => NUMBER.test(value) && !arrives(value);
  const object = json === undefined ? undefined : readObject(json);
  if (json === undefined || object === undefined) return values.some(isLost);
  return !keepsNumbers(json) || !keepsNumbers(JSON.stringify(object));
}

/** JavaScript keeps 2^60 and writes it as 1152921504606847000, which is another number. */
function arrives(word: string): boolean {
  const number = Number(word);
  return isKept(word) && isKept(JSON.stringify(number));
}

/** A JSON object, or undefined for anything else. */
export function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = readJson(text);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
