/** The longest text that one field of a log line may hold, in UTF-16 units. */
export const MAX_TEXT = 256;

/**
 * Characters that change how a line is read instead of being read: control characters (C0, DEL, C1), format characters
 * (bidi controls, zero-width characters, tags), line and paragraph separators, lone surrogates; and the backslash, so
 * that an escape is told from a text that looks like one (CWE-117).
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\\]/u;

/** The text on one line, everything unsafe as a visible `\u` escape, at most `max` units with `…` where it was cut. */
export function escapeText(text: string, max: number = MAX_TEXT): string {
  let out = '';
  for (const character of text) {
    const piece = UNSAFE.test(character) ? escapeUnits(character) : character;
    if (out.length + piece.length > max) return cut(out, max);
    out += piece;
  }
  return out;
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }).join('');
}

/** Neither half an escape nor half a character may stay at the end. */
function cut(escaped: string, max: number): string {
  const pieces = escaped.match(/\\u[0-9a-f]{4}|./gsu) ?? [];
  let kept = escaped;
  while (kept.length > max - 1) kept = kept.slice(0, kept.length - (pieces.pop()?.length ?? kept.length));
  return `${kept}…`;
}
