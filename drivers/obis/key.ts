export const KEY_LENGTH = 16;
const KEY = /^\s*([0-9a-fA-F]{32})\s*$/;
/** A key file is 32 digits and a line end. */
const LONGEST_KEY_FILE = 64;

/** The fault of a key file's content, in words that do not quote it; undefined: it is right. */
export function judgeKey(content: Uint8Array): string | undefined {
  return readKey(content) === undefined ? 'must hold 32 hexadecimal digits' : undefined;
}

/** The 16 bytes of a key file; undefined where it holds none. */
export function readKey(content: Uint8Array): Uint8Array | undefined {
  if (content.length > LONGEST_KEY_FILE) return undefined;
  const digits = KEY.exec(String.fromCharCode(...content))?.[1];
  if (digits === undefined) return undefined;
  return Uint8Array.from({ length: KEY_LENGTH }, (_, at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
}
