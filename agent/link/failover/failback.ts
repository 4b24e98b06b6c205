import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import type { Clock } from '../../clock/clock.ts';

/** A first broker that answers but can't be stayed at is gone back to ever more rarely, up to this. */
const LONGEST = 3_600_000;

/**
 * When a fallback is left for the first broker: it is looked at, at intervals drawn from half to one and a half of the
 * given one, so that a fleet does not go back as one. Each return that does not last doubles the interval.
 */
export class Failback {
  readonly #clock: Clock;
  readonly #least: number;
  readonly #random: () => number;
  #interval: number;

  /** @param random 0 to 1, as `Math.random` */
  constructor(clock: Clock, least: Duration, random: () => number) {
    this.#clock = clock;
    this.#least = least;
    this.#random = random;
    this.#interval = least;
  }

  /**
   * Settles once the first broker answers.
   * @param looks whether it does; must be bounded and must not throw
   * @throws Fault `internal/cancelled` (the signal)
   */
  async open(looks: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    do {
      await this.#clock.sleep(milliseconds(this.#interval * (0.5 + this.#random())), signal);
    } while (!(await looks()));
    this.#interval = Math.min(this.#interval * 2, Math.max(this.#least, LONGEST));
  }

  /** @param lasted how long a connection to the first broker was up */
  stayed(lasted: number): void {
    if (lasted >= this.#least) this.#interval = this.#least;
  }
}
