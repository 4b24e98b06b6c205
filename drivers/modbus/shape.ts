import { word } from './rtu/frame.ts';

/**
 * How long the frame is that begins at a place, as far as its first bytes tell. RTU frames carry no length of their
 * own, and silence proves nothing behind USB adapters and serial servers: so the length follows from the function.
 */
export type Length = number | 'unknown' | 'none';

/** Bit 7 of the function marks an exception (V1.1b3, 7). */
export const EXCEPTION = 0x80;

function isUnit(value: number | undefined): boolean {
  return value !== undefined && value >= 1 && value <= 247;
}

/** Of the answer that may begin at `at`; `unknown`: its first bytes have not all come. */
export function answerLength(bytes: Uint8Array, at: number): Length {
  if (!isUnit(bytes[at])) return 'none';
  const code = bytes[at + 1];
  if (code === undefined) return 'unknown';
  if (code > EXCEPTION) return 5;
  if (code === 5 || code === 6 || code === 15 || code === 16) return 8;
  if (!(code >= 1 && code <= 4) && code !== 23) return 'none';
  const count = bytes[at + 2];
  if (count === undefined) return 'unknown';
  // V1.1b3, 6.1 to 6.4 and 6.17: 1 to 250 bytes, and whole registers where it is registers.
  if (count < 1 || count > 250 || (code > 2 && count % 2 === 1)) return 'none';
  return count + 5;
}

/**
 * Of the request that may begin at `at`: another master's, or our own that came back. Broadcasts, unit 0, are not looked
 * for: a 0 before an answer is far more often what the line makes when a driver is switched on.
 */
export function requestLength(bytes: Uint8Array, at: number): Length {
  if (!isUnit(bytes[at])) return 'none';
  const code = bytes[at + 1];
  if (code === undefined) return 'unknown';
  if (code === 5 || code === 6) return 8;
  if (code >= 1 && code <= 4) return counted(bytes, at + 4, 1, code <= 2 ? 2000 : 125, 8);
  if (code === 15 || code === 16) return carried(bytes, at + 4, code === 15 ? 'coils' : 'registers', 9);
  if (code === 23) {
    const read = counted(bytes, at + 4, 1, 125, 8);
    return read === 8 ? carried(bytes, at + 8, 'registers', 13) : read;
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
