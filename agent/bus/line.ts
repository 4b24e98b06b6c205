import type { Exchange } from '../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { PortListener, SerialControl } from '../../drivers/contract/port.ts';
import { AbortWatch } from '../clock/abort-watch.ts';
import type { Instant } from '../clock/clock.ts';
import { countStray } from './counters.ts';
import { AnswerLimit } from './dialogue/answer-end.ts';
import { EarlyBytes } from './early-bytes.ts';
import { FloodGate } from './flood-gate.ts';
import type { LineOptions } from './line-options.ts';
import { type Final, ReceiveBuffer, ReceiveMemory, roomFor } from './receive-buffer.ts';
import { Sender } from './sender.ts';
import { type Asking, type ExchangeReply, PendingAnswer } from './waiting.ts';

/** One open port, and one request at a time on it. */
export class Line implements PortListener {
  readonly #options: LineOptions;
  readonly #flood: FloodGate;
  readonly sender: Sender;
  readonly #memory = new ReceiveMemory();
  readonly #limit: AnswerLimit;
  readonly #watch = new AbortWatch();
  /** The request that is being asked, also before it may be answered. */
  #asked: PendingAnswer | undefined;
  #waiting: PendingAnswer | undefined;
  #isRetired = false;
  #echoes: boolean;
  /** Any device was heard since the port opened. */
  #answered = false;
  #lost: Fault | undefined;
  #lastByteAt: Instant = Number.NEGATIVE_INFINITY;
  #requestEnd: Instant = Number.NEGATIVE_INFINITY;
  #unheardSince: Instant | undefined;
  /** The beginning of the next answer, where that is not asked for. */
  readonly early = new EarlyBytes();

