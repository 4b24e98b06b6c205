import { milliseconds } from '../../drivers/contract/duration.ts';
import type { Clock, Instant } from '../clock/clock.ts';

/**
 * The one timer behind all deadlines of a throttle. An alarm that is set too early is left alone: its owner looks
 * again when it rings. So an exchange of 3 ms does not set and clear timers for limits of seconds.
 */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at: Instant = Number.POSITIVE_INFINITY;
  #armed: AbortController | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at this instant or earlier, once. */
  set(at: Instant): void {
    if (this.#at <= at) return;
    this.#armed?.abort();
    const armed = new AbortController();
    this.#armed = armed;
    this.#at = at;
    const wait = milliseconds(Math.max(0, at - this.#clock.now()));
    this.#clock.sleep(wait, armed.signal).then(
      () => this.#rung(armed),
      () => undefined,
    );
  }

  /** Never rings again. */
  stop(): void {
    this.#at = Number.NEGATIVE_INFINITY;
    this.#armed?.abort();
    this.#armed = undefined;
  }

  #rung(armed: AbortController): void {
    if (this.#armed !== armed) return;
    this.#armed = undefined;
    this.#at = Number.POSITIVE_INFINITY;
    this.#ring();
  }
}
