import { kermit, x25 } from '../../framing/crc16-x25.ts';

/** Names as in the catalogue of parametrised CRC algorithms (Cook): check values 0x906e and 0x2189. */
export const CHECKSUMS = ['x25', 'kermit'] as const;

export type Checksum = (typeof CHECKSUMS)[number];

/**
 * The checksum of `bytes[from]` to `bytes[to - 1]` that was sent. X-25 goes low byte first. KERMIT goes high byte first
 * on the meters that send it; the other order is taken as well.
 * @param sent the two bytes in the order of the line, the first one in the high byte
 */
export function checksumOf(bytes: Uint8Array, from: number, to: number, sent: number): Checksum | undefined {
  const swapped = ((sent & 0xff) << 8) | (sent >>> 8);
  if (x25(bytes, from, to) === swapped) return 'x25';
  const other = kermit(bytes, from, to);
  return other === sent || other === swapped ? 'kermit' : undefined;
}
