import { type Checksum, checksumOf } from './checksum.ts';

/** Four of these are an escape (BSI TR-03109-1, annex IV, 8.1); four of them behind an escape are data. */
export const ESCAPE = 0x1b;
/** Four of these behind an escape begin a telegram of version 1. */
export const START = 0x01;
/** Behind an escape: the telegram ends, and the number of fill bytes and the checksum follow. */
export const END = 0x1a;

export const ESCAPE_LENGTH = 4;
/** An escape and its meaning. */
export const START_LENGTH = 8;
const END_LENGTH = 8;

const MOST_FILL = 3;

export type Unwrapped =
  | { readonly kind: 'whole'; readonly payload: Uint8Array; readonly checksum: Checksum | undefined }
  /** It has no end: the next one began, or the bytes stopped. */
  | { readonly kind: 'truncated' }
  /** An escape that version 1 does not have, a length that is no multiple of four, or fill bytes that are none. */
  | { readonly kind: 'malformed' };

/** Takes a telegram out of its transport. Pure, and linear in its length. */
export function unwrap(telegram: Uint8Array): Unwrapped {
  const end = telegram.length - END_LENGTH;
  const payload = new Uint8Array(telegram.length);
  let length = 0;
  let at = START_LENGTH;
  while (at < telegram.length) {
    if (countOf(telegram, at, ESCAPE) < ESCAPE_LENGTH) {
      payload[length++] = telegram[at++] ?? 0;
      continue;
    }
    const next = at + ESCAPE_LENGTH;
    if (countOf(telegram, next, ESCAPE) === ESCAPE_LENGTH) {
      payload.fill(ESCAPE, length, length + ESCAPE_LENGTH);
      length += ESCAPE_LENGTH;
      at = next + ESCAPE_LENGTH;
    } else if (telegram[next] === ESCAPE) {
      // data that ends with this byte stands right before an escape
      payload[length++] = telegram[at++] ?? 0;
    } else if (telegram[next] === END) {
      return at === end ? closed(telegram, payload, length) : { kind: at > end ? 'truncated' : 'malformed' };
    } else {
      return { kind: next < telegram.length ? 'malformed' : 'truncated' };
    }
  }
  return { kind: 'truncated' };
}

function closed(telegram: Uint8Array, payload: Uint8Array, length: number): Unwrapped {
  const [fill = 0, high = 0, low = 0] = telegram.subarray(-3);
  const checksum = checksumOf(telegram, 0, telegram.length - 2, (high << 8) | low);
  const used = length - fill;
  if (checksum === undefined) return { kind: 'whole', payload: payload.subarray(0, length), checksum };
  const isFilled = fill <= MOST_FILL && used >= 0 && payload.subarray(used, length).every((byte) => byte === 0);
  if (!isFilled || telegram.length % ESCAPE_LENGTH !== 0) return { kind: 'malformed' };
  return { kind: 'whole', payload: payload.subarray(0, used), checksum };
}

/** How many of at most four bytes from `at` on are this one. */
function countOf(bytes: Uint8Array, at: number, byte: number): number {
  let count = 0;
  while (count < ESCAPE_LENGTH && bytes[at + count] === byte) count++;
  return count;
}
