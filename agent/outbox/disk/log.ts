import { Fault } from '../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import type { Log } from '../../log/log.ts';

/** One line in the log whenever it changes whether readings survive a power cut, and whenever some are lost. */
export class OutboxLog {
  readonly #log: Log;
  #wasDurable: boolean | undefined;
  #fault: FaultCode | null = null;
  #damaged = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  durable(isDurable: boolean, fault: FaultCode | null, held: number): void {
    if (isDurable === this.#wasDurable && fault === this.#fault) return;
    // before the first word of the disk there is nothing to tell
    if (!isDurable && fault === null) return;
    this.#wasDurable = isDurable;
    this.#fault = fault;
    if (isDurable) this.#log.info('outbox durable', { held });
    else this.#log.warn('outbox not durable', { held }, fault === null ? undefined : new Fault(fault));
  }

  damaged(readings: number): void {
    if (readings === this.#damaged) return;
    this.#log.warn('outbox damaged', { lost: readings - this.#damaged }, new Fault('outbox/damaged'));
    this.#damaged = readings;
  }
}
