/** Numbers of a telegram: EN 13757-3 (2013), types A, B, C and D. Bytes come the least significant one first. */

/** A whole number, in two's complement where it may be negative. */
export function integerOf(bytes: Uint8Array, signed: boolean): bigint {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) value = (value << 8n) | BigInt(bytes[at] ?? 0);
  return signed ? BigInt.asIntN(8 * bytes.length, value) : value;
}

/** Whether it is the one number without a counterpart: by that a meter says that it does not know (type B). */
export function isLeast(bytes: Uint8Array): boolean {
  return bytes.at(-1) === 0x80 && bytes.subarray(0, -1).every((byte) => byte === 0);
}

/**
 * Decimal digits, two a byte (type A). An F in the first place is a minus sign; any other digit above nine says that
 * the meter does not know.
 */
export function bcdOf(bytes: Uint8Array): bigint | undefined {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .reverse()
    .join('');
  const negative = digits.startsWith('f');
  const rest = negative ? digits.slice(1) : digits;
  if (!/^[0-9]+$/.test(rest)) return undefined;
  return negative ? -BigInt(rest) : BigInt(rest);
}
