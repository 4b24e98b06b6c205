import type { LineTiming } from '../../drivers/contract/port.ts';
import type { Instant } from '../clock/clock.ts';

const WINDOW = 1000;
/** A kernel buffer that empties at once after a pause, or a pseudo terminal without a speed, is no flood yet. */
const ALLOWANCE = 64 * 1024;
/** Where the speed is not known: ten times what the fastest usual line carries. */
const UNKNOWN_SPEED = 4 * 1024 * 1024;

/** Tells when far more bytes come than the line can carry: then it is no serial line, and must not take the agent's time. */
export class FloodGate {
  readonly #most: number;
  #since: Instant;
  #bytes = 0;

  constructor(timing: LineTiming, now: Instant) {
    const speed = timing.characterMs > 0 ? WINDOW / timing.characterMs : UNKNOWN_SPEED;
    this.#most = 4 * speed + ALLOWANCE;
    this.#since = now;
  }

  /** @returns whether the bytes of this second are still what a line can carry */
  pass(bytes: number, now: Instant): boolean {
    if (now - this.#since >= WINDOW) {
      this.#since = now;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    return this.#bytes <= this.#most;
  }
}
