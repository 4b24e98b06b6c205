import { toFault } from '../../drivers/contract/fault.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import type { Teller } from './teller.ts';

/**
 * The availability of the devices, retained at the broker: told on each change, and all of them after each connect. A
 * device is offline until it has been heard in this run: the word that a killed agent left at the broker must not
 * outlive it, and while nobody listened the device was not available. After a clean stop the broker has `offline`
 * already.
 */
export class Availability {
  readonly #link: Link;
  readonly #publisher: Teller;
  readonly #log: Log;
  readonly #supervisor: Supervisor;
  readonly #online = new Map<string, boolean>();
  readonly #stopping = new AbortController();

  constructor(devices: Iterable<string>, link: Link, publisher: Teller, log: Log, supervisor: Supervisor) {
    for (const device of devices) this.#online.set(device, false);
    this.#link = link;
    this.#publisher = publisher;
    this.#log = log;
    this.#supervisor = supervisor;
  }

  changed(device: string, online: boolean): void {
    if (this.#online.get(device) === online) return;
    this.#online.set(device, online);
    if (this.#link.connected) this.#tell(device, online);
  }

  connected(): void {
    for (const [device, online] of this.#online) this.#tell(device, online);
  }

  #tell(device: string, online: boolean): void {
    void this.#supervisor.errand('device availability', () => this.#send(device, online));
  }

  /** An agent that stops hears its devices no longer: retained words must not say otherwise. */
  async stop(signal: AbortSignal): Promise<void> {
    const sent: Promise<void>[] = [];
    for (const [device, online] of this.#online) {
      this.#online.set(device, false);
      if (online && this.#link.connected) sent.push(this.#send(device, false));
    }
    const end = () => this.#stopping.abort();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    await Promise.all(sent);
    signal.removeEventListener('abort', end);
    end();
  }

  async #send(device: string, online: boolean): Promise<void> {
    try {
      await this.#publisher.tell({ kind: 'availability', device, online }, this.#stopping.signal);
    } catch (thrown) {
      // while disconnected there is nothing to tell: it is sent again after the connect
      if (!this.#link.connected || this.#stopping.signal.aborted) return;
      this.#log.warn('device availability not published', { device }, toFault(thrown));
    }
  }
}
