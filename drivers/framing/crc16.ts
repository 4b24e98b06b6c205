/** One step per byte instead of eight: the reflected polynomial 0xA001 of Modbus over Serial Line V1.02, 6.2.2. */
const TABLE = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

/**
 * CRC-16 of Modbus RTU over `bytes[from]` to `bytes[to - 1]`. It goes on the wire low byte first, so that the CRC over
 * a whole frame, checksum included, is 0.
 */
export function crc16(bytes: Uint8Array, from = 0, to = bytes.length): number {
  return remainder(0xffff, bytes, from, to);
}

/** CRC-16/ARC: the same polynomial, begun with 0 (DSMR 5.0.2 P1, 6.2). */
export function crc16Arc(bytes: Uint8Array, from = 0, to = bytes.length): number {
  return remainder(0, bytes, from, to);
}

function remainder(start: number, bytes: Uint8Array, from: number, to: number): number {
  let crc = start;
  for (let index = from; index < to; index += 1) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[index] ?? 0)) & 0xff] ?? 0);
  }
  return crc;
}
