import { answerBytes, confirmationPdu } from '../answer.ts';
import { answerLength, EXCEPTION, type Length, requestLength } from '../pdu-length.ts';
import { intact } from '../rtu/frame.ts';
import type { OpenQuestion } from './overheard-frame.ts';

/** Unit before the PDU, checksum behind it. */
const AROUND = 3;
/** An exception with unit and checksum. */
const REFUSAL = 5;
/** The longest frame (Modbus over Serial Line V1.02, 2.5.1). */
export const LONGEST_RTU_FRAME = 256;
const SHORTEST_FRAME = 4;
/** The last exception of the standard (V1.1b3, 7). */
const LAST_EXCEPTION = 11;
/** Units above are reserved (Modbus over Serial Line V1.02, 2.2). */
const LAST_UNIT = 247;

/** The piece that begins at one place of the bytes of a line. */
export type OverheardPiece =
  | { readonly kind: 'frame'; readonly role: 'request' | 'answer' | 'unknown'; readonly length: number }
  /** `isSure`: with unit, function and length of the answer that is awaited. */
  | { readonly kind: 'pending'; readonly isSure: boolean }
  /** `isBroken`: it came at its full length, with a wrong checksum. */
  | { readonly kind: 'none'; readonly isBroken: boolean };

/**
 * Judges by function, length and checksum, and never by time: behind a USB adapter a silence means nothing.
 * @param isBoundary a frame ended right before, or a silence did
 */
export function overheardPiece(
  received: Uint8Array,
  at: number,
  question: OpenQuestion | undefined,
  isBoundary: boolean,
): OverheardPiece {
  const awaited = awaitedLength(received, at, question);
  const candidates: readonly (readonly ['request' | 'answer', Length])[] = [
    ['answer', awaited],
    ['request', framed(requestLength(received, at + 1))],
    ['answer', otherAnswer(received, at)],
  ];
  let pending = false;
  let isBroken = false;
  for (const [role, length] of (received[at] ?? 0) > LAST_UNIT ? [] : candidates) {
    if (length === 'none') continue;
    if (length === 'unknown' || at + length > received.length) pending = true;
    else if (intact(received, at, length)) return { kind: 'frame', role, length };
    else isBroken ||= role === 'request' ? question === undefined : length === awaited;
  }
  if (pending) return { kind: 'pending', isSure: typeof awaited === 'number' && at + awaited > received.length };
  return isBoundary && !isBroken ? unknownAt(received, at, question) : { kind: 'none', isBroken };
}

/** A whole frame of a known function: it may be believed in the middle of bytes that are none. */
export function isFrameAt(received: Uint8Array, at: number): boolean {
  const unit = received[at] ?? 0;
  if (unit < 1 || unit > LAST_UNIT) return false;
  return [framed(requestLength(received, at + 1)), otherAnswer(received, at)].some(
    (length) => typeof length === 'number' && intact(received, at, length),
  );
}

function framed(length: Length): Length {
  return typeof length === 'number' ? length + AROUND : length;
}

/** Of the answer to the open question, as far as the bytes from here on can be it. */
function awaitedLength(received: Uint8Array, at: number, question: OpenQuestion | undefined): Length {
  const request = question?.request;
  if (question === undefined || request === undefined || received[at] !== question.unit) return 'none';
  const code = received[at + 1];
  if (code === undefined) return 'unknown';
  if (code === (request.function | EXCEPTION)) return REFUSAL;
  if (code !== request.function) return 'none';
  const bytes = answerBytes(request);
  if (bytes === 0) return isConfirmation(received, at + 1, confirmationPdu(request));
  if (received[at + 2] === undefined) return 'unknown';
  return received[at + 2] === bytes ? bytes + 2 + AROUND : 'none';
}

/** The confirmation of a write is known byte for byte; another one is another request. */
function isConfirmation(received: Uint8Array, at: number, confirmation: Uint8Array): Length {
  const here = received.subarray(at, at + confirmation.length);
  return here.every((byte, index) => byte === confirmation[index]) ? confirmation.length + AROUND : 'none';
}

/** Of an answer whose request was not heard; a refusal only with a code of the standard, because it is short. */
function otherAnswer(received: Uint8Array, at: number): Length {
  const code = received[at + 1] ?? 0;
  if (code <= EXCEPTION) return framed(answerLength(received, at + 1));
  const reason = received[at + 2];
  if (answerLength(Uint8Array.of(code & ~EXCEPTION, 2), 0) === 'none') return 'none';
  if (reason === undefined) return 'unknown';
  return reason >= 1 && reason <= LAST_EXCEPTION ? REFUSAL : 'none';
}

/** A frame of a function that is not ours: the shortest beginning with a right checksum. */
function unknownAt(received: Uint8Array, at: number, question: OpenQuestion | undefined): OverheardPiece {
  const here = Math.min(received.length - at, LONGEST_RTU_FRAME);
  const code = received[at + 1];
  if (code === 0) return { kind: 'none', isBroken: false };
  for (let length = SHORTEST_FRAME; length <= here; length += 1) {
    if (intact(received, at, length)) return { kind: 'frame', role: roleOf(received, at, question), length };
  }
  return here < LONGEST_RTU_FRAME ? { kind: 'pending', isSure: false } : { kind: 'none', isBroken: false };
}

function roleOf(received: Uint8Array, at: number, question: OpenQuestion | undefined): 'answer' | 'unknown' {
  const isAwaited = question !== undefined && question.request === undefined && received[at] === question.unit;
  return isAwaited && ((received[at + 1] ?? 0) & ~EXCEPTION) === question.function ? 'answer' : 'unknown';
}
