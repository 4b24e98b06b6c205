import type { Instant } from '../clock/clock.ts';

/** So many damaged frames within so long are a storm: a loose wire, a drive's noise, another speed. */
const STORM = { frames: 10, within: 60_000 };
/** Looks that are remembered; the tick is slower. */
const MOST_LOOKS = 120;

/** Says when damaged frames begin to come in numbers, once for each storm. */
export class ChecksumStorm {
  #looks: { readonly at: Instant; readonly count: number }[] = [];
  #isOn = false;

  /**
   * @param count damaged frames so far
   * @returns whether a storm begins now
   */
  look(count: number, at: Instant): boolean {
    this.#looks = [...this.#looks.filter((look) => at - look.at <= STORM.within), { at, count }].slice(-MOST_LOOKS);
    const isOn = count - (this.#looks[0]?.count ?? count) >= STORM.frames;
    const begins = isOn && !this.#isOn;
    this.#isOn = isOn;
    return begins;
  }
}
