import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Instant } from '../clock/clock.ts';
import { Gathering } from '../throttle/gathering.ts';
import type { Counters } from './counters.ts';
import type { LateAnswers } from './late-answers.ts';
import { Line } from './line.ts';
import type { BusOptions } from './options.ts';
import { type Attempt, type Parting, PortSupervisor } from './port-supervisor.ts';
import { isGoodbye, Silence } from './silence.ts';

export interface ConnectionOptions {
  readonly bus: BusOptions;
  readonly counters: Counters;
  readonly late: LateAnswers;
  /** Something is to come there unasked. */
  readonly talks: () => boolean;
  /** When an operation last ended; infinity while one runs or waits. */
  readonly usedAt: () => Instant;
  /** See `LineOptions.unasked`. */
  readonly unasked: (chunk: Uint8Array) => void;
  /**
   * The port is open; nothing is to be sent before it has settled.
   * @param resumed it was closed in order before, of which nothing was told
   */
  readonly opened: (now: Instant, settledAt: Instant, resumed: boolean) => void;
  /** @param news it was open, or the reason is another one */
  readonly closed: (fault: Fault, news: boolean) => void;
  /** About once a second while the port is open, or closed in order. */
  readonly tick: (now: Instant) => void;
}

/**
 * The port of a bus, with the line on it: open; closed by a fault and opened again by itself; or closed in order, which
 * is told to nobody, and opened when somebody asks.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #keeper: PortSupervisor;
  readonly #silence: Silence;
  /** Callers that wait for a port that was closed in order. */
  readonly #arrivals = new Gathering();
  #line: Line | undefined;
  /** The line whose end was no fault. */
  #parting: Line | undefined;
  /** Why it is closed; nothing before the first attempt has ended. */
  #fault: Fault | undefined;
  /** To all others it is open. */
  #told = false;
  #openedAt: Instant = Number.NEGATIVE_INFINITY;
  #settledAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { clock, log, random, reopenMin, reopenMax, silentReopen = 0 } = options.bus;
    this.#silence = new Silence(silentReopen);
    this.#keeper = new PortSupervisor({
      ...{ clock, log, random, reopenMin, reopenMax },
      attempt: () => this.#attempt(),
      opened: (attempt) => this.#opened(attempt),
      closed: (fault) => this.#closed(fault),
      parted: () => this.#parted(),
      tick: () => this.#tick(),
    });
  }

  /** Nothing while the port is closed, for any reason. */
  get line(): Line | undefined {
    return this.#line;
  }

  get fault(): Fault | undefined {
    return this.#fault;
  }

  /** Also while it is closed in order. */
  get isOpen(): boolean {
    return this.#line !== undefined || this.#keeper.isParted;
  }

  /** Closed in order, and opened when somebody asks. */
  get isParted(): boolean {
    return this.#keeper.isParted;
  }

  get reopens(): number {
    return this.#keeper.reopens;
  }

  get latencyTimerMs(): number | null {
    return this.#keeper.latencyTimerMs;
  }

  /** See `PortKeeper.overdue`. */
  overdue(now: Instant): number {
    return this.#keeper.overdue(now);
  }

  reopen(fault: Fault): void {
    this.#keeper.reopen(fault);
  }

  /** Until the signal aborts; then the port is closed. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.#arrivals.tell();
    signal.addEventListener('abort', stop);
    try {
      await this.#keeper.run(signal);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Something has to be done before a question can be put: see `reach`. */
  get mustBeReached(): boolean {
    return this.isParted || this.#settledAt > this.#options.bus.clock.now();
  }

  /**
   * Opens a port that was closed in order, and waits until it has settled or has failed to open: both within the bounds
   * of its keeper.
   * @param ended of the bus
   * @throws Fault `internal/cancelled` by the signal
   */
  async reach(signal: AbortSignal, ended: AbortSignal): Promise<void> {
    const { clock } = this.#options.bus;
    while (this.isParted && !signal.aborted && !ended.aborted) {
      this.#keeper.demand();
      await this.#arrivals.join(signal);
    }
    const wait = this.#settledAt - clock.now();
    if (this.#line && wait > 0) await clock.sleep(milliseconds(wait), signal);
  }

  #attempt(): Attempt {
    const { bus, counters, late, talks, unasked } = this.#options;
    const { clock, timing, echo, createPort } = bus;
    const port = createPort();
    const line: Line = new Line({
      ...{ port, clock, timing, echo, counters, late, unasked, talks: talks() },
      lost: (fault) => this.#lost(line, fault),
    });
    return { port, line };
  }

  #lost(line: Line, fault: Fault): void {
    if (line === this.#parting) return;
    const talks = this.#options.talks();
    if (fault.code !== 'port/ended' || !isGoodbye(line, talks, this.#keeper.attempts)) {
      this.#keeper.reopen(fault);
      return;
    }
    this.#options.counters.orderlyCloses += 1;
    this.#part(line, talks ? 'return' : 'rest');
  }

  #part(line: Line, parting: Parting): void {
    this.#parting = line;
    this.#leave();
    this.#keeper.part(parting);
    line.lost(new Fault('port/ended'));
  }

  #parted(): void {
    this.#leave();
  }

  #leave(): void {
    this.#line?.retire();
    this.#line = undefined;
  }

  #opened({ line }: Attempt): void {
    const { clock, settle = 0 } = this.#options.bus;
    const now = clock.now();
    const resumed = this.#told;
    // it may have been closed again while it opened
    this.#line = line === this.#parting ? undefined : line;
    this.#fault = undefined;
    this.#told = true;
    this.#openedAt = now;
    this.#settledAt = now + settle;
    this.#options.opened(now, this.#settledAt, resumed);
    this.#arrivals.tell();
  }

  #closed(fault: Fault): void {
    const news = this.#told || this.#fault?.code !== fault.code;
    this.#leave();
    this.#told = false;
    this.#fault = fault;
    this.#arrivals.tell();
    this.#options.closed(fault, news);
  }

  #tick(): void {
    const { bus, counters, talks, tick } = this.#options;
    const now = bus.clock.now();
    tick(now);
    const line = this.#line;
    if (!line) return;
    const since = talks() ? Math.max(this.#openedAt, line.quietSince) : line.unheardSince;
    if (this.#silence.isTooLong(line.heard, since, now)) {
      // once: a device that is merely off must not fill the log
      if (this.#silence.renewed() === 1) bus.log.warn('port silent, opened anew');
      counters.silentReopens += 1;
      this.#part(line, 'renew');
    } else if (this.#isIdle(line, now)) {
      counters.orderlyCloses += 1;
      this.#part(line, 'rest');
    }
  }

  #isIdle(line: Line, now: Instant): boolean {
    const { bus, talks, usedAt } = this.#options;
    const { idleClose = 0 } = bus;
    if (idleClose === 0 || talks()) return false;
    return now - Math.max(this.#settledAt, usedAt(), line.quietSince) >= idleClose;
  }
}
