/** Nibble of the command, bytes and check byte of a HEX message add up to this (VE.Direct HEX protocol, "Frame format"). */
const WHOLE = 0x55;

const COLON = 0x3a;
const LINE_FEED = 0x0a;

/** `:` and digits. The longest known, a day of history, has 113; names and serial numbers are shorter. */
export const LONGEST_HEX = 256;

/** One `:…` and line feed among other bytes. */
export interface HexMessage {
  /** Its nibble. */
  readonly command: number;
  /** Between the nibble and the check byte. */
  readonly data: Uint8Array;
  /** The check byte is right. */
  readonly isSound: boolean;
  /** Behind its line feed. */
  readonly end: number;
}

/** The whole HEX messages in a stream, sound or not, in their order. Linear time. */
export function* hexMessages(stream: Uint8Array): Iterable<HexMessage> {
  let from = -1;
  for (const [at, byte] of stream.entries()) {
    if (byte === COLON) from = at;
    else if (from < 0) continue;
    else if (byte === LINE_FEED) {
      if (at - from > 1) yield messageOf(stream.subarray(from, at), at + 1);
      from = -1;
    } else if (hexDigit(byte) === undefined || at - from >= LONGEST_HEX) from = -1;
  }
}

/** @param message `:` and hexadecimal digits, at least one */
function messageOf(message: Uint8Array, end: number): HexMessage {
  const digit = (at: number) => hexDigit(message[at] ?? 0) ?? 0;
  const bytes = Math.max(0, (message.length - 2) >> 1);
  const data = Uint8Array.from(
    { length: Math.max(0, bytes - 1) },
    (_, at) => 16 * digit(2 + 2 * at) + digit(3 + 2 * at),
  );
  return { command: digit(1), data, isSound: isSoundHex(message), end };
}

/**
 * Whether `:` and the text behind it, without the line feed, is a sound HEX message: one nibble, then whole bytes of
 * which the last makes the sum 0x55.
 */
export function isSoundHex(message: Uint8Array): boolean {
  // ":", a nibble and the check byte are the least; a nibble and whole bytes are an odd number of digits
  if (message[0] !== COLON || message.length < 4 || message.length % 2 !== 0) return false;
  let sum = 0;
  for (let at = 1; at < message.length; at++) {
    const digit = hexDigit(message[at] ?? 0);
    if (digit === undefined) return false;
    // The nibble counts as itself; then each first digit of a byte counts sixteen times.
    sum += at > 1 && at % 2 === 0 ? 16 * digit : digit;
  }
  return sum % 256 === WHOLE;
}

/** The value of a hexadecimal digit of either case; undefined for any other byte. */
export function hexDigit(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte & ~0x20;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : undefined;
}
