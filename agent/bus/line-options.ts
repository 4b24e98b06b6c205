import type { Fault } from '../../drivers/contract/fault.ts';
import type { LineTiming, Port } from '../../drivers/contract/port.ts';
import type { Clock } from '../clock/clock.ts';
import type { Counters } from './counters.ts';
import type { LateAnswers } from './late-answers.ts';

export interface LineOptions {
  readonly port: Port;
  readonly clock: Clock;
  /** As configured. */
  readonly timing: LineTiming;
  /** The adapter is known to return what is sent. */
  readonly echo: boolean;
  /** Something is to come unasked: then all bytes go to `unasked`, in their order, also those that are judged as an answer. */
  readonly talks: boolean;
  readonly counters: Counters;
  readonly late: LateAnswers;
  /** Bytes that came while nothing was asked, or all of a line that talks. Valid only during the call. */
  readonly unasked: (chunk: Uint8Array) => void;
  /** Told once: the port is of no use any more. */
  readonly lost: (fault: Fault) => void;
}
