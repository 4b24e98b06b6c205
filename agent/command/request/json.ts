import { isKept } from '../../../drivers/schema/decimal.ts';
import { KEY_LENGTH, REQUEST_DEPTH, REQUEST_KEYS } from '../limits.ts';

/** Keys that reach into the machinery of objects wherever something copies or merges without care. */
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const LONE_SURROGATE = /\p{Cs}/u;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Depth and number of members as the text has them: one pass, no recursion. Exact where the text is valid JSON. */
export function measure(text: string): { readonly depth: number; readonly members: number } {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === BACKSLASH) i++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === COLON) members++;
    else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (unit === 0x7d || unit === 0x5d) depth--;
  }
  return { depth: deepest, members };
}

/** A string, which may hold digits, or a number. Neither can begin inside the other in valid JSON. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9][0-9.eE+-]*/gs;

/**
 * Whether the parser keeps every number of the text: 9007199254740993 it would silently take for another one.
 * @param text valid JSON
 */
export function keepsNumbers(text: string): boolean {
  for (const [part] of text.matchAll(STRING_OR_NUMBER)) if (!part.startsWith('"') && !isKept(part)) return false;
  return true;
}

/**
 * Whether the parsed text keeps the bounds of a request: depth, number and form of keys, no key twice (the parser
 * would silently take the last), no half characters.
 */
export function isBounded(text: string, parsed: unknown): boolean {
  const { depth, members } = measure(text);
  if (depth > REQUEST_DEPTH || members > REQUEST_KEYS) return false;
  let seen = 0;
  const left: unknown[] = [parsed];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'string' && LONE_SURROGATE.test(value)) return false;
    if (typeof value !== 'object' || value === null) continue;
    if (!Array.isArray(value)) {
      const keys = Object.keys(value);
      if (keys.some((key) => key.length > KEY_LENGTH || FORBIDDEN.has(key) || LONE_SURROGATE.test(key))) return false;
      seen += keys.length;
    }
    for (const inner of Object.values(value)) left.push(inner);
  }
  return seen === members;
}
