import type { Duration } from '../../../drivers/contract/duration.ts';
import type { Clock } from '../../clock/clock.ts';

/** So many ticks in the interval. */
const TICKS = 4;

/**
 * The records that are old enough to be written, without a stamp on each: at each tick the newest number is noted, and
 * two ticks later everything up to it is due. So a record is written when it is between a half and three quarters of
 * the interval old, which leaves a quarter for a slow disk.
 */
export class FlushSchedule {
  readonly #clock: Clock;
  readonly #interval: Duration;
  /** @returns whether there is any use in a further tick */
  readonly #onTick: () => boolean;
  readonly #newest: () => number;
  #marks: number[] = [];
  #cancel: (() => void) | undefined;
  /** Everything up to this number is to be written. */
  due = 0;

  constructor(clock: Clock, interval: Duration, newest: () => number, onTick: () => boolean) {
    this.#clock = clock;
    this.#interval = interval;
    this.#newest = newest;
    this.#onTick = onTick;
  }

  arm(): void {
    this.#cancel ??= this.#clock.at(this.#clock.now() + this.#interval / TICKS, () => this.#tick());
  }

  stop(): void {
    this.#cancel?.();
    // never armed again
    this.#cancel = () => undefined;
  }

  #tick(): void {
    this.#cancel = undefined;
    this.#marks.push(this.#newest());
    if (this.#marks.length > TICKS / 2) this.due = Math.max(this.due, this.#marks.shift() ?? 0);
    let isUseful = true;
    try {
      isUseful = this.#onTick();
    } finally {
      // also after a mistake: without ticks nothing would be written until the outbox is full
      if (isUseful) this.arm();
      else this.#marks = [];
    }
  }
}
