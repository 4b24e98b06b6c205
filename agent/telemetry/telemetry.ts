import type { Fault } from '../../drivers/contract/fault.ts';
import type { Sample } from '../../drivers/contract/reading.ts';
import type { Clock, ClockState, Instant } from '../clock/clock.ts';
import { Supervisor } from '../clock/supervisor.ts';
import type { Convention } from '../convention/convention.ts';
import type { DeviceDescription, DeviceEvents } from '../device/events.ts';
import type { Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { Availability } from './availability.ts';
import { DeviceReport, type NewestSample } from './device-report.ts';
import { Forwarder } from './forwarder/forwarder.ts';
import type { ForwarderStatus } from './forwarder/options.ts';
import { badReadingText, readingText, type Stamp } from './reading.ts';
import { States } from './states.ts';
import type { Teller } from './teller.ts';

/** A full outbox is told to the log this often. */
const TELL_EVERY = 60_000;

export interface TelemetrySetup {
  readonly devices: readonly DeviceDescription[];
  /** How readings are said. */
  readonly convention: Pick<Required<Convention>, 'reading'>;
  /** Tells availability and state. */
  readonly publisher: Teller;
  /** Whether each point's plain value is told too. */
  readonly values?: boolean | undefined;
  /** Made anew at each start: letters, digits and hyphens. */
  readonly boot: string;
  readonly clock: Clock;
  readonly clockWatch: { readonly state: ClockState };
  readonly sequence: { next(): number; readonly last: number };
  readonly outbox: Outbox;
  readonly link: Link;
  readonly log: Log;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  /** Of what waited for the broker, so many readings a second at the most. */
  readonly backfillPerS: number;
  readonly supervisor?: Supervisor | undefined;
}

/**
 * From samples to readings at the broker. A device's samples are filtered, stamped, put into the outbox and, while the
 * broker is there, sent in the same turn: nothing on the way of a live reading waits for a timer.
 */
export class Telemetry implements DeviceEvents {
  readonly #setup: TelemetrySetup;
  readonly #reports: ReadonlyMap<string, DeviceReport>;
  readonly #forwarder: Forwarder;
  readonly #states: States;
  readonly #availability: Availability;
  #toldFullAt: Instant = Number.NEGATIVE_INFINITY;

  /** Listens to the link and the outbox, so it is made before the one starts and the other opens. */
  constructor(setup: TelemetrySetup) {
    const { devices, publisher, clock, link, log, outbox, supervisor = new Supervisor(setup) } = setup;
    this.#setup = setup;
    this.#reports = new Map(devices.map((device) => [device.id, new DeviceReport(device)]));
    this.#forwarder = new Forwarder({ ...setup, supervisor });
    outbox.onReadable(() => this.#forwarder.pump());
    this.#states = new States({
      ...{ link, publisher, clock, log, supervisor },
      reports: this.#reports.values(),
      values: setup.values === true,
    });
    this.#availability = new Availability(this.#reports.keys(), link, publisher, log, supervisor);
    link.listen({
      connected: () => this.#connected(),
      disconnected: () => this.#forwarder.disconnected(),
    });
  }

  samples(device: string, samples: readonly Sample[]): void {
    const report = this.#reports.get(device);
    if (report === undefined || samples.length === 0) return;
    const now = this.#setup.clock.now();
    for (const { quality, members } of report.take(samples, now)) {
      this.#append(device, readingText(this.#stamp(), quality, members));
    }
    this.#forwarder.pump();
    this.#states.changed(device, now, this.#setup.clock.wall());
  }

  failed(device: string, fault: Fault): void {
    // that the agent stops is no fault of the device
    if (fault.code === 'internal/cancelled') return;
    if (!this.#reports.get(device)?.fail(fault.code, this.#setup.clock.now())) return;
    this.#append(device, badReadingText(this.#stamp(), fault.code));
    this.#forwarder.pump();
  }

  availability(device: string, online: boolean): void {
    if (this.#reports.has(device)) this.#availability.changed(device, online);
  }

  /** Tells what is retained once more: for an audience that came later than the broker. */
  again(): void {
    if (!this.#setup.link.connected) return;
    this.#availability.connected();
    this.#states.connected();
  }

  /** The newest sample of each point of a device; empty for one that is not there. */
  newest(device: string): Iterable<NewestSample> {
    return this.#reports.get(device)?.samples(this.#setup.clock.now()) ?? [];
  }

  /** The fate of readings at the broker. */
  forwarding(): ForwarderStatus {
    return this.#forwarder.status();
  }

  /** Sends what is left as long as the signal and the broker allow. Called once the devices have stopped. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#states.stop();
    await this.#forwarder.drain(signal);
    this.#forwarder.stop();
    await this.#availability.stop(signal);
  }

  /** The newest state goes first: on a slow line a long outbox takes a while. */
  #connected(): void {
    this.#availability.connected();
    this.#states.connected();
    this.#forwarder.connected(this.#setup.sequence.last);
  }

  #stamp(): Stamp {
    const { sequence, boot, clock, clockWatch } = this.#setup;
    return { seq: sequence.next(), boot, wall: clock.wall(), clock: clockWatch.state };
  }

  #append(device: string, payload: string): void {
    const { sequence, outbox, clock, log } = this.#setup;
    const dropped = outbox.append({ seq: sequence.last, device, payload });
    if (dropped === 0) return;
    const now = clock.now();
    if (now - this.#toldFullAt < TELL_EVERY) return;
    this.#toldFullAt = now;
    log.warn('outbox full', { lost: outbox.status().dropped });
  }
}
