import { EXCEPTION } from '../pdu-length.ts';
import { requestOf } from '../request.ts';
import type { OpenQuestion, OverheardDamage, Splitter, SplitterEvents } from './overheard-frame.ts';
import { isFrameAt, LONGEST_RTU_FRAME, type OverheardPiece, overheardPiece } from './rtu-piece.ts';
import { TimedBytes } from './timed-bytes.ts';

const HELD = 4 * LONGEST_RTU_FRAME;

/**
 * Cuts what a master and its devices say to each other into frames. A frame ends by its length and its checksum, so
 * that an answer may come in portions with pauses between them, and several frames may come in one portion. A place
 * where a frame could have begun waits for the rest, unless a whole frame lies behind it.
 */
export class RtuSplitter implements Splitter {
  readonly #events: SplitterEvents;
  readonly #held = new TimedBytes(HELD);
  /** Done with, from the left. */
  #at = 0;
  /** Where the bytes begin that are no frame. */
  #damageFrom: number | undefined;
  #damage: Pick<OverheardDamage, 'kind' | 'unit' | 'function'> = { kind: 'noise' };
  #question: OpenQuestion | undefined;
  #lastFrameAt = Number.NEGATIVE_INFINITY;

  constructor(events: SplitterEvents) {
    this.#events = events;
  }

  push(chunk: Uint8Array, at: number): void {
    this.#held.push(chunk, at, () => this.#drain(false));
  }

  idle(): void {
    this.#drain(true);
  }

  #drain(isEnded: boolean): void {
    const { received } = this.#held;
    while (this.#at < received.length) {
      const isBoundary = this.#damageFrom === undefined;
      const piece = overheardPiece(received, this.#at, this.#question, isBoundary);
      if (piece.kind === 'frame') this.#frame(piece.role, piece.length);
      else if (piece.kind === 'pending' && !isEnded && (piece.isSure || !this.#isFrameBehind(received))) break;
      else this.#skip(piece);
    }
    if (isEnded) this.#endDamage();
    this.#forget();
  }

  #isFrameBehind(received: Uint8Array): boolean {
    for (let at = this.#at + 1; at < received.length; at += 1) if (isFrameAt(received, at)) return true;
    return false;
  }

  #frame(role: 'request' | 'answer' | 'unknown', length: number): void {
    this.#endDamage();
    const [from, to] = [this.#at, this.#at + length];
    const frame = this.#held.bytes.slice(from, to);
    const [unit = 0, code = 0] = frame;
    const pdu = frame.subarray(1, -2);
    const { beganAt, endedAt, first } = this.#held.span(from, to);
    const isJoined = beganAt === this.#lastFrameAt;
    // settled before the call: a listener that throws leaves a splitter that goes on with the next frame
    this.#at = to;
    this.#lastFrameAt = endedAt;
    if (role === 'answer') this.#question = undefined;
    else this.#question = { unit, request: requestOf(pdu), function: code & ~EXCEPTION };
    this.#events.frame({ role, unit, pdu, frame, beganAt, endedAt, isJoined, first });
  }

  #skip(piece: OverheardPiece): void {
    if (this.#damageFrom === undefined) {
      this.#damageFrom = this.#at;
      const isSure = piece.kind === 'pending' && piece.isSure;
      const isBroken = piece.kind === 'none' && piece.isBroken;
      const [unit, code = 0] = this.#held.received.subarray(this.#at, this.#at + 2);
      const whose = { unit, function: code & ~EXCEPTION };
      this.#damage = isSure || isBroken ? { kind: isBroken ? 'checksum' : 'truncated', ...whose } : { kind: 'noise' };
    }
    this.#at += 1;
  }

  #endDamage(): void {
    const from = this.#damageFrom;
    if (from === undefined) return;
    this.#damageFrom = undefined;
    const bytes = this.#held.bytes.slice(from, this.#at);
    const { beganAt, endedAt } = this.#held.span(from, this.#at);
    if (this.#damage.kind !== 'noise') this.#question = undefined;
    this.#events.damage({ ...this.#damage, bytes, beganAt, endedAt });
  }

  /** Makes room: frames that are done with go, and damage that takes too much is told in parts. */
  #forget(): void {
    if (this.#damageFrom !== undefined && this.#at - this.#damageFrom >= LONGEST_RTU_FRAME) {
      this.#endDamage();
      this.#damageFrom = this.#at;
      this.#damage = { kind: 'noise' };
    }
    const from = this.#damageFrom ?? this.#at;
    if (from === 0) return;
    this.#held.drop(from);
    this.#at -= from;
    if (this.#damageFrom !== undefined) this.#damageFrom = 0;
  }
}
