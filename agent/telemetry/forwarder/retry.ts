import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import { backoff } from '../../clock/backoff.ts';
import type { Clock } from '../../clock/clock.ts';

const LEAST = milliseconds(1000);
const MOST = milliseconds(60_000);

/** Waits ever longer before a reading that the broker refused is tried again. */
export class Retry {
  /** Why the broker refused it; null while it takes what it gets. */
  fault: Fault | null = null;
  readonly #clock: Clock;
  readonly #random: () => number;
  #attempt = 0;
  #callOff: (() => void) | undefined;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  get waiting(): boolean {
    return this.#callOff !== undefined;
  }

  /** Calls once the wait is over, unless it is called off. */
  begin(call: () => void): void {
    if (this.waiting) return;
    const wait = backoff(this.#attempt, LEAST, MOST, this.#random());
    this.#attempt += 1;
    this.#callOff = this.#clock.at(this.#clock.now() + wait, () => {
      this.#callOff = undefined;
      call();
    });
  }

  callOff(): void {
    this.#callOff?.();
    this.#callOff = undefined;
  }

  /** The broker takes it. */
  over(): void {
    this.#attempt = 0;
    this.fault = null;
  }
}
