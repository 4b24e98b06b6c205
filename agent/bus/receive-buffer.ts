import { type Exchange, LONGEST_ANSWER, type Verdict } from '../../drivers/contract/dialogue.ts';
import { Fault } from '../../drivers/contract/fault.ts';

/** What is known at the end of a request. */
export type Final<T> = Exclude<Verdict<T>, { state: 'more' }>;

const MORE: Verdict<never> = { state: 'more' };

/** The bytes that came since a request was sent, and the driver's verdict on them. Bounded; knows no time. */
export class ReceiveBuffer<T = unknown> {
  readonly exchange: Exchange<T>;
  readonly #received: Uint8Array;
  readonly #takeOffEcho: boolean;
  readonly #isEchoNews: boolean;
  #length = 0;

  /** @param isEchoNews where nothing but the echo comes, the verdict is the driver's word for that */
  constructor(exchange: Exchange<T>, takeOffEcho: boolean, isEchoNews = false) {
    this.exchange = exchange;
    this.#received = new Uint8Array(Math.min(LONGEST_ANSWER, exchange.answer.most));
    this.#takeOffEcho = takeOffEcho && exchange.request.length > 0;
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
  add(chunk: Uint8Array): Verdict<T> {
    const room = this.#received.length - this.#length;
    this.#received.set(chunk.length > room ? chunk.subarray(0, room) : chunk, this.#length);
    this.#length = Math.min(this.#received.length, this.#length + chunk.length);
    return this.#judge(chunk.length > room);
  }

  /** The verdict when no more bytes will come: never `more`. */
  end(): Final<T> {
    const verdict = this.#judge(true);
    if (verdict.state === 'more') throw new Fault('internal/unexpected');
    return verdict;
  }

  #judge(ended: boolean): Verdict<T> {
    const { received } = this;
    if (!this.#takeOffEcho) return this.exchange.judge(received, ended);
    const { request } = this.exchange;
    const compared = Math.min(received.length, request.length);
    for (let at = 0; at < compared; at++) {
      if (received[at] !== request[at]) return this.exchange.judge(received, ended);
    }
    if (received.length < request.length && !ended) return MORE;
    const verdict = this.exchange.judge(received.subarray(compared), ended);
    if (verdict.state === 'more') return verdict;
    const strays = ['echo' as const, ...verdict.strays];
    if (this.#isEchoNews && verdict.state === 'failed' && received.length === request.length) {
      const whole = this.exchange.judge(received, true);
      if (whole.state === 'failed') return { ...verdict, fault: whole.fault, strays };
    }
    return verdict.state === 'done' ? { ...verdict, strays, used: verdict.used + compared } : { ...verdict, strays };
  }
}
