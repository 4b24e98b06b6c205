import type { Duration } from '../../drivers/contract/duration.ts';
import type { LineTiming, Port } from '../../drivers/contract/port.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { Log } from '../log/log.ts';

export interface BusOptions {
  readonly id: string;
  /** As configured. */
  readonly timing: LineTiming;
  /** The adapter returns what is sent. */
  readonly echo: boolean;
  /** Silence between two operations; the line's own is kept in any case. */
  readonly gap: Duration;
  readonly maxQueue: number;
  readonly maxWait: Duration;
  readonly maxRun: Duration;
  readonly commandBurst: number;
  readonly reopenMin: Duration;
  readonly reopenMax: Duration;
  /** Nothing is sent so long after the opening; absent: only the line's own silence. */
  readonly settle?: Duration;
  /** A connection on which nothing was said for so long is closed until something is due; absent or 0: never. */
  readonly idleClose?: Duration;
  /** A port from which nothing came for so long, though something should have, is opened anew; absent or 0: never. */
  readonly silentReopen?: Duration;
  readonly createPort: () => Port;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: one of its own, which nobody asks what is stuck. */
  readonly supervisor?: Supervisor | undefined;
  readonly random: () => number;
}
