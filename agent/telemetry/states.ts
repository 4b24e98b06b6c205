import { milliseconds } from '../../drivers/contract/duration.ts';
import { toFault } from '../../drivers/contract/fault.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { Supervisor } from '../clock/supervisor.ts';
import type { DeviceState } from '../convention/convention.ts';
import type { Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import type { DeviceReport } from './device-report.ts';
import type { Teller } from './teller.ts';

/** The least time between two states of one device. */
export const PERIOD = 1000;

/** A value is too old one millisecond after the last instant at which it is not. */
const BEYOND = 1;

interface State {
  readonly report: DeviceReport;
  /** Plain values that the broker has. */
  readonly told: Map<string, string>;
  /** Wall clock of the newest sample; undefined before the first. */
  wall: number | undefined;
  sentAt: Instant;
  /** Changed since it was sent. */
  dirty: boolean;
  /** The broker took none of its size, and that was told. */
  tooLarge: boolean;
  /** The first of the values that were sent is too old after this. */
  freshUntil: Instant;
}

export interface StatesSetup {
  readonly reports: Iterable<DeviceReport>;
  readonly link: Link;
  readonly publisher: Teller;
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor?: Supervisor | undefined;
  /** Whether each value is told by itself too. */
  readonly values?: boolean | undefined;
}

/**
 * The newest values of each device, retained, at most once a second and the last of each second for certain. A value
 * that nobody renews is taken back when it is too old, though nothing else changes.
 */
export class States {
  readonly #link: Link;
  readonly #publisher: Teller;
  readonly #values: boolean;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #supervisor: Supervisor;
  readonly #states: ReadonlyMap<string, State>;
  readonly #stopping = new AbortController();
  #sleeping = false;

  constructor({ reports, link, publisher, clock, log, supervisor, values = false }: StatesSetup) {
    this.#link = link;
    this.#publisher = publisher;
    this.#values = values;
    this.#log = log;
    this.#supervisor = supervisor ?? new Supervisor({ clock, log });
    this.#clock = clock;
    const states = Array.from(reports, (report): [string, State] => {
      return [
        report.id,
        {
          report,
          told: new Map(),
          wall: undefined,
          sentAt: Number.NEGATIVE_INFINITY,
          dirty: false,
          tooLarge: false,
          freshUntil: Number.POSITIVE_INFINITY,
        },
      ];
    });
    this.#states = new Map(states);
  }

  /** New samples came. */
  changed(device: string, now: Instant, wall: number): void {
    const state = this.#states.get(device);
    if (state === undefined) return;
    state.wall = wall;
    state.dirty = true;
    if (!this.#link.connected) return;
    if (now - state.sentAt >= PERIOD) this.#send(state, now);
    else this.#wakeIn(state.sentAt + PERIOD - now);
  }

  /** The broker's copy may be old: it gets the newest, once. */
  connected(): void {
    const now = this.#clock.now();
    for (const state of this.#states.values()) {
      state.told.clear();
      if (state.wall !== undefined) this.#send(state, now);
    }
  }

  /** The last values do not wait for their second. */
  stop(): void {
    if (this.#link.connected)
      for (const state of this.#states.values()) if (state.dirty) this.#send(state, this.#clock.now());
    this.#stopping.abort();
  }

  #send(state: State, now: Instant): void {
    const { report, told, wall } = state;
    if (wall === undefined) return;
    const { members, until } = report.newest(now);
    state.dirty = false;
    state.sentAt = now;
    state.freshUntil = until;
    if (until < Number.POSITIVE_INFINITY) this.#wakeIn(until + BEYOND - now);
    const plain = this.#values ? [...report.newestOfEach(now)].filter(([point, text]) => told.get(point) !== text) : [];
    for (const [point, text] of plain) told.set(point, text);
    void this.#supervisor.errand('device states', () => this.#publish(state, { wall, members, plain }));
  }

  async #publish(state: State, newest: DeviceState): Promise<void> {
    const device = state.report.id;
    try {
      await this.#publisher.tell({ kind: 'state', device, state: newest }, this.#stopping.signal);
    } catch (thrown) {
      for (const [point] of newest.plain) state.told.delete(point);
      // the next one may be shorter; this one is counted by the link
      if (toFault(thrown).code === 'link/too-large') {
        if (!state.tooLarge) this.#log.error('state too large', { device }, toFault(thrown));
        state.tooLarge = true;
        return;
      }
      state.dirty = true;
      if (this.#link.connected) this.#wakeIn(PERIOD);
    }
  }

  /** One sleeper for all devices. */
  #wakeIn(wait: number): void {
    if (this.#sleeping || this.#stopping.signal.aborted) return;
    this.#sleeping = true;
    void this.#supervisor.errand('device states', () => this.#sleep(wait));
  }

  async #sleep(wait: number): Promise<void> {
    try {
      await this.#clock.sleep(milliseconds(Math.min(PERIOD, Math.max(0, wait))), this.#stopping.signal);
    } catch {
      return;
    } finally {
      this.#sleeping = false;
    }
    const now = this.#clock.now();
    for (const state of this.#states.values()) if (now > state.freshUntil) state.dirty = true;
    this.#sendDue(now);
    let next = Number.POSITIVE_INFINITY;
    for (const { dirty, sentAt, freshUntil } of this.#states.values()) {
      next = Math.min(next, dirty ? sentAt + PERIOD : freshUntil + BEYOND);
    }
    // without a connection nothing can be sent, and all is sent after the next connect
    if (this.#link.connected && Number.isFinite(next)) this.#wakeIn(next - now);
  }

  #sendDue(now: Instant): void {
    if (!this.#link.connected) return;
    for (const state of this.#states.values()) {
      if (state.dirty && now - state.sentAt >= PERIOD) this.#send(state, now);
    }
  }
}
