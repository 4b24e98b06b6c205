/** The reflected polynomial 0x8408 of ITU-T V.41, one step per byte. */
const TABLE = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  return crc;
});

/** What the CRC over a field and its own check sequence is, before the last inversion. */
const GOOD = 0xf0b8;

/**
 * Whether `bytes[from]` to `bytes[to - 1]` end with their CRC-16/X-25, low byte first: HCS and FCS of HDLC (ISO/IEC 13239,
 * 4.2.5; IEC 62056-46, 6.4.4.3.5).
 */
export function endsWithCrc(bytes: Uint8Array, from: number, to: number): boolean {
  let crc = 0xffff;
  for (let index = from; index < to; index += 1) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0);
  }
  return crc === GOOD;
}
