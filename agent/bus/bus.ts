import type { Exchange, Stray } from '../../drivers/contract/driver.ts';
import { type Duration, LONGEST, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { LineTiming, Port } from '../../drivers/contract/port.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { Log } from '../log/log.ts';
import type { Progress } from '../service/progress.ts';
import type { Lane } from '../throttle/plan.ts';
import { Throttle } from '../throttle/throttle.ts';
import type { Ticket } from '../throttle/ticket.ts';
import { countStray, newCounters } from './counters.ts';
import { LateAnswers } from './late.ts';
import { Line, type Outcome } from './line.ts';
import type { Member, PolledMember, StreamingMember } from './member.ts';
import { Poller } from './poller.ts';
import { type Attempt, PortKeeper } from './port-keeper.ts';
import type { BusSnapshot } from './snapshot.ts';
import { Utilisation } from './utilisation.ts';

export interface BusOptions {
  readonly id: string;
  readonly timing: LineTiming;
  /** The adapter returns what is sent. */
  readonly echo: boolean;
  /** Silence between two operations; the line's own is kept in any case. */
  readonly gap: Duration;
  readonly maxQueue: number;
  readonly maxWait: Duration;
  readonly maxRun: Duration;
  readonly commandBurst: number;
  readonly reopenMin: Duration;
  readonly reopenMax: Duration;
  readonly createPort: () => Port;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
}

/** A ticket to ask one device's prepared questions: the data is the question's number. */
export type Questions = Ticket<number, Outcome>;

/** After this an operation that was told to stop counts as stuck. */
const GRACE = milliseconds(1000);

/**
 * An operation gets the line so much before its silence is over: what it has to prepare takes about 0.15 ms, and then
 * the rest is waited for right before the write. At 115200 baud that is two hundredths of the rate.
 */
const LEAD = 0.3;
/** A paced line needs no waiting here at all: the request is handed over at once, with its instant. */
const PACED_LEAD = Number.POSITIVE_INFINITY;
/** Chunks of one frame come further apart than t3.5 where an adapter hands them over in portions. */
const CLOSE = 20;

/** One line with all that is on it: the only way to the wire. */
export class Bus implements Progress {
  readonly id: string;
  readonly name: string;
  readonly #options: BusOptions;
  readonly #counters = newCounters();
  readonly #late = new LateAnswers();
  readonly #utilisation: Utilisation;
  readonly #throttle: Throttle;
  readonly #keeper: PortKeeper;
  readonly #polled: PolledMember[] = [];
  readonly #streaming: StreamingMember[] = [];
  readonly #poller: Poller;
  /** The longest that one question may take, from when it is asked of the throttle. */
  readonly #longestAsk: number;
  readonly #stopping = new AbortController();
  #line: Line | undefined;
  /** Why it is closed; nothing before the first attempt has ended. */
  #fault: Fault | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #unaskedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(options: BusOptions) {
    this.id = options.id;
    this.name = `bus ${options.id}`;
    this.#options = options;
    const { clock, gap, maxQueue, maxWait, maxRun, commandBurst } = options;
    this.#utilisation = new Utilisation(clock.now());
    // a poll describes the moment at which it runs, so it keeps its place behind a burst of slow commands
    const maxPollWait = milliseconds(Math.min(LONGEST, maxWait + commandBurst * (maxRun + GRACE + gap)));
    this.#longestAsk = maxPollWait + maxRun + GRACE;
    this.#throttle = new Throttle({
      clock,
      limits: {
        gap,
        maxQueue,
        // one poll waits at a time, and must find room however many commands come
        pollReserve: Math.min(1, maxQueue - 1),
        maxWait,
        maxPollWait,
        maxRun,
        grace: GRACE,
        commandBurst,
      },
      lead: () => (this.#line?.isPaced ? PACED_LEAD : LEAD),
      onStuck: (fault) => this.#keeper.reopen(fault),
    });
    this.#poller = new Poller(clock, this.#polled);
    this.#keeper = new PortKeeper({
      clock,
      log: options.log,
      random: options.random,
      reopenMin: options.reopenMin,
      reopenMax: options.reopenMax,
      attempt: () => this.#attempt(),
      opened: (attempt) => this.#opened(attempt),
      closed: (fault) => this.#closed(fault),
      tick: () => this.#tick(),
    });
  }

  /** Before the start only. */
  add(member: Member): void {
    if (member.kind === 'poll') this.#polled.push(member);
    else this.#streaming.push(member);
  }

  /**
   * Before the start only: what a device may ask.
   * @param prepared gives the question of a number as it leaves the queue; a Fault thrown there means that nothing is sent
   */
  register(lane: Lane, prepared: (number: number) => Exchange): Questions {
    return this.#throttle.register(lane, async (number: number, signal: AbortSignal) => {
      const exchange = prepared(number);
      const line = this.#line;
      if (!line) throw new Fault('port/not-open');
      const from = this.#options.clock.now();
      // while this waited for the line, the same question may have been asked by another and given up
      if (this.#late.clearAt(exchange.signature, from) > from) throw new Fault('bus/answer-pending');
      try {
        return await line.ask(exchange, this.#throttle.silentUntil, signal);
      } finally {
        // counted from the last character, not from here: at 115200 baud the difference is a hundredth of the rate
        this.#keepQuiet(line.quietSince);
        this.#utilisation.add(from, Math.max(this.#throttle.silentUntil, this.#options.clock.now()));
      }
    });
  }

  /**
   * @throws Fault of the throttle or of the port, or `bus/answer-pending`: then nothing was sent, see `clearAt`;
   *   whatever the device did is an outcome
   */
  ask(questions: Questions, number: number, signal: AbortSignal): Promise<Outcome> {
    return this.#throttle.submit(questions, number, signal);
  }

  /** When this may be asked: not while the answer to the same question, given up before, could still come. */
  clearAt(exchange: Exchange): Instant {
    return this.#late.clearAt(exchange.signature, this.#options.clock.now());
  }

  /** A member may have become due. */
  wake(): void {
    this.#poller.wake();
  }

  /** For those who talk by themselves: they see what was wrong with a frame, the line does not. */
  countStray(kind: Stray): void {
    countStray(this.#counters, kind, false);
  }

  /** Closes the port and opens it anew, as a loss of the port would. */
  reopen(): void {
    this.#keeper.reopen(new Fault('port/lost'));
  }

  /** Its port's keeper, its poller and its throttle: how late whoever is latest of them is. */
  stuckFor(now: Instant): number {
    const { deadline, settledAt } = this.#throttle.status();
    const polling = this.#poller.overdue(now, this.#longestAsk, settledAt);
    return Math.max(this.#keeper.overdue(now), polling, now - deadline);
  }

  /** Whatever holds on to the line loses it with the port. */
  recover(): void {
    this.#keeper.reopen(new Fault('bus/stuck'));
  }

  async start(): Promise<void> {
    this.#throttle.seal();
    const { signal } = this.#stopping;
    this.#running = Promise.all([this.#keeper.run(signal), this.#poller.run(signal)]);
  }

  /** Settles what runs, then closes the port. */
  async stop(signal: AbortSignal): Promise<void> {
    await this.#throttle.stop(signal);
    this.#stopping.abort();
    // before the port closes: a port that hangs must not cost what they have heard
    for (const member of this.#streaming) member.stopped();
    await this.#running;
  }

  snapshot(): BusSnapshot {
    const { queued, rejected, expired, overruns } = this.#throttle.status();
    return {
      id: this.id,
      open: this.#line !== undefined,
      fault: this.#fault?.code ?? null,
      utilisation: this.#utilisation.share(this.#options.clock.now()),
      ...this.#counters,
      reopens: this.#keeper.reopens,
      latencyTimerMs: this.#keeper.latencyTimerMs,
      ...{ queued, rejected, expired, overruns },
    };
  }

  #attempt(): Attempt {
    const { clock, timing, echo, createPort } = this.#options;
    const port = createPort();
    const line = new Line({
      port,
      clock,
      timing,
      echo,
      counters: this.#counters,
      late: this.#late,
      unasked: (chunk) => this.#unasked(chunk),
      lost: (fault) => this.#keeper.reopen(fault),
    });
    return { port, line };
  }

  #opened(attempt: Attempt): void {
    this.#line = attempt.line;
    this.#fault = undefined;
    this.#throttle.release();
    const now = this.#options.clock.now();
    this.#keepQuiet(now);
    for (const member of [...this.#polled, ...this.#streaming]) member.lineOpened(now);
    this.#poller.wake();
  }

  #closed(fault: Fault): void {
    const news = this.#line !== undefined || this.#fault?.code !== fault.code;
    this.#line = undefined;
    this.#fault = fault;
    // a line that is closed because the agent stops is no news of its devices
    if (this.#stopping.signal.aborted) return;
    if (news) for (const member of [...this.#polled, ...this.#streaming]) member.lineClosed(fault);
  }

  /** The line was in use until then: nothing is sent before its silence is over. */
  #keepQuiet(since: Instant): void {
    this.#throttle.quietUntil(since + this.#options.timing.silenceMs);
  }

  #tick(): void {
    const now = this.#options.clock.now();
    for (const member of [...this.#polled, ...this.#streaming]) member.tick(now);
  }

  /** For those who talk by themselves; on a line where all are asked, a late answer or noise: wait until it is over. */
  #unasked(chunk: Uint8Array): void {
    const now = this.#options.clock.now();
    if (this.#streaming.length > 0) {
      this.#utilisation.add(now - chunk.length * this.#options.timing.characterMs, now);
      for (const member of this.#streaming) member.bytes(chunk);
      return;
    }
    const silence = this.#options.timing.silenceMs;
    // bytes that follow each other closely are one frame
    if (now - this.#unaskedAt > Math.max(silence, CLOSE)) {
      const late = this.#late.any(now);
      countStray(this.#counters, late ? 'foreign' : 'noise', late);
    }
    this.#unaskedAt = now;
    this.#keepQuiet(now);
  }
}
