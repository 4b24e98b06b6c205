import type { Fault } from '../../drivers/contract/fault.ts';
import type { Sample } from '../../drivers/contract/reading.ts';
import type { Log } from '../log/log.ts';
import type { DriverCall } from './driver-calls.ts';
import type { DeviceEvents } from './events.ts';
import type { PointNews } from './polling/unreadable.ts';

/** Points of one device that get a line of their own at once; the status lists more. */
const MOST_LINES = 8;

/**
 * The devices' events, for the log: each change of availability with its reason, so that it is known on site also while
 * the broker is away; at debug every poll and frame. Of a reading only how many values it had.
 */
export class EventLog implements DeviceEvents {
  readonly #log: Log;
  readonly #faults = new Map<string, Fault>();

  constructor(log: Log) {
    this.#log = log;
  }

  samples(device: string, samples: readonly Sample[]): void {
    this.#log.debug('device answered', { device, values: samples.length });
  }

  failed(device: string, fault: Fault): void {
    this.#faults.set(device, fault);
    this.#log.debug('device failed', { device }, fault);
  }

  availability(device: string, online: boolean): void {
    if (online) this.#log.info('device online', { device });
    else this.#log.warn('device offline', { device }, this.#faults.get(device));
  }

  threw(device: string, call: DriverCall, fault: Fault): void {
    this.#log.error('driver failed', { device, call }, fault);
  }

  points(device: string, { lost, back }: PointNews): void {
    for (const [point, fault] of lost.slice(0, MOST_LINES)) {
      this.#log.warn('point cannot be read', { device, point }, fault);
    }
    if (lost.length > MOST_LINES) {
      this.#log.warn('more points cannot be read', { device, points: lost.length - MOST_LINES });
    }
    for (const point of back.slice(0, MOST_LINES)) this.#log.info('point can be read again', { device, point });
    if (back.length > MOST_LINES) {
      this.#log.info('more points can be read again', { device, points: back.length - MOST_LINES });
    }
  }
}
