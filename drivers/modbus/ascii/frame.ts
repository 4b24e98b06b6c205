/** The longest frame in characters: colon, unit, PDU of 253 bytes, checksum, CR LF (Modbus over Serial Line V1.02, 2.5.2.1). */
export const LONGEST_FRAME = 513;

const COLON = 0x3a;
const CR = 0x0d;
const LF = 0x0a;

/** Colon before, CR and LF behind. */
const AROUND = 3;

/** Puts unit and checksum around a PDU and writes it in capital hexadecimal digits, as the standard has it. */
export function writeFrame(unit: number, pdu: Uint8Array): Uint8Array {
  const bytes = Uint8Array.of(unit, ...pdu, 0);
  bytes[bytes.length - 1] = -sum(bytes) & 0xff;
  const hex = Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
  return Uint8Array.from(`:${hex}\r\n`, (character) => character.charCodeAt(0));
}

/** Characters of the frame around a PDU of so many bytes. */
export function frameLength(pduLength: number): number {
  return (pduLength + 2) * 2 + AROUND;
}

/** The frame or piece that begins at a colon: it ends before `end`. */
export type Framed =
  /** Unit and PDU of a frame with a right checksum. */
  | { readonly kind: 'frame'; readonly bytes: Uint8Array; readonly end: number }
  /** `bytes`: as many as could be read. `isCut`: the next frame begins in the middle of it. */
  | { readonly kind: 'broken'; readonly bytes: Uint8Array; readonly end: number; readonly isCut?: boolean }
  /** The end of the frame has not come. */
  | { readonly kind: 'open'; readonly bytes: Uint8Array; readonly end: number };

/**
 * Reads the frame that begins at `at`, which is a colon. Another colon begins anew (V1.02, 2.5.2.1). Digits are taken in
 * any case, though the standard says capital ones: there are devices that send small ones.
 */
export function readFrame(received: Uint8Array, at: number): Framed {
  const digits: number[] = [];
  let end = at + 1;
  for (; end < received.length; end += 1) {
    const digit = digitOf(received[end]);
    if (digit === undefined || digits.length > LONGEST_FRAME) break;
    digits.push(digit);
  }
  const bytes = new Uint8Array(digits.length >>> 1).map((_, index) => nibbles(digits, index));
  const isWholeBytes = digits.length % 2 === 0;
  if (end === received.length || (received[end] === CR && end + 1 === received.length)) {
    return { kind: 'open', bytes, end: received.length };
  }
  if (received[end] !== CR || received[end + 1] !== LF) {
    return { kind: 'broken', bytes, end, isCut: received[end] === COLON };
  }
  // unit, function, one more byte or an exception, checksum
  if (!isWholeBytes || bytes.length < 4 || sum(bytes) % 256 !== 0) return { kind: 'broken', bytes, end: end + 2 };
  return { kind: 'frame', bytes: bytes.subarray(0, -1), end: end + 2 };
}

/** Where the next frame may begin; the end where there is no colon. */
export function nextColon(received: Uint8Array, from: number): number {
  const at = received.indexOf(COLON, from);
  return at < 0 ? received.length : at;
}

function nibbles(digits: readonly number[], index: number): number {
  return ((digits[2 * index] ?? 0) << 4) | (digits[2 * index + 1] ?? 0);
}

function digitOf(character: number | undefined): number | undefined {
  if (character === undefined) return undefined;
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  const letter = character & ~0x20;
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : undefined;
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => total + byte, 0);
}
