import * as pdu from '../pdu-length.ts';

/** Unit before the PDU, checksum behind it. */
const AROUND = 3;

/** Units that devices have; 0 is the broadcast, and 248 to 255 are reserved (Modbus over Serial Line V1.02, 2.2). */
function isUnit(value: number | undefined): boolean {
  return value !== undefined && value >= 1 && value <= 247;
}

/**
 * How long the frame is of the answer that may begin at `at`. RTU frames carry no length of their own, and silence
 * proves nothing behind USB adapters and serial servers: so the length follows from the function.
 */
export function frameAnswerLength(bytes: Uint8Array, at: number): pdu.Length {
  return framed(isUnit(bytes[at]) ? pdu.answerLength(bytes, at + 1) : 'none');
}

/**
 * The same of the request that may begin at `at`: another master's, or our own that came back. Broadcasts, unit 0, are
 * not looked for: a 0 before an answer is far more often what the line makes when a driver is switched on.
 */
export function frameRequestLength(bytes: Uint8Array, at: number): pdu.Length {
  return framed(isUnit(bytes[at]) ? pdu.requestLength(bytes, at + 1) : 'none');
}

function framed(length: pdu.Length): pdu.Length {
  return typeof length === 'number' ? length + AROUND : length;
}
