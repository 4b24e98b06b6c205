import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Supervisor } from '../../clock/supervisor.ts';
import type { Convention } from '../../convention/convention.ts';
import type { Link } from '../../link/link.ts';
import type { Log } from '../../log/log.ts';
import type { Outbox } from '../../outbox/outbox.ts';

export interface ForwarderSetup {
  readonly outbox: Outbox;
  readonly link: Link;
  /** How readings are said. */
  readonly convention: Pick<Required<Convention>, 'reading'>;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  /** Of what waited, so many readings a second at the most. */
  readonly backfillPerS: number;
  readonly supervisor?: Supervisor | undefined;
}

export interface ForwarderStatus {
  /** Readings that the broker will never take (too large), given up since the start. */
  readonly refused: number;
  /** Why the broker does not take a reading now that is due; null while it takes all. */
  readonly fault: Fault | null;
}
