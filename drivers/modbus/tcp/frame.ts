import { pair, word } from '../bytes.ts';
import { answerLength } from '../pdu-length.ts';

/** Bytes of the transaction number. */
export const TRANSACTION = 2;

/** Transaction, protocol, length, unit (Modbus Messaging on TCP/IP V1.0b, 3.1.3). */
export const HEADER = 7;

/** The longest frame: header and PDU of 253 bytes. */
export const LONGEST_FRAME = 260;

/** Of the length field: unit and a PDU of at least two bytes, to unit and 253. */
const SHORTEST_LENGTH = 3;
const LONGEST_LENGTH = 254;

/** @param transaction 0 to 65535 */
export function wrap(transaction: number, unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER + pdu.length);
  frame.set([...pair(transaction), 0, 0, ...pair(pdu.length + 1), unit]);
  frame.set(pdu, HEADER);
  return frame;
}

/** The frame that begins at a place has this number from now on. */
export function setTransaction(bytes: Uint8Array, at: number, transaction: number): void {
  bytes[at] = transaction >>> 8;
  bytes[at + 1] = transaction & 0xff;
}

export function transactionOf(bytes: Uint8Array, at: number): number {
  return word(bytes, at);
}

/** How long the frame is that begins at a place; `none` begins there, or it can't be told yet. */
export type Head = number | 'none' | 'unknown';

/**
 * Whether an answer begins at `at`. A connection is normally cut nowhere but between frames; after an answer that was
 * given up half-way the rest of it comes first. So a frame is one only if its PDU has the length that its function tells.
 * @param isExpected whether a frame of this transaction and unit is waited for: then its header is believed
 */
export function headAt(
  bytes: Uint8Array,
  at: number,
  isExpected: (transaction: number, unit: number) => boolean,
): Head {
  const here = bytes.length - at;
  if ((bytes[at + 2] ?? 0) !== 0 || (bytes[at + 3] ?? 0) !== 0 || (bytes[at + 4] ?? 0) !== 0) return 'none';
  if (here < 6) return 'unknown';
  const length = bytes[at + 5] ?? 0;
  if (length < SHORTEST_LENGTH || length > LONGEST_LENGTH) return 'none';
  if (here < HEADER) return 'unknown';
  const whole = length + HEADER - 1;
  if (isExpected(transactionOf(bytes, at), bytes[at + 6] ?? 0)) return whole;
  const pdu = answerLength(bytes, at + HEADER);
  if (pdu === 'unknown') return 'unknown';
  return pdu === length - 1 ? whole : 'none';
}
