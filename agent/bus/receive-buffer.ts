import { type Exchange, LONGEST_ANSWER, type Verdict } from '../../drivers/contract/dialogue.ts';
import { Fault } from '../../drivers/contract/fault.ts';

/** The verdict at the end of a request. */
export type Final<T> = Exclude<Verdict<T>, { state: 'more' }>;

const MORE: Verdict<never> = { state: 'more' };

/** So many bytes may come. */
export function roomFor({ answer }: Pick<Exchange<unknown>, 'answer'>): number {
  return Math.min(LONGEST_ANSWER, answer.most);
}

/**
 * Memory for the bytes of one exchange after the other. The bytes of an exchange stay as they are, because its driver
 * may still look at them; the room that it did not need goes to the next one. So a short answer costs its own length,
 * not the longest.
 */
export class ReceiveMemory {
  #slab = new Uint8Array(0);
  #at = 0;

  /** @param most bytes, at most {@link LONGEST_ANSWER} */
  take(most: number): Uint8Array {
    if (this.#at + most > this.#slab.length) {
      this.#slab = new Uint8Array(LONGEST_ANSWER);
      this.#at = 0;
    }
    return this.#slab.subarray(this.#at, this.#at + most);
  }

  /** The exchange that took last is over, and so many bytes have come. */
  keep(length: number): void {
    this.#at += length;
  }
}

/** The bytes that came since a request was sent, and the driver's verdict on them. Bounded; knows no time. */
export class ReceiveBuffer<T = unknown> {
  readonly exchange: Exchange<T>;
  readonly #received: Uint8Array;
  readonly #takeOffEcho: boolean;
  readonly #isEchoNews: boolean;
  #length = 0;

  /**
   * @param isEchoNews where nothing but the echo comes, the verdict is the driver's word for that
   * @param room for what comes: see `roomFor`
   */
  constructor(exchange: Exchange<T>, takeOffEcho: boolean, isEchoNews = false, room?: Uint8Array) {
    this.exchange = exchange;
    this.#received = room ?? new Uint8Array(roomFor(exchange));
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

  /** Takes the bytes in and judges. Bytes that do not fit any more end the question: no answer is that long. */
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