  constructor(options: LineOptions) {
    this.#options = options;
    this.sender = new Sender(options.port, options.clock, options.timing);
    this.#echoes = options.echo;
    this.#flood = new FloodGate(options.timing, options.clock.now());
    this.#limit = new AnswerLimit({
      ...{ clock: options.clock, sender: this.sender },
      heardAt: () => this.#lastByteAt,
      over: (waiting) => this.#over(waiting),
    });
  }

  /** When the last character came, or when a request ended that nobody answered: the silence counts from there. */
  get quietSince(): Instant {
    return Math.max(this.#lastByteAt, this.#requestEnd);
  }

  /** Anything has come since it was opened. */
  get heard(): boolean {
    return this.#lastByteAt !== Number.NEGATIVE_INFINITY;
  }

  /** When the first request ended since which nothing has come; nothing where the last one was answered. */
  get unheardSince(): Instant | undefined {
    return this.#unheardSince;
  }

  /** When the last request ended that nobody answered, or will have. */
  get requestEnd(): Instant {
    return this.#requestEnd;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Each user of it gives the line back as it was. */
  get control(): SerialControl | undefined {
    return this.#options.port.control;
  }

  /** Bytes behind the last answer, and those that were kept, were not asked for. */
  forgetRest(): void {
    const { behind, kept } = this.early.drop(this.#echoes);
    if (behind.length > 0) this.#options.counters.noise += 1;
    if (kept.length > 0) this.#options.unasked(kept);
  }

  /** Requests go out at their instant by themselves: an operation may have the line from the start of the silence. */
  get isPaced(): boolean {
    return this.#options.port.paced !== undefined;
  }

  /**
   * Sends the request and waits for its answer, so long as `asking` says from the request's end on the wire.
   * The caller sees to it that nothing else is being asked.
   * @throws Fault `port/…` where the port failed, `internal/cancelled` by the signal
   */
  async ask<T>(exchange: Exchange<T>, asking: Asking, signal: AbortSignal): Promise<ExchangeReply<T>> {
    if (this.#lost) throw this.#lost;
    if (signal.aborted) throw new Fault('internal/cancelled');
    const { counters, late } = this.#options;
    const { request, answer, lateWithin } = exchange;
    const waiting = this.#prepare(exchange, asking, signal);
    let answered = answer.most === 0;
    this.#asked = waiting;
    this.#watch.add(signal, this.#cancel);
    try {
      const sending = request.length === 0 ? this.#await(waiting) : this.#send(waiting, signal);
      if (sending !== undefined) await sending;
      if (answer.most === 0) {
        await this.#elapse(waiting, signal);
        return this.#replyOf(waiting.question.end(), waiting);
      }
      waiting.isSent = true;
      this.sender.follow(waiting);
      this.#limit.set(waiting);
      const final = await waiting.verdict();
      answered = final.state === 'done' || final.answered;
      return this.#replyOf(final, waiting);
    } finally {
      this.#watch.delete(signal, this.#cancel);
      this.#asked = undefined;
      this.#waiting = undefined;
      this.#limit.clear();
      if (this.sender.following !== undefined) await this.sender.following;
      this.#memory.keep(waiting.question.length);
      this.#release();
      if (!this.sender.recall(waiting) && request.length > 0) counters.exchanges += 1;
      if (waiting.stage === 'out' && (!answered || answer.most === 0)) {
        this.#requestEnd = Math.max(this.sender.endOf(waiting), waiting.followedAt);
      }
      if (waiting.stage === 'out' && !answered) {
        if (this.#lastByteAt < this.#requestEnd) this.#unheardSince ??= this.#requestEnd;
        // with the connection that a server closed in order, its answers are gone
        const gone = this.#wasEnded() && this.heard;
        if (!gone && lateWithin > 0) late.expect(asking.owner, exchange, this.#requestEnd + lateWithin);
      }
    }
  }

  bytes(chunk: Uint8Array): void {
    if (this.#lost) return;
    const { clock, unasked } = this.#options;
    const now = clock.now();
    if (!this.#flood.pass(chunk.length, now)) {
      this.lost(new Fault('bus/flooded'));
      return;
    }
    this.#lastByteAt = now;
    this.#unheardSince = undefined;
    if (this.#options.talks) unasked(chunk);
    const waiting = this.#waiting;
    if (waiting && this.sender.recall(waiting)) {
      // into the silence before the request: it begins anew
      if (!this.#options.talks) unasked(chunk);
      this.sender.arm(waiting, waiting.asking.sendableAt(now));
      return;
    }
    this.#deliver(chunk, waiting);
  }

  lost(fault: Fault): void {
    if (this.#lost) return;
    // a goodbye in the middle of an answer is none
    const cut = fault.code === 'port/ended' && (this.#waiting?.question.length ?? 0) > 0;
    this.#lost = cut ? new Fault('port/lost', undefined, fault) : fault;
    this.#waiting?.fail(this.#lost);
    this.#release();
    this.#options.lost(this.#lost);
  }

  /** Its port is closed: nothing is asked of it any more, but for what is being asked. */
  retire(): void {
    this.#isRetired = true;
    this.#release();
  }

  readonly #wasEnded = (): boolean => this.#lost?.code === 'port/ended';
  readonly #cancel = (): void => this.#asked?.fail(new Fault('internal/cancelled'));

  /** Leaves no timer and no listener once nothing can be asked any more. */
  #release(): void {
    if (this.#asked || !(this.#isRetired || this.#lost)) return;
    this.#limit.stop();
    this.#watch.clear();
  }

  #prepare<T>(exchange: Exchange<T>, asking: Asking, signal: AbortSignal): PendingAnswer<T> {
    // an adapter that is not known for it, and nothing but echoes on the line: then the echo is what is wrong
    const isNews = !this.#options.echo && !this.#answered;
    const room = this.#memory.take(roomFor(exchange));
    return new PendingAnswer(new ReceiveBuffer(exchange, this.#echoes, isNews, room), asking, signal);
  }

  /** Bytes that come from here on are no answer to this. */
  #settle(waiting: PendingAnswer, final: Final<unknown>): void {
    this.#waiting = undefined;
    const { exchange, received } = waiting.question;
    const mayFollow = !this.#options.talks && exchange.answer.most > 0;
    if (final.state === 'done' && mayFollow) this.early.follow(received, final.used);
    waiting.settle(final);
  }

  #deliver(bytes: Uint8Array, waiting: PendingAnswer | undefined): void {
    if (waiting && waiting.question.exchange.answer.most > 0) this.#take(waiting, bytes);
    else if (!this.#options.talks && !this.early.take(bytes)) this.#options.unasked(bytes);
  }

  #take(waiting: PendingAnswer, bytes: Uint8Array): void {
    try {
      const verdict = waiting.question.add(bytes);
      if (verdict.state !== 'more') this.#settle(waiting, verdict);
      else {
        waiting.due = Math.max(waiting.due, verdict.due ?? 0);
        this.sender.follow(waiting);
        if (waiting.question.exchange.idle !== undefined) this.#limit.set(waiting);
      }
    } catch (thrown) {
      waiting.fail(toFault(thrown));
    }
  }

  /** Nothing is sent: the bytes that came before are the beginning of this answer. */
  #await(waiting: PendingAnswer): undefined {
    const begun = this.early.begin();
    this.#waiting = waiting;
    waiting.stage = 'out';
    waiting.requestEnd = Math.max(this.#options.clock.now(), this.#requestEnd);
    if (begun.length > 0) this.#deliver(begun, waiting);
  }

  /** Takes in what lies unread, so that a late event loop does not talk into it. @returns when the silence is over */
  #look(asking: Asking): Instant {
    if (!this.sender.keepsUntil(asking.sendableAt(this.quietSince))) this.#options.port.look?.();
    if (this.#lost) throw this.#lost;
    return asking.sendableAt(this.quietSince);
  }

  /** Settles once the request is out or sure to go out at its instant; nothing where it is already. */
  #send(waiting: PendingAnswer, signal: AbortSignal): Promise<void> | undefined {
    const sendableAt = this.#look(waiting.asking);
    this.forgetRest();
    const { request, answer } = waiting.question.exchange;
    if (answer.most === 0) this.early.keep(request);
    if (!this.isPaced && sendableAt > this.#options.clock.now()) return this.#writeAt(waiting, sendableAt, signal);
    // bytes that came until now were no answer to this
    this.#waiting = waiting;
    if (!this.isPaced) return this.sender.write(waiting, signal);
    this.sender.arm(waiting, sendableAt);
    return undefined;
  }

  async #writeAt(waiting: PendingAnswer, sendableAt: Instant, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    for (let at = sendableAt; at > clock.now(); at = this.#look(waiting.asking)) await clock.until(at, signal);
    if (this.#lost) throw this.#lost;
    this.#waiting = waiting;
    await this.sender.write(waiting, signal);
  }

  /** Nobody answers: the request goes out, and then its timeout passes. */
  async #elapse(waiting: PendingAnswer, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (this.sender.sparedFor(waiting) > 0) await clock.sleep(milliseconds(1), signal);
    const wait = this.sender.endOf(waiting) + waiting.asking.timeout - clock.now();
    if (wait > 0) await clock.sleep(milliseconds(wait), signal);
    if (this.sender.recall(waiting)) this.lost(new Fault('port/write'));
    if (this.#lost) throw this.#lost;
  }

  #over(waiting: PendingAnswer): void {
    try {
      // a question that is long overdue never goes out: the writer at the instant has stopped
      if (this.sender.recall(waiting)) this.lost(new Fault('port/write'));
      else this.#settle(waiting, waiting.question.end());
    } catch (thrown) {
      waiting.fail(toFault(thrown));
    }
  }

  #replyOf<T>(final: Final<T>, waiting: PendingAnswer<T>): ExchangeReply<T> {
    const { clock, counters, late } = this.#options;
    const { exchange, received } = waiting.question;
    if (final.strays.includes('foreign')) late.look(received, clock.now());
    if (exchange.answer.most > 0 && (final.state === 'done' || final.answered)) {
      late.answered(waiting.asking.owner, exchange);
      this.#answered = true;
    }
    for (const stray of final.strays) {
      countStray(counters, stray, late.any(clock.now()));
      // from the first echo on, a confirmation that is the same as its request is not believed at first sight
      if (stray === 'echo') this.#echoes = true;
    }
    if (final.state === 'done') {
      const latencyMs = Math.max(0, this.#lastByteAt - this.sender.endOf(waiting));
      return { state: 'answered', result: final.result, latencyMs };
    }
    if (!final.answered) counters.timeouts += 1;
    const { fault, consequence, answered } = final;
    return { state: 'failed', fault, consequence, answered };
  }
}
