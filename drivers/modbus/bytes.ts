/** The 16-bit number at `at`, most significant byte first (V1.1b3, 4.2). */
export function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** A number as the two bytes that stand for it. */
export function pair(value: number): [number, number] {
  return [(value >>> 8) & 0xff, value & 0xff];
}
