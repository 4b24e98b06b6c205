import { crc16 } from '../../framing/crc16.ts';

/** Puts the unit before a PDU and the checksum behind it, low byte first (Modbus over Serial Line V1.02, 2.5.1.2). */
export function seal(unit: number, pdu: readonly number[] | Uint8Array): Uint8Array {
  const frame = new Uint8Array(pdu.length + 3);
  frame[0] = unit;
  frame.set(pdu, 1);
  const crc = crc16(frame, 0, frame.length - 2);
  frame[frame.length - 2] = crc & 0xff;
  frame[frame.length - 1] = crc >>> 8;
  return frame;
}

/** Whether `length` bytes from `from` are a frame with a right checksum. */
export function intact(bytes: Uint8Array, from: number, length: number): boolean {
  return length >= 4 && from + length <= bytes.length && crc16(bytes, from, from + length) === 0;
}
