import { toFault } from '../../drivers/contract/fault.ts';
import type { Link } from '../link/link.ts';
import type { Topics } from '../link/topics.ts';
import type { Log } from '../log/log.ts';

/** Which devices are there, retained at the broker: told on each change, and all of them after each connect. */
export class Availability {
  readonly #link: Link;
  readonly #topics: Topics;
  readonly #log: Log;
  readonly #online = new Map<string, boolean>();
  readonly #stopping = new AbortController();

  constructor(link: Link, topics: Topics, log: Log) {
    this.#link = link;
    this.#topics = topics;
    this.#log = log;
  }

  changed(device: string, online: boolean): void {
    if (this.#online.get(device) === online) return;
    this.#online.set(device, online);
    if (this.#link.connected) this.#send(device, online);
  }

  connected(): void {
    for (const [device, online] of this.#online) this.#send(device, online);
  }

  stop(): void {
    this.#stopping.abort();
  }

  #send(device: string, online: boolean): void {
    const topic = this.#topics.deviceAvailability(device);
    const message = { topic, payload: online ? 'online' : 'offline', qos: 1, retain: true } as const;
    this.#link.publish(message, this.#stopping.signal).catch((thrown) => {
      // while disconnected there is nothing to tell: it is sent again after the connect
      if (this.#link.connected) this.#log.warn('device availability not published', { device }, toFault(thrown));
    });
  }
}
