import type { Sample } from '../../drivers/contract/reading.ts';
import type { Clock, Instant } from '../clock/clock.ts';

/** So many milliseconds' worth of readings may come at once: a receiver sends all sentences of a moment in one go. */
const BURST = 1000;

/**
 * Bounds how many readings a device gives that talks by itself. Samples beyond the bound are kept, of each point the newest,
 * and go out together as soon as the bound allows. So an older value of a point may be lost, the newest never is.
 */
export class ReadingRate {
  readonly #clock: Clock;
  /** Milliseconds that one reading costs. */
  readonly #each: number;
  readonly #give: (samples: readonly Sample[]) => void;
  /** When everything that was given has been earned. */
  #earnedAt: Instant = Number.NEGATIVE_INFINITY;
  /** What waits, by point. */
  readonly #held = new Map<string, Sample>();
  #callOff: (() => void) | undefined;
  #thinned = 0;

  /** @param perSecond at least 1; @param give must not throw */
  constructor(clock: Clock, perSecond: number, give: (samples: readonly Sample[]) => void) {
    this.#clock = clock;
    this.#each = 1000 / perSecond;
    this.#give = give;
  }

  /** Readings that did not go out by themselves but as part of a later one. */
  get thinned(): number {
    return this.#thinned;
  }

  /** The samples of one frame. Given on before this returns, or later with those of the frames that follow. */
  take(samples: readonly Sample[]): void {
    const now = this.#clock.now();
    const freeAt = Math.max(this.#earnedAt, now) + this.#each - BURST;
    if (this.#callOff === undefined && freeAt <= now) {
      this.#pass(samples);
      return;
    }
    if (this.#callOff === undefined) this.#callOff = this.#clock.at(freeAt, () => this.flush());
    else this.#thinned += 1;
    for (const sample of samples) this.#held.set(sample.point, sample);
  }

  /** Gives on what waits, if anything does, without a regard to the bound: what comes next must not overtake it. */
  flush(): void {
    if (this.#callOff === undefined) return;
    this.#callOff();
    this.#callOff = undefined;
    const samples = [...this.#held.values()];
    this.#held.clear();
    this.#pass(samples);
  }

  #pass(samples: readonly Sample[]): void {
    this.#earnedAt = Math.max(this.#earnedAt, this.#clock.now()) + this.#each;
    this.#give(samples);
  }
}
