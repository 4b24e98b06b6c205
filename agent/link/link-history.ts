import type { Fault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Log } from '../log/log.ts';
import type { LinkStatus } from './link.ts';

/** What became of the attempts and connections: for the status and the log. */
export class LinkHistory {
  readonly #log: Log;
  #broker: number | null = null;
  #connectedSince: number | null = null;
  #connections = 0;
  #takeovers = 0;
  #fault: Fault | null = null;
  #lastFault: Fault | null = null;
  /** What has been told of each broker since the last connection. */
  readonly #told = new Map<number, FaultCode>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** @param wall milliseconds since 1970 */
  connected(broker: number, wall: number): void {
    this.#broker = broker;
    this.#connectedSince = wall;
    this.#connections += 1;
    this.#fault = null;
    this.#told.clear();
    this.#log.info('broker connected', { broker, reconnects: this.#connections - 1 });
  }

  /** A connection ended. */
  disconnected(fault: Fault): void {
    this.failed(this.#broker ?? 0, fault);
    this.#broker = null;
    this.#connectedSince = null;
  }

  /** Told once for each broker and kind: a broker that is away for days is one line, not thousands. */
  failed(broker: number, fault: Fault): void {
    this.#fault = fault;
    // that we leave ourselves is no trouble
    if (fault.code === 'internal/cancelled') return;
    if (fault.code === 'link/returning') {
      this.#log.info('fallback broker left', { broker });
      return;
    }
    this.#lastFault = fault;
    const news = this.#told.get(broker) !== fault.code;
    this.#told.set(broker, fault.code);
    if (news) this.#log.warn('broker not connected', { broker }, fault);
    else this.#log.debug('broker still not connected', { broker }, fault);
  }

  takenOver(): void {
    this.#takeovers += 1;
  }

  status(connected: boolean): LinkStatus {
    return {
      connected,
      connectedSince: this.#connectedSince,
      reconnects: Math.max(0, this.#connections - 1),
      fault: this.#fault,
      lastFault: this.#lastFault,
      takeovers: this.#takeovers,
      broker: this.#broker,
    };
  }
}
