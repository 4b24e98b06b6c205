import type { Clock, Instant } from './clock.ts';

/**
 * One timer behind deadlines that are set and called off many times a second. An alarm that is set too early is left
 * alone: its owner looks again when it rings. So an exchange of 3 ms sets and clears no timer for its limit of seconds.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at: Instant = Number.POSITIVE_INFINITY;
  #callOff: (() => void) | undefined;

  /** @param ring must not throw */
  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at this instant or earlier, once; never before this returns. */
  set(at: Instant): void {
    if (this.#at <= at) return;
    this.#callOff?.();
    this.#at = at;
    this.#callOff = this.#clock.at(at, () => this.#rung());
  }

  /** Never rings again. */
  stop(): void {
    this.#at = Number.NEGATIVE_INFINITY;
    this.#callOff?.();
    this.#callOff = undefined;
  }

  #rung(): void {
    this.#callOff = undefined;
    this.#at = Number.POSITIVE_INFINITY;
    this.#ring();
  }
}
