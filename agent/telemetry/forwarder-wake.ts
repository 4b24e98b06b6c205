import type { Clock, Instant } from '../clock/clock.ts';

/** One call at an instant; while one is set, further ones are not needed. */
export class Wake {
  readonly #clock: Clock;
  #callOff: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isSet(): boolean {
    return this.#callOff !== undefined;
  }

  at(instant: Instant, call: () => void): void {
    if (this.isSet) return;
    this.#callOff = this.#clock.at(instant, () => {
      this.#callOff = undefined;
      call();
    });
  }

  callOff(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }
}
