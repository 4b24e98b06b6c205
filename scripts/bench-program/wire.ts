/** Start, eight data bits, stop: every case runs with 8N1. */
const CHARACTER_BITS = 10;
/** Of a request to read, and around the values of its answer (Modbus Application Protocol V1.1b3, 6.3 and 6.4). */
const REQUEST_CHARACTERS = 8;
const ANSWER_CHARACTERS = 5;

/** Seconds that the line has to be silent between two frames: t3.5 (Modbus over Serial Line V1.02, 2.5.1.1). */
export function silenceS(baud: number): number {
  return baud > 19_200 ? 0.001_75 : (3.5 * CHARACTER_BITS) / baud;
}

/** Seconds that a request for registers, or to write one, is on the line itself. */
export function requestS(baud: number): number {
  return (REQUEST_CHARACTERS * CHARACTER_BITS) / baud;
}

/** Seconds that one request takes on the line at least: request, t3.5, answer and t3.5, without a pause. */
export function exchangeS(baud: number, registers: number): number {
  const characters = REQUEST_CHARACTERS + ANSWER_CHARACTERS + 2 * registers;
  return (characters * CHARACTER_BITS) / baud + 2 * silenceS(baud);
}

/** Requests of so many registers that a line can carry each second at most. */
export function limitPerS(baud: number, registers: number): number {
  return 1 / exchangeS(baud, registers);
}
