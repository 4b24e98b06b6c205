import type { Duration } from '../../../drivers/contract/duration.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import type { OutboxReaders } from '../readers.ts';
import type { Spool } from './spool.ts';

/**
 * When the cursor is written, and the readers' places beside it where there are several: once an interval at most, because
 * they spare the next start some repeats and nothing else.
 */
export class CursorSchedule {
  readonly #side: Spool;
  readonly #readers: OutboxReaders;
  readonly #clock: Clock;
  readonly #interval: Duration;
  #writtenAt: Instant = 0;
  #isOld = false;
  #arePlacesOld = false;

  constructor(side: Spool, readers: OutboxReaders, clock: Clock, interval: Duration) {
    this.#side = side;
    this.#readers = readers;
    this.#clock = clock;
    this.#interval = interval;
  }

  /** Whether what it says is out of date. */
  get isOld(): boolean {
    return this.#isOld || this.#arePlacesOld;
  }

  /** Nobody waits any more for what did. */
  passed(): void {
    this.#isOld = !this.#side.backlog.isEmpty;
  }

  /** A reader has confirmed something, or its confirmation is on disk now. @returns whether anything is out of date */
  moved(): boolean {
    this.#arePlacesOld = this.#readers.areSeveral && !this.#side.backlog.isEmpty;
    return this.isOld;
  }

  /** @param isLast whether there will be no later time for it */
  isDue(isLast: boolean): boolean {
    // both say that everything before them is done
    if (this.#side.backlog.hasAside || !(this.#isCursorDue || this.#arePlacesDue)) return false;
    return isLast || this.#clock.now() - this.#writtenAt >= this.#interval;
  }

  async write(): Promise<void> {
    const [isCursorDue, arePlacesDue] = [this.#isCursorDue, this.#arePlacesDue];
    this.#isOld = false;
    this.#arePlacesOld = false;
    this.#writtenAt = this.#clock.now();
    if (isCursorDue) await this.#side.writeCursor();
    if (arePlacesDue) await this.#side.writePlaces(this.#readers.places);
  }

  get #isCursorDue(): boolean {
    const [oldest] = this.#side.backlog.live;
    return this.#isOld && oldest !== undefined && oldest.passed > 0;
  }

  get #arePlacesDue(): boolean {
    return this.#arePlacesOld && !this.#side.backlog.isEmpty;
  }
}
