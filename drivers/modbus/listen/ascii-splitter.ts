import { answerSize, confirmationPdu } from '../answer.ts';
import { LONGEST_FRAME, nextColon, readFrame } from '../ascii/frame.ts';
import { EXCEPTION, requestLength } from '../pdu-length.ts';
import { requestOf } from '../request.ts';
import type { OpenQuestion, Splitter, SplitterEvents } from './overheard-frame.ts';
import { TimedBytes } from './timed-bytes.ts';

const HELD = 4 * LONGEST_FRAME;

/** The same for Modbus ASCII, whose frames show where they begin and end. */
export class AsciiSplitter implements Splitter {
  readonly #events: SplitterEvents;
  readonly #held = new TimedBytes(HELD);
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
    const received = this.#held.received.slice();
    let at = 0;
    while (at < received.length) {
      const colon = nextColon(received, at);
      if (colon > at) this.#damage('noise', at, colon);
      if (colon === received.length) {
        at = colon;
        break;
      }
      const framed = readFrame(received, colon);
      if (framed.kind === 'open' && !isEnded && framed.end - colon <= LONGEST_FRAME) {
        at = colon;
        break;
      }
      at = framed.end;
      if (framed.kind === 'frame') this.#frame(framed.bytes, received.subarray(colon, at), colon);
      else
        this.#damage(
          framed.kind === 'open' || framed.isCut === true ? 'truncated' : 'checksum',
          colon,
          at,
          framed.bytes,
        );
    }
    this.#held.drop(at);
  }

  #frame(bytes: Uint8Array, frame: Uint8Array, from: number): void {
    const [unit = 0, code = 0] = bytes;
    const pdu = bytes.subarray(1);
    const { beganAt, endedAt, first } = this.#held.span(from, from + frame.length);
    const role = this.#roleOf(unit, pdu);
    const isJoined = beganAt === this.#lastFrameAt;
    this.#lastFrameAt = endedAt;
    if (role === 'answer') this.#question = undefined;
    else this.#question = { unit, request: requestOf(pdu), function: code & ~EXCEPTION };
    this.#events.frame({ role, unit, pdu, frame, beganAt, endedAt, isJoined, first });
  }

  #roleOf(unit: number, pdu: Uint8Array): 'request' | 'answer' | 'unknown' {
    if (this.#question !== undefined && answers(unit, pdu, this.#question)) return 'answer';
    if (requestLength(pdu, 0) === pdu.length) return 'request';
    return requestLength(pdu, 0) === 'none' && !isKnown(pdu[0] ?? 0) ? 'unknown' : 'answer';
  }

  #damage(kind: 'checksum' | 'truncated' | 'noise', from: number, to: number, read?: Uint8Array): void {
    const [unit, code = 0] = read ?? [];
    const isOurs = this.#question?.unit === unit && this.#question?.function === (code & ~EXCEPTION);
    const { beganAt, endedAt } = this.#held.span(from, to);
    const bytes = this.#held.bytes.slice(from, to);
    if (isOurs) this.#question = undefined;
    const whose = unit === undefined ? {} : { unit, function: code & ~EXCEPTION };
    this.#events.damage({ kind, ...whose, bytes, beganAt, endedAt });
  }
}

function answers(unit: number, pdu: Uint8Array, { request, ...question }: OpenQuestion): boolean {
  const code = pdu[0] ?? 0;
  if (unit !== question.unit || (code & ~EXCEPTION) !== question.function) return false;
  if (request === undefined || (code & EXCEPTION) !== 0) return true;
  if (pdu.length !== answerSize(request)) return false;
  const confirmation = confirmationPdu(request);
  return confirmation.length === 0 || confirmation.every((byte, index) => byte === pdu[index]);
}

/** Functions whose lengths are known. */
function isKnown(code: number): boolean {
  const own = code & ~EXCEPTION;
  return (own >= 1 && own <= 6) || own === 15 || own === 16 || own === 23;
}
