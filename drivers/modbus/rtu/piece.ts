import type { FaultCode } from '../../contract/faults.ts';
import { judgePdu, type Question } from '../answer.ts';
import { EXCEPTION } from '../pdu-length.ts';
import { intact } from './frame.ts';
import { frameAnswerLength, frameRequestLength } from './length.ts';

/** All that is needed to know the answer on the line. */
export interface LineQuestion extends Question {
  readonly unit: number;
  /** The whole request, to know it again when the line returns it. */
  readonly request: Uint8Array;
}

/** The piece that begins at one place in the bytes that were received. */
export type Piece =
  | { readonly kind: 'answer'; readonly data: Uint8Array; readonly length: number }
  | { readonly kind: 'exception'; readonly code: FaultCode }
  /** A whole frame that is not the answer. */
  | { readonly kind: 'frame'; readonly length: number; readonly code: FaultCode }
  /** A frame could have begun; `ours`: with unit and function of the answer. */
  | { readonly kind: 'pending'; readonly ours: boolean }
  /** The answer came at its full length, with a wrong checksum. */
  | { readonly kind: 'broken' }
  /** Begins as an answer of our unit does, and is not one. */
  | { readonly kind: 'damaged'; readonly code: 'modbus/checksum' | 'modbus/truncated' }
  | { readonly kind: 'noise' };

const NOISE: Piece = { kind: 'noise' };

export function pieceAt(received: Uint8Array, at: number, ended: boolean, question: LineQuestion): Piece {
  const ours = received[at] === question.unit;
  const echo = ours ? echoed(received, at, question) : 0;
  if (echo === question.request.length) return { kind: 'frame', length: echo, code: 'modbus/echo' };
  if (echo > 0 && !ended) return { kind: 'pending', ours: echo > 1 };
  if (ours) {
    const own = ownAt(received, at, ended, question);
    if (own.kind === 'answer' || own.kind === 'exception' || own.kind === 'frame') return own;
    // An echo that was cut short begins as the answer would; it says nothing of the device.
    if (echo > 2) return { kind: 'frame', length: echo, code: 'modbus/echo' };
    const foreign = foreignAt(received, at, question);
    if (foreign.kind === 'frame' || own.kind === 'noise') return foreign;
    return own;
  }
  return foreignAt(received, at, question);
}

/**
 * Bytes from `at` that are those of the request: all of it, or as many as have come; 0 where they differ. The
 * confirmation of functions 5 and 6 is the request once more: their echo can only be told by time, which the bus does.
 */
function echoed(received: Uint8Array, at: number, question: LineQuestion): number {
  if (question.function === 5 || question.function === 6) return 0;
  const length = Math.min(question.request.length, received.length - at);
  for (let index = 0; index < length; index += 1) {
    if (received[at + index] !== question.request[index]) return 0;
  }
  return length;
}

/** Judges what begins with our unit as the answer to our question. */
function ownAt(received: Uint8Array, at: number, ended: boolean, question: LineQuestion): Piece {
  const here = received.length - at;
  const code = received[at + 1];
  const exception = code === (question.function | EXCEPTION);
  if (here > 1 && code !== question.function && !exception) return NOISE;
  const full = exception ? 5 : fullLength(received, at, question);
  if (full === undefined)
    return ended ? { kind: 'damaged', code: 'modbus/truncated' } : { kind: 'pending', ours: here > 1 };
  const counted = here < 3 || exception || question.bytes === 0 || received[at + 2] === question.bytes;
  if (!counted || full === 0) return ended ? damaged(here, full) : NOISE;
  if (here < full) return ended ? damaged(here, full) : { kind: 'pending', ours: here > 1 };
  if (!intact(received, at, full)) {
    // Nothing tells a damaged exception from a damaged answer of which more is to come.
    return exception ? damaged(here, full) : { kind: 'broken' };
  }
  const judged = judgePdu(received.subarray(at + 1, at + full - 2), question);
  if (judged.kind === 'other') return { kind: 'frame', length: full, code: judged.code };
  return judged.kind === 'answer' ? { kind: 'answer', data: judged.data, length: full } : judged;
}

/** Of the frame of an answer that is no exception; undefined: it does not tell yet; 0: it is none. */
function fullLength(
  received: Uint8Array,
  at: number,
  { level, bytes, confirmation }: LineQuestion,
): number | undefined {
  if (level === undefined) return bytes === 0 ? confirmation.length + 3 : bytes + 5;
  const length = frameAnswerLength(received, at);
  return typeof length === 'number' ? length : length === 'none' ? 0 : undefined;
}

function damaged(here: number, full: number): Piece {
  return { kind: 'damaged', code: here < full ? 'modbus/truncated' : 'modbus/checksum' };
}

/** A whole frame of another unit, another function or another question, or of another master. */
function foreignAt(received: Uint8Array, at: number, question: LineQuestion): Piece {
  let pending = false;
  for (const length of [frameAnswerLength(received, at), frameRequestLength(received, at)]) {
    if (length === 'none') continue;
    if (length === 'unknown' || at + length > received.length) pending = true;
    else if (intact(received, at, length)) return { kind: 'frame', length, code: mismatch(received, at, question) };
  }
  return pending ? { kind: 'pending', ours: false } : NOISE;
}

function mismatch(received: Uint8Array, at: number, question: LineQuestion): FaultCode {
  if (received[at] !== question.unit) return 'modbus/foreign-unit';
  return received[at + 1] === question.function ? 'modbus/wrong-count' : 'modbus/wrong-function';
}
