import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Port } from '../../drivers/contract/port.ts';
import { LEAST_LATENCY_MS } from '../../drivers/port/latency.ts';
import { backoff } from '../clock/backoff.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { Log } from '../log/log.ts';
import type { Line } from './line.ts';

/** One port object with the line that listens to it; a new pair for every attempt. */
export interface Attempt {
  readonly port: Port;
  readonly line: Line;
}

export interface PortKeeperOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly reopenMin: Duration;
  readonly reopenMax: Duration;
  /** Makes a port and its line; the line passes a loss on to `reopen`. */
  readonly attempt: () => Attempt;
  readonly opened: (attempt: Attempt) => void;
  /** The port is closed or closing and of no use; told before it is closed, and after each attempt that failed. */
  readonly closed: (fault: Fault) => void;
  /** About once a second while it is open. */
  readonly tick: () => void;
}

const OPEN_LIMIT = milliseconds(5000);
const LOOK_INTERVAL = milliseconds(1000);
/** Ports bound their own closing by less. */
const CLOSE_LIMIT = milliseconds(5000);
/** A port that was open for less counts as a failed attempt: one that comes and goes must not be hammered. */
const STEADY = 30_000;

/** Keeps a port open: opens it, watches that it is there, closes and opens it anew after a loss, with growing pauses. */
export class PortKeeper {
  readonly #options: PortKeeperOptions;
  #ending: { readonly controller: AbortController; fault: Fault | undefined } | undefined;
  #attempts = 0;
  #latencyTimer: number | null = null;
  #opens = 0;
  /** By when the next step is taken, whatever the port does. */
  #due: Instant = Number.POSITIVE_INFINITY;

  constructor(options: PortKeeperOptions) {
    this.#options = options;
  }

  /** How often the port was opened again after the first time. */
  get reopens(): number {
    return Math.max(0, this.#opens - 1);
  }

  /** Of the open port's adapter, milliseconds; null while closed, and where there is no such timer. */
  get latencyTimerMs(): number | null {
    return this.#latencyTimer;
  }

  /** For how long its next step is overdue, milliseconds: 0 also where the port stays away. */
  overdue(now: Instant): number {
    return Math.max(0, now - this.#due);
  }

  /** Ends the open port, or the pause before the next attempt, and opens anew. */
  reopen(fault: Fault): void {
    const ending = this.#ending;
    if (!ending || ending.fault) return;
    ending.fault = fault;
    ending.controller.abort();
  }

  /** Until the signal aborts; then the port is closed. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.#ending?.controller.abort();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        await this.#once(signal);
        if (!signal.aborted) await this.#pause();
      }
    } finally {
      this.#due = Number.POSITIVE_INFINITY;
      signal.removeEventListener('abort', stop);
    }
  }

  async #once(signal: AbortSignal): Promise<void> {
    const { clock, log, attempt: make, opened, closed } = this.#options;
    const ending = { controller: new AbortController(), fault: undefined as Fault | undefined };
    this.#ending = ending;
    const attempt = make();
    let openedAt: number | undefined;
    let why: Fault;
    this.#within(OPEN_LIMIT);
    try {
      await withDeadline(clock, OPEN_LIMIT, ending.controller.signal, (limited) =>
        attempt.port.open(attempt.line, limited),
      );
      openedAt = clock.now();
      this.#opens += 1;
      log.info('port opened');
      const latencyTimerMs = attempt.port.latencyTimerMs ?? null;
      this.#latencyTimer = latencyTimerMs;
      if (latencyTimerMs !== null && latencyTimerMs > LEAST_LATENCY_MS)
        log.warn('port slow', { latencyTimerMs }, new Fault('port/slow-adapter'));
      opened(attempt);
      await this.#watch(attempt, ending.controller.signal);
      why = new Fault('port/lost');
    } catch (thrown) {
      const fault = toFault(thrown);
      why = fault.code === 'internal/deadline' ? new Fault('port/open-timeout') : fault;
    }
    why = ending.fault ?? why;
    this.#attempts = openedAt !== undefined && clock.now() - openedAt >= STEADY ? 0 : this.#attempts + 1;
    this.#latencyTimer = null;
    closed(why);
    this.#within(CLOSE_LIMIT);
    await attempt.port.close();
    if (!signal.aborted) log.warn(openedAt === undefined ? 'port not opened' : 'port closed', {}, why);
  }

  /** Returns when the device is gone; rejects when it is told to end. */
  async #watch(attempt: Attempt, signal: AbortSignal): Promise<void> {
    const { clock, tick } = this.#options;
    for (;;) {
      this.#within(LOOK_INTERVAL);
      await clock.sleep(LOOK_INTERVAL, signal);
      tick();
      if (!(await attempt.port.isPresent())) return;
    }
  }

  async #pause(): Promise<void> {
    const { clock, reopenMin, reopenMax, random } = this.#options;
    const ending = { controller: new AbortController(), fault: undefined as Fault | undefined };
    this.#ending = ending;
    const wait = backoff(Math.max(0, this.#attempts - 1), reopenMin, reopenMax, random());
    this.#within(wait);
    try {
      await clock.sleep(wait, ending.controller.signal);
    } catch {
      // told to go on at once
    }
  }

  #within(limit: Duration): void {
    this.#due = this.#options.clock.now() + limit;
  }
}
