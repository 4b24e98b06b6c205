import type { Instant } from '../clock/clock.ts';

const SLOTS = 60;
const SLOT = 1000;

/** Share of the last minute in which the line was in use, in one-second slots: bounded memory, no timer. */
export class Utilisation {
  readonly #busy = new Float64Array(SLOTS);
  readonly #slotOf = new Float64Array(SLOTS).fill(-1);
  readonly #since: Instant;
  /** All until then is counted. */
  #until: Instant = Number.NEGATIVE_INFINITY;

  constructor(now: Instant) {
    this.#since = now;
  }

  /**
   * The line was in use from one instant to the other (silence that the protocol asks for included). To be told in the
   * order of time; a time that was told before counts once, as an operation may begin in the silence of the one before.
   */
  add(from: Instant, to: Instant): void {
    const start = Math.max(from, this.#until, to - SLOTS * SLOT);
    this.#until = Math.max(this.#until, to);
    for (let at = start; at < to; ) {
      const slot = Math.floor(at / SLOT);
      const end = Math.min(to, (slot + 1) * SLOT);
      const index = slot % SLOTS;
      if (this.#slotOf[index] !== slot) {
        this.#slotOf[index] = slot;
        this.#busy[index] = 0;
      }
      this.#busy[index] = (this.#busy[index] ?? 0) + (end - at);
      at = end;
    }
  }

  /** 0 to 1, over the last minute or since the start if that is shorter. */
  share(now: Instant): number {
    const current = Math.floor(now / SLOT);
    let busy = 0;
    for (let index = 0; index < SLOTS; index++) {
      const slot = this.#slotOf[index] ?? -1;
      if (slot >= 0 && current - slot < SLOTS) busy += this.#busy[index] ?? 0;
    }
    const window = Math.min(now - this.#since, SLOTS * SLOT);
    return window <= 0 ? 0 : Math.min(1, busy / window);
  }
}
