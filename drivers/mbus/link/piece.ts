import { checkByteOf, LONG_OVERHEAD, LONG_START, SHORT_LENGTH, SHORT_START, STOP } from './frame.ts';

/** The piece that begins at one place of the bytes that were received. */
export type Piece =
  /** A whole and sound long frame. */
  | { readonly kind: 'long'; readonly length: number }
  | { readonly kind: 'short'; readonly length: number }
  | { readonly kind: 'echo'; readonly length: number }
  /** It could become a frame with more bytes. `framed`: its head is that of a long frame. */
  | { readonly kind: 'pending'; readonly framed: boolean }
  /** The head of a long frame, of which the rest is damaged. */
  | { readonly kind: 'broken'; readonly length: number }
  | { readonly kind: 'other' };

const OTHER: Piece = { kind: 'other' };

/** @param request what was sent, to know it where the line returns it */
export function pieceAt(received: Uint8Array, at: number, request: Uint8Array): Piece {
  const here = received.length - at;
  const same = sameBytes(received, at, request);
  if (same === request.length && same > 0) return { kind: 'echo', length: same };
  const first = received[at];
  if (first === LONG_START) return longAt(received, at, here);
  if (first === SHORT_START) return shortAt(received, at, here);
  return OTHER;
}

/** Bytes from `at` that are those of the request: all, or as many as have come; 0 where they differ. */
function sameBytes(received: Uint8Array, at: number, request: Uint8Array): number {
  const length = Math.min(request.length, received.length - at);
  for (let index = 0; index < length; index += 1) {
    if (received[at + index] !== request[index]) return 0;
  }
  return length;
}

/** The least that a long frame counts: control field, address and control information. */
const LEAST_COUNTED = 3;

function longAt(received: Uint8Array, at: number, here: number): Piece {
  const counted = received[at + 1] ?? 0;
  if (here > 1 && counted < LEAST_COUNTED) return OTHER;
  if (here > 2 && received[at + 2] !== counted) return OTHER;
  if (here > 3 && received[at + 3] !== LONG_START) return OTHER;
  const length = counted + LONG_OVERHEAD;
  if (here < 4 || here < length) return { kind: 'pending', framed: here > 3 };
  const sound =
    received[at + length - 1] === STOP && received[at + length - 2] === checkByteOf(received, at + 4, at + length - 2);
  return sound ? { kind: 'long', length } : { kind: 'broken', length };
}

function shortAt(received: Uint8Array, at: number, here: number): Piece {
  if (here < SHORT_LENGTH) return { kind: 'pending', framed: false };
  const sound = received[at + 4] === STOP && received[at + 3] === checkByteOf(received, at + 1, at + 3);
  return sound ? { kind: 'short', length: SHORT_LENGTH } : OTHER;
}
