import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Supervisor } from '../../clock/supervisor.ts';
import type { Disk } from '../../files/disk.ts';
import type { Holder } from '../../files/lock.ts';
import type { Log } from '../../log/log.ts';
import type { Deflate } from '../blocks/deflating.ts';
import type { WhenFull } from '../memory-outbox.ts';

/** A file system that does not answer must not hold the stop. */
export const CLOSE_LIMIT = milliseconds(2_500);
/** Nor the start. */
export const OPEN_LIMIT = milliseconds(5_000);

export interface DiskOutboxSetup {
  readonly directory: string;
  /** Bound of what is in the folder, and of what waits in memory to get there, together. */
  readonly maxBytes: number;
  readonly whenFull: WhenFull;
  /** A reading that is not acknowledged by then is on disk. */
  readonly syncInterval: Duration;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  readonly disk?: Disk;
  readonly deflate?: Deflate;
  readonly holder?: Holder;
  readonly supervisor?: Supervisor | undefined;
}
