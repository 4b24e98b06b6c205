import type { Exchange } from '../../drivers/contract/driver.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { LineTiming, Port, PortListener } from '../../drivers/contract/port.ts';
import type { Sample } from '../../drivers/contract/reading.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { type Counters, countStray } from './counters.ts';
import { FloodGate } from './flood-gate.ts';
import type { LateAnswers } from './late-answers.ts';
import { Question } from './receive-buffer.ts';
import type { Verdict, Waiting } from './waiting.ts';

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
      /** It said no, or somebody on the way to it did, and may do it all the same. */
      readonly mayHaveActed?: boolean;
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

/** A machine that is busy may let the writing thread wait; after this many milliseconds it is not busy but broken. */
const LONGEST_UNSENT = 1000;
const UNSENT_LOOK = 10;

/** A loop that was late finds the deadline passed while the answer lies unread in the kernel: it looks once more. */
const LAST_LOOK = 1;

/** One open port, and one question at a time on it. */
export class Line implements PortListener {
  readonly #options: LineOptions;
  readonly #flood: FloodGate;
  #waiting: Waiting | undefined;
  #echoes: boolean;
  /** Any device was heard since the port opened. */
  #answered = false;
  #lost: Fault | undefined;
  #lastByteAt: Instant = Number.NEGATIVE_INFINITY;
  #requestEnd: Instant = Number.NEGATIVE_INFINITY;
  #requests = 0;
  #unheardSince: Instant | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#echoes = options.echo;
    this.#flood = new FloodGate(options.timing, options.clock.now());
  }

  /** When the last character came, or when a request ended that nobody answered: the silence counts from there. */
  get quietSince(): Instant {
    return Math.max(this.#lastByteAt, this.#requestEnd);
  }

  /** Anything has come since it was opened. */
  get heard(): boolean {
    return this.#lastByteAt !== Number.NEGATIVE_INFINITY;
  }

  /** How many requests were handed to the port. */
  get requests(): number {
    return this.#requests;
  }

  /** When the first request ended since which nothing has come; nothing where the last one was answered. */
  get unheardSince(): Instant | undefined {
    return this.#unheardSince;
  }

  get #wasEnded(): boolean {
    return this.#lost?.code === 'port/ended';
  }

  /** Requests go out at their instant by themselves: an operation may have the line from the start of the silence. */
  get isPaced(): boolean {
    return this.#options.port.paced !== undefined;
  }

  /**
   * Sends the request and waits for its answer, at most the exchange's timeout from the request's end on the wire.
   * The caller sees to it that nothing else is being asked.
   * @param notBefore when the line's silence is over; all is made ready before
   * @throws Fault `port/…` where the port failed, `internal/cancelled` by the signal
   */
  async ask(exchange: Exchange, notBefore: Instant, signal: AbortSignal): Promise<Outcome> {
    if (this.#lost) throw this.#lost;
    if (signal.aborted) throw new Fault('internal/cancelled');
    const { clock, counters, late } = this.#options;
    const waiting = this.#prepare(exchange);
    const cancel = () => waiting.fail(new Fault('internal/cancelled'));
    let answered = exchange.answerLength === 0;
    signal.addEventListener('abort', cancel);
    try {
      await this.#send(waiting, this.#look(notBefore), signal);
      if (exchange.answerLength === 0) {
        // a broadcast: nobody answers, but the devices need the time to act (Modbus over Serial Line V1.02, 2.4.1)
        await clock.sleep(milliseconds(waiting.requestEnd - clock.now() + exchange.timeout), signal);
        return { ok: true, samples: [], latencyMs: 0 };
      }
      this.#deadline(waiting, false);
      const judged = await waiting.verdict;
      answered = judged.state === 'done' || judged.answered;
      return this.#outcome(judged, waiting);
    } finally {
      signal.removeEventListener('abort', cancel);
      waiting.callOff();
      this.#waiting = undefined;
      if (!this.#unsent(waiting)) counters.exchanges += 1;
      if (waiting.stage === 'out' && !answered) {
        this.#requestEnd = this.#requestEndOf(waiting);
        if (this.#lastByteAt < this.#requestEnd) this.#unheardSince ??= this.#requestEnd;
        // with the connection that a server closed in order, its answers are gone
        const gone = this.#wasEnded && this.heard;
        if (!gone) late.expect(exchange, this.#requestEnd + exchange.lateWithin);
      }
    }
  }

  bytes(chunk: Uint8Array): void {
    if (this.#lost) return;
    const { clock, timing, unasked } = this.#options;
    const now = clock.now();
    if (!this.#flood.pass(chunk.length, now)) {
      this.lost(new Fault('bus/flooded'));
      return;
    }
    this.#lastByteAt = now;
    this.#unheardSince = undefined;
    const waiting = this.#waiting;
    if (!waiting) {
      unasked(chunk);
      return;
    }
    if (this.#unsent(waiting)) {
      // into the silence before the request: it begins anew
      unasked(chunk);
      this.#arm(waiting, Math.max(waiting.notBefore, now + timing.silenceMs));
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
    // a goodbye in the middle of an answer is none
    const cut = fault.code === 'port/ended' && (this.#waiting?.question.length ?? 0) > 0;
    this.#lost = cut ? new Fault('port/lost', undefined, fault) : fault;
    this.#waiting?.fail(this.#lost);
    this.#options.lost(this.#lost);
  }

  /** Who waits for the answer, and the verdict on it; it rejects when the port is lost or the question is cancelled. */
  #prepare(exchange: Exchange): Waiting {
    // an adapter that is not known for it, and nothing but echoes on the line: then the echo is what is wrong
    const isNews = !this.#options.echo && !this.#answered;
    const question = new Question(exchange, this.#echoes, isNews);
    let settle: Waiting['settle'] = () => undefined;
    let fail: Waiting['fail'] = () => undefined;
    const verdict = new Promise<Verdict>((resolve, reject) => {
      settle = (judged) => {
        this.#waiting = undefined;
        // bytes behind the answer were not asked for
        if (judged.state === 'done' && question.length > judged.used) this.#options.counters.noise += 1;
        resolve(judged);
      };
      fail = reject;
    });
    // it may be rejected while the write is still under way
    verdict.catch(() => undefined);
    const requestEnd = Number.NEGATIVE_INFINITY;
    const notBefore = requestEnd;
    return { question, verdict, settle, fail, requestEnd, notBefore, stage: 'unsent', callOff: () => undefined };
  }

  /** Takes in what lies unread, so that a late event loop does not talk into it. @returns when the silence is over */
  #look(notBefore: Instant): Instant {
    const { port, timing } = this.#options;
    const before = this.#lastByteAt;
    port.look?.();
    if (this.#lost) throw this.#lost;
    return this.#lastByteAt === before ? notBefore : Math.max(notBefore, this.#lastByteAt + timing.silenceMs);
  }

  /** Settles once the request is out or sure to go out at its instant. */
  async #send(waiting: Waiting, notBefore: Instant, signal: AbortSignal): Promise<void> {
    const { port, clock, timing } = this.#options;
    const { request } = waiting.question.exchange;
    if (port.paced) {
      this.#waiting = waiting;
      waiting.notBefore = notBefore;
      this.#arm(waiting, notBefore);
      return;
    }
    for (let at = notBefore; at > clock.now(); at = this.#look(at)) await clock.until(at, signal);
    // what came until now was no answer to this
    if (this.#lost) throw this.#lost;
    this.#waiting = waiting;
    waiting.stage = 'out';
    this.#requests += 1;
    // a request is over on the wire when its last character is, however soon the kernel took it
    waiting.requestEnd = clock.now() + request.length * timing.characterMs;
    await port.write(request, signal);
    waiting.requestEnd = Math.max(waiting.requestEnd, clock.now());
  }

  #arm(waiting: Waiting, notBefore: Instant): void {
    const { port, clock, timing } = this.#options;
    const { request } = waiting.question.exchange;
    const at = Math.max(notBefore, clock.now());
    waiting.requestEnd = at + request.length * timing.characterMs;
    waiting.stage = 'armed';
    this.#requests += 1;
    port.paced?.send(request, at);
  }

  /** True where the request has not gone out; it never will then, unless it is armed again. */
  #unsent(waiting: Waiting): boolean {
    if (waiting.stage === 'armed') waiting.stage = this.#options.port.paced?.cancel() ? 'unsent' : 'out';
    return waiting.stage === 'unsent';
  }

  #requestEndOf({ question, requestEnd }: Waiting): Instant {
    const { port, timing } = this.#options;
    const sentAt = port.paced?.sentAt;
    return sentAt === undefined ? requestEnd : sentAt + question.exchange.request.length * timing.characterMs;
  }

  /** Ends the question at its time, which moves with a request that goes out later than planned. */
  #deadline(waiting: Waiting, looked: boolean): void {
    if (this.#waiting !== waiting) return;
    const { clock } = this.#options;
    const now = clock.now();
    const isOut = waiting.stage !== 'armed' || this.#options.port.paced?.sentAt !== undefined;
    const spared = isOut ? 0 : Math.max(0, waiting.requestEnd + LONGEST_UNSENT - now);
    const deadline = this.#requestEndOf(waiting) + waiting.question.exchange.timeout;
    if (deadline > now || !looked || spared > 0) {
      const at = Math.max(deadline, now + (looked ? UNSENT_LOOK : LAST_LOOK));
      waiting.callOff = clock.at(at, () => this.#deadline(waiting, deadline <= now));
      return;
    }
    try {
      // what should have gone out long ago never will: whoever writes at the instant has stopped
      if (this.#unsent(waiting)) this.lost(new Fault('port/write'));
      else waiting.settle(waiting.question.end());
    } catch (thrown) {
      waiting.fail(toFault(thrown));
    }
  }

  #outcome(judged: Verdict, waiting: Waiting): Outcome {
    const { clock, counters, late } = this.#options;
    const { exchange, received } = waiting.question;
    if (judged.strays.includes('foreign')) late.look(received, clock.now());
    if (judged.state === 'done' || judged.answered) {
      late.answered(exchange);
      this.#answered = true;
    }
    for (const stray of judged.strays) {
      countStray(counters, stray, late.any(clock.now()));
      // from the first echo on, a confirmation that is the same as its request is not believed at first sight
      if (stray === 'echo') this.#echoes = true;
    }
    if (judged.state === 'done') {
      return {
        ok: true,
        samples: judged.samples,
        latencyMs: Math.max(0, this.#lastByteAt - this.#requestEndOf(waiting)),
      };
    }
    if (!judged.answered) counters.timeouts += 1;
    const { fault, answered, refused = false, mayHaveActed = false } = judged;
    return { ok: false, fault, answered, refused, mayHaveActed };
  }
}
