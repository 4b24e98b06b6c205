import { Fault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Log } from '../log/log.ts';
import type { LinkStatus, LinkTerms } from './link.ts';
import type { CertificateStatus } from './renewal/certificate-end.ts';

/** Ends that we chose, while all was well. */
const OF_OUR_OWN: ReadonlyMap<FaultCode, string> = new Map([
  ['link/returning', 'fallback broker left'],
  ['link/renewed', 'certificates renewed'],
]);

/** The course of the attempts and connections: for the status and the log. */
export class LinkHistory {
  readonly #log: Log;
  #broker: number | null = null;
  #connectedSince: number | null = null;
  #connections = 0;
  #takeovers = 0;
  #fault: Fault | null = null;
  #lastFault: Fault | null = null;
  #tooLarge = 0;
  /** Brokers that are known to keep nothing, and those that take no more than QoS 0: each told once. */
  readonly #toldKeepsNothing = new Set<number>();
  readonly #toldUnsure = new Set<number>();
  /** The faults that have been told of each broker since the last connection. */
  readonly #told = new Map<number, FaultCode>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** @param wall milliseconds since 1970 */
  connected(broker: number, wall: number, { version, retained, maximumQos }: LinkTerms): void {
    this.#broker = broker;
    this.#connectedSince = wall;
    this.#connections += 1;
    this.#fault = null;
    this.#told.clear();
    this.#log.info('broker connected', { broker, version, reconnects: this.#connections - 1 });
    const keepsNothing = new Fault('link/no-retain');
    if (isNews(this.#toldKeepsNothing, broker, !retained)) {
      this.#log.warn('broker keeps no retained messages', { broker }, keepsNothing);
    }
    if (isNews(this.#toldUnsure, broker, maximumQos === 0)) {
      this.#log.warn('broker acknowledges nothing: readings may be lost on the way', { broker });
    }
  }

  /** A message was not sent for its size. */
  tooLarge(): void {
    this.#tooLarge += 1;
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
    const own = OF_OUR_OWN.get(fault.code);
    if (own !== undefined) {
      this.#log.info(own, { broker });
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

  status(connected: boolean, terms: LinkTerms | null, denied: number, certificate: CertificateStatus): LinkStatus {
    return {
      connected,
      connectedSince: this.#connectedSince,
      reconnects: Math.max(0, this.#connections - 1),
      fault: this.#fault,
      lastFault: this.#lastFault,
      takeovers: this.#takeovers,
      broker: this.#broker,
      terms,
      tooLarge: this.#tooLarge,
      denied,
      certificate,
    };
  }
}

/** Whether it holds of this broker now, and had not been told. */
function isNews(told: Set<number>, broker: number, holds: boolean): boolean {
  if (!holds) {
    told.delete(broker);
    return false;
  }
  const news = !told.has(broker);
  told.add(broker);
  return news;
}
