import { Fault } from '../../drivers/contract/fault.ts';

/**
 * The bytes of a device that talks by itself while nothing of them could be used, so that its silence is not told as
 * one where it talks. Counts only; knows no time.
 */
export class Heard {
  #bytes = 0;
  #passedOver = 0;
  #bad = 0;
  #lastBad: Fault | undefined;

  bytes(count: number): void {
    this.#bytes += count;
  }

  /** A sound frame that holds nothing for the device's points. */
  passedOver(): void {
    this.#passedOver += 1;
  }

  bad(fault: Fault): void {
    this.#bad += 1;
    this.#lastBad = fault;
  }

  /** Why there are no values: the last fault where most frames were bad, else what is known of those that were not. */
  verdict(): Fault {
    if (this.#lastBad && this.#bad >= this.#passedOver) return this.#lastBad;
    if (this.#passedOver > 0) return new Fault('device/passed-over', { frames: this.#passedOver });
    return new Fault(this.#bytes > 0 ? 'framing/none' : 'device/stale');
  }
}
