import { Alarm } from './alarm.ts';
import type { Clock, Instant } from './clock.ts';

/**
 * An interval that is called off and set anew many times a second, as MQTT.js does with its keepalive for each packet that
 * comes: two calls of Node's timers for each took a fiftieth of a poll. Both are noted alone; see `alarm`.
 */
export class LazyInterval {
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  #call: (() => void) | undefined;
  #every = 0;
  #due: Instant = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#alarm = new Alarm(clock, () => this.#rung());
  }

  /**
   * Calls again and again, until the next `set` or `clear`.
   * @param call must not throw
   * @param every milliseconds
   * @returns the number of the interval, as MQTT.js wants one; never 0
   */
  set(call: () => void, every: number): number {
    this.#call = call;
    this.#every = every;
    this.#wait();
    return 1;
  }

  clear(): void {
    this.#call = undefined;
  }

  /** Leaves no timer, and calls nothing any more. */
  stop(): void {
    this.clear();
    this.#alarm.stop();
  }

  #wait(): void {
    this.#due = this.#clock.now() + this.#every;
    this.#alarm.set(this.#due);
  }

  #rung(): void {
    const call = this.#call;
    if (call === undefined) return;
    if (this.#clock.now() < this.#due) {
      this.#alarm.set(this.#due);
      return;
    }
    this.#wait();
    call();
  }
}
