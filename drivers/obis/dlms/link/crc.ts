import { x25 } from '../../../framing/crc16-x25.ts';

/** Whether `bytes[from]` to `bytes[to - 1]` end with their CRC-16/X-25, low byte first. */
export function endsWithCrc(bytes: Uint8Array, from: number, to: number): boolean {
  return x25(bytes, from, to - 2) === (((bytes[to - 1] ?? 0) << 8) | (bytes[to - 2] ?? 0));
}
