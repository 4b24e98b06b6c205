/** The reflected polynomial 0x8408 of ITU-T V.41, one step per byte. */
const TABLE = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  return crc;
});

/** Names as in the catalogue of parametrised CRC algorithms (Cook): check values 0x906e and 0x2189. */
export const CHECKSUMS = ['x25', 'kermit'] as const;

export type Checksum = (typeof CHECKSUMS)[number];

/** CRC-16/X-25 of DIN EN 62056-46, which BSI TR-03109-1, annex IV, 8.2.2 asks for. */
export function x25(bytes: Uint8Array, from = 0, to = bytes.length): number {
  return crcOf(0xffff, bytes, from, to) ^ 0xffff;
}

/** CRC-16/KERMIT: the same polynomial, begun with 0 and not inverted. The quirk of Holley's DTZ541. */
export function kermit(bytes: Uint8Array, from = 0, to = bytes.length): number {
  return crcOf(0, bytes, from, to);
}

function crcOf(initial: number, bytes: Uint8Array, from: number, to: number): number {
  let crc = initial;
  for (let index = from; index < to; index += 1) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0);
  }
  return crc;
}

/**
 * Which checksum of `bytes[from]` to `bytes[to - 1]` was sent. X-25 goes low byte first. KERMIT goes high byte first on
 * the meters that send it; the other order is taken as well.
 * @param sent the two bytes in the order of the line, the first one in the high byte
 */
export function checksumOf(bytes: Uint8Array, from: number, to: number, sent: number): Checksum | undefined {
  const swapped = ((sent & 0xff) << 8) | (sent >>> 8);
  if (x25(bytes, from, to) === swapped) return 'x25';
  const other = kermit(bytes, from, to);
  return other === sent || other === swapped ? 'kermit' : undefined;
}
