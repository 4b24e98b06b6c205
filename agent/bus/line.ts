import type { Answer, Exchange } from '../../drivers/contract/driver.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { LineTiming, Port, PortListener } from '../../drivers/contract/port.ts';
import type { Sample } from '../../drivers/contract/reading.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { type Counters, countStray } from './counters.ts';
import { FloodGate } from './flood-gate.ts';
import type { LateAnswers } from './late.ts';
import { Question } from './question.ts';

/** What came of a question. */
export type Outcome =
  | { readonly ok: true; readonly samples: readonly Sample[]; readonly latencyMs: number }
  | {
      readonly ok: false;
      readonly fault: Fault;
      /** The device said something: no answer to this question can come any more. */
      readonly answered: boolean;
      /** It understood, and said no: nothing is wrong with the line or the device. */
      readonly refused: boolean;
    };

export interface LineOptions {
  readonly port: Port;
  readonly clock: Clock;
  readonly timing: LineTiming;
  /** The adapter is known to return what is sent. */
  readonly echo: boolean;
  readonly counters: Counters;
  readonly late: LateAnswers;
  /** Bytes that came while nothing was asked. Valid only during the call. */
  readonly unasked: (chunk: Uint8Array) => void;
  /** Told once: the port is of no use any more. */
  readonly lost: (fault: Fault) => void;
}

type Verdict = Exclude<Answer, { state: 'more' }>;

interface Waiting {
  readonly question: Question;
  settle(verdict: Verdict): void;
  fail(fault: Fault): void;
}

/** A reason of its own: without one, each abort would make an exception with a stack. */
const OVER = new Fault('internal/cancelled');

/** A loop that was late finds the deadline passed while the answer lies unread in the kernel: it looks once more. */
const LAST_LOOK = milliseconds(1);

/** One open port, and one question at a time on it. */
export class Line implements PortListener {
  readonly #options: LineOptions;
  readonly #flood: FloodGate;
  #waiting: Waiting | undefined;
  #echoes: boolean;
  #lost: Fault | undefined;
  #lastByteAt: Instant = Number.NEGATIVE_INFINITY;
  #requestEnd: Instant = Number.NEGATIVE_INFINITY;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#echoes = options.echo;
    this.#flood = new FloodGate(options.timing, options.clock.now());
  }

  /** When the last character came, or when a request ended that nobody answered: the silence counts from there. */
  get quietSince(): Instant {
    return Math.max(this.#lastByteAt, this.#requestEnd);
  }

  /**
   * Sends the request and waits for its answer, at most the exchange's timeout from the request's end on the wire.
   * The caller sees to it that nothing else is being asked.
   * @param notBefore when the line's silence is over; all is made ready before
   * @throws Fault `port/…` where the port failed, `internal/cancelled` by the signal
   */
  async ask(exchange: Exchange, notBefore: Instant, signal: AbortSignal): Promise<Outcome> {
    if (this.#lost) throw this.#lost;
    const { port, clock, timing, counters, late } = this.#options;
    let requestEnd = Number.NEGATIVE_INFINITY;
    let answered = exchange.answerLength === 0;
    const over = new AbortController();
    try {
      const [waiting, verdict] = this.#prepare(exchange, signal, over.signal);
      if (notBefore > clock.now()) await clock.until(notBefore, signal);
      // what came until now was no answer to this
      if (this.#lost) throw this.#lost;
      this.#waiting = waiting;
      counters.exchanges += 1;
      // a request is over on the wire when its last character is, however soon the kernel took it
      requestEnd = clock.now() + exchange.request.length * timing.characterMs;
      await port.write(exchange.request, signal);
      requestEnd = Math.max(requestEnd, clock.now());
      if (exchange.answerLength === 0) {
        // a broadcast: nobody answers, but the devices need the time to act (Modbus over Serial Line V1.02, 2.4.1)
        await clock.sleep(milliseconds(requestEnd - clock.now() + exchange.timeout), signal);
        return { ok: true, samples: [], latencyMs: 0 };
      }
      void this.#endAt(requestEnd + exchange.timeout, over.signal);
      const judged = await verdict;
      answered = judged.state === 'done' || judged.answered;
      return this.#outcome(judged, requestEnd);
    } finally {
      if (!answered) {
        this.#requestEnd = requestEnd;
        late.expect(exchange.signature, requestEnd + exchange.lateWithin);
      }
      this.#waiting = undefined;
      over.abort(OVER);
    }
  }

  bytes(chunk: Uint8Array): void {
    if (this.#lost) return;
    const now = this.#options.clock.now();
    if (!this.#flood.pass(chunk.length, now)) {
      this.lost(new Fault('bus/flooded'));
      return;
    }
    this.#lastByteAt = now;
    const waiting = this.#waiting;
    if (!waiting) {
      this.#options.unasked(chunk);
      return;
    }
    try {
      const answer = waiting.question.add(chunk);
      if (answer.state !== 'more') waiting.settle(answer);
    } catch (thrown) {
      waiting.fail(toFault(thrown));
    }
  }

  lost(fault: Fault): void {
    if (this.#lost) return;
    this.#lost = fault;
    this.#waiting?.fail(fault);
    this.#options.lost(fault);
  }

  /** Who waits for the answer, and the verdict on it; it rejects when the port is lost or the signal aborts. */
  #prepare(exchange: Exchange, signal: AbortSignal, over: AbortSignal): readonly [Waiting, Promise<Verdict>] {
    const question = new Question(exchange, this.#echoes);
    let settle: Waiting['settle'] = () => undefined;
    let fail: Waiting['fail'] = () => undefined;
    const promise = new Promise<Verdict>((resolve, reject) => {
      settle = (verdict) => {
        this.#waiting = undefined;
        // bytes behind the answer were not asked for
        if (verdict.state === 'done' && question.length > verdict.used) this.#options.counters.noise += 1;
        resolve(verdict);
      };
      fail = reject;
      const cancel = () => reject(new Fault('internal/cancelled'));
      signal.addEventListener('abort', cancel, { once: true, signal: over });
      if (signal.aborted) cancel();
    });
    // it may be rejected while the write is still under way
    promise.catch(() => undefined);
    return [{ question, settle, fail }, promise];
  }

  async #endAt(deadline: Instant, over: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      await clock.sleep(milliseconds(Math.max(0, deadline - clock.now())), over);
      await clock.sleep(LAST_LOOK, over);
      this.#waiting?.settle(this.#waiting.question.end());
    } catch (thrown) {
      if (!over.aborted) this.#waiting?.fail(toFault(thrown));
    }
  }

  #outcome(judged: Verdict, requestEnd: Instant): Outcome {
    const { clock, counters, late } = this.#options;
    for (const stray of judged.strays) {
      countStray(counters, stray, late.any(clock.now()));
      // from the first echo on, a confirmation that is the same as its request is not believed at first sight
      if (stray === 'echo') this.#echoes = true;
    }
    if (judged.state === 'done') {
      return { ok: true, samples: judged.samples, latencyMs: Math.max(0, this.#lastByteAt - requestEnd) };
    }
    if (!judged.answered) counters.timeouts += 1;
    return { ok: false, fault: judged.fault, answered: judged.answered, refused: judged.refused === true };
  }
}
