import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../log/log.ts';
import { judgeEnd, nameOf } from '../failover/blame.ts';
import type { Brokers } from '../failover/brokers.ts';
import type { Blame, UnansweredPacket } from '../failover/poison-message.ts';
import { TakeoverDetector } from '../failover/takeover-detector.ts';

export interface PublishVerdict {
  readonly blame: Blame;
  /** The fault by which the log and the status name it. */
  readonly named: Fault;
}

/** Judges the ends of connections and of attempts: the cause is a message, a twin of ours, or the broker alone. */
export class Verdicts {
  readonly #brokers: Brokers;
  readonly #kicks: TakeoverDetector;
  readonly #clock: Clock;
  readonly #log: Log;

  /** @param soon a twin of our kind comes back no later than this */
  constructor(brokers: Brokers, soon: number, clock: Clock, log: Log) {
    this.#brokers = brokers;
    this.#kicks = new TakeoverDetector(soon);
    this.#clock = clock;
    this.#log = log;
  }

  attemptFailed(): void {
    this.#kicks.failed();
  }

  /** @param unanswered what had been sent; undefined where nothing was @param lasted how long it was connected, milliseconds */
  ended(index: number, fault: Fault, unanswered: UnansweredPacket | undefined, lasted: number): PublishVerdict {
    const known = this.#brokers.at(index);
    const blame = unanswered === undefined ? 'none' : judgeEnd(known, fault, unanswered, this.#clock.now());
    if (blame !== 'none') this.#kicks.failed();
    const named = blame === 'none' ? this.#kicks.ended(fault, lasted) : nameOf(blame, fault);
    if (blame === 'size') this.#log.error('broker hangs up over large messages', { broker: index }, named);
    return { blame, named };
  }
}
