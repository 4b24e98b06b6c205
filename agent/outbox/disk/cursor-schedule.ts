import type { Duration } from '../../../drivers/contract/duration.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import type { Spool } from './spool.ts';

/** When the cursor is written: once an interval at most, because it spares the next start some repeats and nothing else. */
export class CursorSchedule {
  readonly #side: Spool;
  readonly #clock: Clock;
  readonly #interval: Duration;
  #writtenAt: Instant = 0;
  #isOld = false;

  constructor(side: Spool, clock: Clock, interval: Duration) {
    this.#side = side;
    this.#clock = clock;
    this.#interval = interval;
  }

  /** Whether what it says is out of date. */
  get isOld(): boolean {
    return this.#isOld;
  }

  /** Something was acknowledged. */
  passed(): void {
    this.#isOld = !this.#side.backlog.isEmpty;
  }

  /** @param isLast whether there will be no later time for it */
  isDue(isLast: boolean): boolean {
    const { backlog } = this.#side;
    // a cursor says that everything before it is done
    if (!this.#isOld || backlog.hasAside) return false;
    const [oldest] = backlog.live;
    if (oldest === undefined || oldest.passed === 0) return false;
    return isLast || this.#clock.now() - this.#writtenAt >= this.#interval;
  }

  async write(): Promise<void> {
    this.#isOld = false;
    this.#writtenAt = this.#clock.now();
    await this.#side.writeCursor();
  }
}
