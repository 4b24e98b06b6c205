/** Nibble of the command, bytes and check byte of a HEX message add up to this (VE.Direct HEX protocol, "Frame format"). */
const WHOLE = 0x55;

const COLON = 0x3a;

/**
 * Whether `:` and what follows it, without the line feed, is a sound HEX message: one nibble, then whole bytes of which
 * the last makes the sum 0x55.
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
