import type { Answer, Exchange } from '../../drivers/contract/driver.ts';
import { Fault } from '../../drivers/contract/fault.ts';

/** The longest Modbus frame is 256 bytes; twice that leaves room for an echo or a foreign frame before the answer. */
const USUAL_ROOM = 512;
/** Whatever a driver asks for. */
const MOST_ROOM = 16_384;

const MORE: Answer = { state: 'more' };

/** The bytes that came since a request was sent, and the driver's verdict on them. Bounded; knows no time. */
export class Question {
  readonly exchange: Exchange;
  readonly #received: Uint8Array;
  readonly #takeOffEcho: boolean;
  readonly #isEchoNews: boolean;
  #length = 0;

  /** @param isEchoNews where nothing but the echo comes, the verdict is the driver's word for that */
  constructor(exchange: Exchange, takeOffEcho: boolean, isEchoNews = false) {
    this.exchange = exchange;
    this.#received = new Uint8Array(Math.min(MOST_ROOM, exchange.longestAnswer ?? USUAL_ROOM));
    this.#takeOffEcho = takeOffEcho;
    this.#isEchoNews = isEchoNews;
  }

  /** All bytes so far, an echo included. Valid until more come. */
  get received(): Uint8Array {
    return this.#received.subarray(0, this.#length);
  }

  /** Bytes so far, an echo included. */
  get length(): number {
    return this.#length;
  }

  /** Takes the bytes in and judges. What does not fit any more ends the question: no answer is that long. */
  add(chunk: Uint8Array): Answer {
    const room = this.#received.length - this.#length;
    this.#received.set(chunk.length > room ? chunk.subarray(0, room) : chunk, this.#length);
    this.#length = Math.min(this.#received.length, this.#length + chunk.length);
    return this.#judge(chunk.length > room);
  }

  /** The verdict when no more bytes will come: never `more`. */
  end(): Exclude<Answer, { state: 'more' }> {
    const answer = this.#judge(true);
    if (answer.state === 'more') throw new Fault('internal/unexpected');
    return answer;
  }

  #judge(ended: boolean): Answer {
    const { received } = this;
    if (!this.#takeOffEcho) return this.exchange.answer(received, ended);
    const { request } = this.exchange;
    const compared = Math.min(received.length, request.length);
    for (let at = 0; at < compared; at++) {
      if (received[at] !== request[at]) return this.exchange.answer(received, ended);
    }
    if (received.length < request.length && !ended) return MORE;
    const answer = this.exchange.answer(received.subarray(compared), ended);
    if (answer.state === 'more') return answer;
    const strays = ['echo' as const, ...answer.strays];
    if (this.#isEchoNews && answer.state === 'failed' && received.length === request.length) {
      const whole = this.exchange.answer(received, true);
      if (whole.state === 'failed') return { ...answer, fault: whole.fault, strays };
    }
    return answer.state === 'done' ? { ...answer, strays, used: answer.used + compared } : { ...answer, strays };
  }
}
