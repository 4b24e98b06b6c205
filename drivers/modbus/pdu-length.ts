import { word } from './bytes.ts';

/** How long the PDU is that begins at a place, as far as its first bytes tell: function and data carry no length. */
export type Length = number | 'unknown' | 'none';

/** Bit 7 of the function marks an exception (V1.1b3, 7). */
export const EXCEPTION = 0x80;

/** Of the answer that may begin at `at`; `unknown`: its first bytes have not all come. */
export function answerLength(bytes: Uint8Array, at: number): Length {
  const code = bytes[at];
  if (code === undefined) return 'unknown';
  if (code > EXCEPTION) return 2;
  if (code === 5 || code === 6 || code === 15 || code === 16) return 5;
  if (code === 43) return identificationLength(bytes, at);
  if (!(code >= 1 && code <= 4) && code !== 23) return 'none';
  const count = bytes[at + 1];
  if (count === undefined) return 'unknown';
  // V1.1b3, 6.1 to 6.4 and 6.17: 1 to 250 bytes, and whole registers where it is registers.
  if (count < 1 || count > 250 || (code > 2 && count % 2 === 1)) return 'none';
  return count + 2;
}

/** Function, kind, level, conformity, whether more follows, the next object, how many objects (V1.1b3, 6.21). */
const IDENTIFICATION_HEAD = 7;
/** The longest PDU (V1.1b3, 4.1). */
const LONGEST_PDU = 253;

/** Of device identification: a head, and objects of number, length and text. */
function identificationLength(bytes: Uint8Array, at: number): Length {
  if (bytes.length > at + 1 && bytes[at + 1] !== 0x0e) return 'none';
  const count = bytes[at + IDENTIFICATION_HEAD - 1];
  if (count === undefined) return 'unknown';
  let length = IDENTIFICATION_HEAD;
  for (let object = 0; object < count; object += 1) {
    const size = bytes[at + length + 1];
    length += 2 + (size ?? 0);
    if (length > LONGEST_PDU) return 'none';
    if (size === undefined) return 'unknown';
  }
  return length;
}

/** Of the request that may begin at `at`. */
export function requestLength(bytes: Uint8Array, at: number): Length {
  const code = bytes[at];
  if (code === undefined) return 'unknown';
  if (code === 5 || code === 6) return 5;
  if (code >= 1 && code <= 4) return counted(bytes, at + 3, 1, code <= 2 ? 2000 : 125, 5);
  if (code === 15 || code === 16) return carried(bytes, at + 3, code === 15 ? 'coils' : 'registers', 6);
  if (code === 43) return bytes.length > at + 1 && bytes[at + 1] !== 0x0e ? 'none' : 4;
  if (code === 23) {
    const read = counted(bytes, at + 3, 1, 125, 5);
    return read === 5 ? carried(bytes, at + 7, 'registers', 10) : read;
  }
  return 'none';
}

function counted(bytes: Uint8Array, at: number, min: number, max: number, length: number): Length {
  if (at + 2 > bytes.length) return 'unknown';
  const count = word(bytes, at);
  return count >= min && count <= max ? length : 'none';
}

/** The count at `at`, and behind it the number of bytes that such a count takes. */
function carried(bytes: Uint8Array, at: number, kind: 'coils' | 'registers', fixed: number): Length {
  const size = bytes[at + 2];
  if (size === undefined) return 'unknown';
  const count = word(bytes, at);
  const needed = kind === 'coils' ? Math.ceil(count / 8) : count * 2;
  return count >= 1 && needed <= 246 && size === needed ? fixed + size : 'none';
}
