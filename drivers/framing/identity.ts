import { LONGEST_IDENTITY, type ToldIdentity } from '../contract/identity.ts';
import { cleanText } from './text.ts';

const PARTS = ['maker', 'model', 'serial', 'firmware', 'kind'] as const;

/** The words of devices for an unknown text: blanks, and registers or memories that were never written. */
const NOTHING = /^(?:[\ufffd?.\-_*#\s]*|0+|(?:ff)+|n\/a|none|null|unknown)$/i;

/**
 * A device's account of itself, as people, logs and topics may see it: cleaned, cut, and without the parts that say
 * nothing. Pure.
 * @returns nothing where nothing is left
 */
export function cleanIdentity(told: ToldIdentity | undefined): ToldIdentity | undefined {
  if (told === undefined) return undefined;
  const parts = PARTS.flatMap((part) => {
    const text = told[part];
    const clean = typeof text === 'string' ? cleanText(text, LONGEST_IDENTITY) : '';
    return NOTHING.test(clean) ? [] : [[part, clean] as const];
  });
  return parts.length === 0 ? undefined : Object.fromEntries(parts);
}
