/** The reflected polynomial 0x8408 of ITU-T V.41, one step per byte. */
const TABLE = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  return crc;
});

/**
 * CRC-16/X-25 over `bytes[from]` to `bytes[to - 1]`: HCS and FCS of HDLC (ISO/IEC 13239; IEC 62056-46), and the
 * checksum that BSI TR-03109-1, annex IV, 8.2.2 asks of SML. It goes on the wire low byte first.
 */
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
