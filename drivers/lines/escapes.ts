const NAMED: Readonly<Record<string, number>> = { r: 0x0d, n: 0x0a, t: 0x09, '\\': 0x5c, '{': 0x7b, '}': 0x7d };

/** One character of a text with escapes, and whether it was escaped. */
export interface Letter {
  readonly code: number;
  readonly escaped: boolean;
}

/** The letters of a text in which `\r`, `\n`, `\t`, `\\`, `\{`, `\}` and `\xNN` stand for one; undefined for another escape. */
export function readEscapes(text: string): readonly Letter[] | undefined {
  const letters: Letter[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '\\') {
      letters.push({ code: text.charCodeAt(at), escaped: false });
      continue;
    }
    const name = text[++at] ?? '';
    const code = name === 'x' ? hexadecimal(text.slice(at + 1, at + 3)) : Object.hasOwn(NAMED, name) && NAMED[name];
    if (typeof code !== 'number') return undefined;
    if (name === 'x') at += 2;
    letters.push({ code, escaped: true });
  }
  return letters;
}

/** The same as bytes; undefined also for a character that is no byte of ASCII and was not written as `\xNN`. */
export function readBytes(text: string): Uint8Array | undefined {
  const letters = readEscapes(text);
  if (letters === undefined || letters.some(({ code, escaped }) => code > 0x7f && !escaped)) return undefined;
  return Uint8Array.from(letters, ({ code }) => code);
}

function hexadecimal(digits: string): number | undefined {
  return /^[0-9A-Fa-f]{2}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}
