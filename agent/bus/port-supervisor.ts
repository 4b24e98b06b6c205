import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Port, PortListener } from '../../drivers/contract/port.ts';
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

export interface PortSupervisorOptions {
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
  /** The same where that is no fault: see `part`. */
  readonly parted?: () => void;
  /** About once a second while it is open, or closed in order. */
  readonly tick: () => void;
}

/**
 * The step after an end that is no fault: `rest`: the port stays closed until something is due; `return`: it is opened
 * again after the shortest pause, because its bytes come without a request; `renew`: it is opened anew at once.
 */
export type Parting = 'rest' | 'return' | 'renew';

interface Ending {
  readonly controller: AbortController;
  fault: Fault | undefined;
  parting: Parting | undefined;
}

const OPEN_LIMIT = milliseconds(5000);
const LOOK_INTERVAL = milliseconds(1000);
/** Ports bound their own closing by less. */
const CLOSE_LIMIT = milliseconds(5000);
/** From the moment at which a port is needed that is closed in order until it is open or has failed. */
export const LONGEST_OPENING = OPEN_LIMIT + CLOSE_LIMIT;
/** A port that was open for less counts as a failed attempt: one that comes and goes must not be hammered. */
const STEADY = 30_000;

/** Keeps a port open: opens it, watches that it is there, closes and opens it anew after a loss, with growing pauses. */
export class PortSupervisor {
  readonly #options: PortSupervisorOptions;
  #ending: Ending | undefined;
  #attempts = 0;
  /** The last end was no fault, and the port is not open again yet. */
  #parted = false;
  #demanded = false;
  #resting = false;
  #partings = 0;
  #latencyTimer: number | null = null;
  #opens = 0;
  /** By when the next step is taken, however the port behaves. */
  #due: Instant = Number.POSITIVE_INFINITY;

  constructor(options: PortSupervisorOptions) {
    this.#options = options;
  }

  /** How often the port was opened again after the first time, other than after an orderly end. */
  get reopens(): number {
    return Math.max(0, this.#opens - 1 - this.#partings);
  }

  /** The port is closed and no fault is the reason: `demand` opens it. */
  get isParted(): boolean {
    return this.#parted;
  }

  /** Openings in a row that came to nothing. */
  get attempts(): number {
    return this.#attempts;
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

  /** Ends the open port without a fault. Nothing where it is about to end already. */
  part(parting: Parting): void {
    const ending = this.#ending;
    if (!ending || ending.fault || ending.parting) return;
    ending.parting = parting;
    this.#parted = true;
    this.#demanded = false;
    ending.controller.abort();
  }

  /** Something is due: a port that rests is opened. */
  demand(): void {
    this.#demanded = true;
    if (this.#resting) this.#ending?.controller.abort();
  }

  /** Until the signal aborts; then the port is closed. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.#ending?.controller.abort();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        const parting = await this.#once(signal);
        if (signal.aborted) break;
        if (parting === 'rest') await this.#rest();
        else if (parting !== 'renew') await this.#pause();
      }
    } finally {
      this.#due = Number.POSITIVE_INFINITY;
      signal.removeEventListener('abort', stop);
    }
  }

  /** @returns what follows, where the end is no fault */
  async #once(signal: AbortSignal): Promise<Parting | undefined> {
    const { clock, log, attempt: make, opened, closed, parted } = this.#options;
    const ending = this.#newEnding();
    const attempt = make();
    const again = this.#parted;
    let openedAt: number | undefined;
    let why: Fault;
    this.#within(OPEN_LIMIT);
    try {
      await withDeadline(clock, OPEN_LIMIT, ending.controller.signal, (limited) =>
        attempt.port.open(this.#contained(attempt.line), limited),
      );
      openedAt = clock.now();
      this.#opens += 1;
      this.#parted = ending.parting !== undefined;
      if (again) log.debug('port opened again');
      else log.info('port opened');
      this.#tellLatency(attempt, again);
      opened(attempt);
      await this.#watch(attempt, ending.controller.signal);
      why = new Fault('port/lost');
    } catch (thrown) {
      const fault = toFault(thrown);
      why = fault.code === 'internal/deadline' ? new Fault('port/open-timeout') : fault;
    }
    why = ending.fault ?? why;
    const { parting } = ending;
    this.#attempts = this.#isGood(attempt, openedAt, parting) ? 0 : this.#attempts + 1;
    this.#latencyTimer = null;
    try {
      if (parting) parted?.();
      else {
        this.#parted = false;
        closed(why);
      }
    } finally {
      // with any mistake of its listeners: an object that stays open keeps the port from the next one
      this.#within(CLOSE_LIMIT);
      await attempt.port.close();
    }
    if (parting !== undefined && parting !== 'renew') this.#partings += 1;
    if (signal.aborted) return undefined;
    if (parting) log.debug('port closed in order');
    else log.warn(openedAt === undefined ? 'port not opened' : 'port closed', {}, why);
    return parting;
  }

  /**
   * The listener of the port is called by the operating system's events, where a throw would end the process. A mistake
   * in it costs this port an opening: the listener of the next one begins anew.
   */
  #contained(line: PortListener): PortListener {
    const guarded = (call: () => void) => {
      try {
        call();
      } catch (thrown) {
        this.reopen(new Fault('internal/unexpected', undefined, thrown));
      }
    };
    return {
      bytes: (chunk) => guarded(() => line.bytes(chunk)),
      lost: (fault) => guarded(() => line.lost(fault)),
    };
  }

  #newEnding(): Ending {
    const ending: Ending = { controller: new AbortController(), fault: undefined, parting: undefined };
    this.#ending = ending;
    return ending;
  }

  #tellLatency({ port }: Attempt, again: boolean): void {
    const latencyTimerMs = port.latencyTimerMs ?? null;
    this.#latencyTimer = latencyTimerMs;
    if (latencyTimerMs !== null && latencyTimerMs > LEAST_LATENCY_MS && !again)
      this.#options.log.warn('port slow', { latencyTimerMs }, new Fault('port/slow-adapter'));
    if (port.lacksModemLines && !again) this.#options.log.warn('port lines', {}, new Fault('port/no-modem-lines'));
  }

  /** The opening was of use: a port that comes and goes is tried ever more rarely, but not a server that hangs up. */
  #isGood({ line }: Attempt, openedAt: Instant | undefined, parting: Parting | undefined): boolean {
    if (openedAt === undefined) return false;
    return (parting !== undefined && line.heard) || this.#options.clock.now() - openedAt >= STEADY;
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

  /** Until something is due. */
  async #rest(): Promise<void> {
    const { clock, tick } = this.#options;
    const { controller } = this.#newEnding();
    this.#resting = true;
    try {
      while (!this.#demanded) {
        this.#within(LOOK_INTERVAL);
        await clock.sleep(LOOK_INTERVAL, controller.signal);
        tick();
      }
    } catch {
      // told to go on at once
    } finally {
      this.#resting = false;
    }
  }

  async #pause(): Promise<void> {
    const { clock, reopenMin, reopenMax, random } = this.#options;
    const ending = this.#newEnding();
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
