import type { Fault } from '../../drivers/contract/fault.ts';
import type { Sample } from '../../drivers/contract/reading.ts';
import type { Log } from '../log/log.ts';
import type { DeviceEvents } from './events.ts';

/**
 * What the devices tell, for the log: each change of availability with its reason, so that it is known on site also
 * while the broker is away; at debug every poll and frame. Of a reading only how many values it had.
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
}
