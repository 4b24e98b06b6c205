export type Encoding = 'ascii' | 'latin1' | 'utf8';

/** The longest text that a point can hold, in UTF-16 units. */
export const LONGEST_TEXT = 256;

const REPLACEMENT = '\ufffd';

/** The bytes as text, with U+FFFD for what the encoding does not have. Controls are still in it: see {@link cleanText}. */
export function decodeText(bytes: Uint8Array, encoding: Encoding): string {
  // WHATWG's "latin1" is windows-1252, so ISO 8859-1 is decoded here, where 0x80 to 0x9f are the C1 controls.
  if (encoding === 'utf8') return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  let text = '';
  for (const byte of bytes) text += encoding === 'ascii' && byte > 0x7f ? REPLACEMENT : String.fromCharCode(byte);
  return text;
}

/**
 * Text of a device as people and logs may see it: each run of white space is one blank; controls (C0, C1), format
 * characters (bidi, zero width, byte order mark), line and paragraph separators and noncharacters are taken out; a lone
 * surrogate becomes U+FFFD; no blanks at the ends; at most `longest` UTF-16 units, never half a character.
 */
export function cleanText(text: string, longest: number = LONGEST_TEXT): string {
  const cleaned = text
    .replace(/\p{Cs}/gu, REPLACEMENT)
    // before the blanks: a character that is taken out from between two of them must not leave both
    .replace(/(?!\s)[\p{Cc}\p{Cf}\p{Noncharacter_Code_Point}]/gu, '')
    .replace(/[\s\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  if (cleaned.length <= longest) return cleaned;
  const last = cleaned.charCodeAt(longest - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return cleaned.slice(0, splitsPair ? longest - 1 : longest).trimEnd();
}
