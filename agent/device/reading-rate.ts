import type { Sample } from '../../drivers/contract/reading.ts';
import type { Clock } from '../clock/clock.ts';
import { TokenBucket } from '../clock/token-bucket.ts';

/**
 * Bounds how many readings a device gives that talks by itself. Samples beyond the bound are kept, of each point the newest,
 * and go out together as soon as the bound allows. So an older value of a point may be lost, the newest never is.
 */
export class ReadingRate {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #give: (samples: readonly Sample[]) => void;
  /** The samples that wait, by point. */
  readonly #held = new Map<string, Sample>();
  #callOff: (() => void) | undefined;
  #thinned = 0;

  /** @param perSecond at least 1; @param give must not throw */
  constructor(clock: Clock, perSecond: number, give: (samples: readonly Sample[]) => void) {
    this.#clock = clock;
    // a second's worth may come at once: a receiver sends all sentences of a moment in one go
    this.#bucket = new TokenBucket({ burst: perSecond, perSecond }, clock.now());
    this.#give = give;
  }

  /** Readings that did not go out by themselves but as part of a later one. */
  get thinned(): number {
    return this.#thinned;
  }

  /** The samples of one frame. Given on before this returns, or later with those of the frames that follow. */
  take(samples: readonly Sample[]): void {
    if (this.#callOff === undefined && this.#bucket.has(this.#clock.now())) {
      this.#pass(samples);
      return;
    }
    if (this.#callOff === undefined) this.#callOff = this.#clock.at(this.#bucket.readyAt(1), () => this.flush());
    else this.#thinned += 1;
    for (const sample of samples) this.#held.set(sample.point, sample);
  }

  /** Gives on the samples that wait, if any do, without a regard to the bound: the next ones must not overtake them. */
  flush(): void {
    if (this.#callOff === undefined) return;
    this.#callOff();
    this.#callOff = undefined;
    const samples = [...this.#held.values()];
    this.#held.clear();
    this.#pass(samples);
  }

  #pass(samples: readonly Sample[]): void {
    this.#bucket.spend(this.#clock.now());
    this.#give(samples);
  }
}
