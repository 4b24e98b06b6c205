import type { Clock, Instant } from '../../clock/clock.ts';

/** One call at an instant; while one is set, further ones are not needed. */
export class Wake {
  readonly #clock: Clock;
  readonly #call: () => void;
  #callOff: (() => void) | undefined;

  constructor(clock: Clock, call: () => void) {
    this.#clock = clock;
    this.#call = call;
  }

  get isSet(): boolean {
    return this.#callOff !== undefined;
  }

  at(instant: Instant): void {
    if (this.isSet) return;
    this.#callOff = this.#clock.at(instant, () => {
      this.#callOff = undefined;
      this.#call();
    });
  }

  callOff(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }
}
