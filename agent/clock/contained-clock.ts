import type { Duration } from '../../drivers/contract/duration.ts';
import type { Clock, Instant } from './clock.ts';
import type { Supervisor } from './supervisor.ts';

/** The clock of all parts of the agent: a call at an instant that throws is told, and ends nothing. */
export class ContainedClock implements Clock {
  readonly #clock: Clock;
  readonly #supervisor: Supervisor;

  constructor(clock: Clock, supervisor: Supervisor) {
    this.#clock = clock;
    this.#supervisor = supervisor;
  }

  now(): Instant {
    return this.#clock.now();
  }

  wall(): number {
    return this.#clock.wall();
  }

  sleep(wait: Duration, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(wait, signal);
  }

  at(instant: Instant, call: () => void): () => void {
    return this.#clock.at(instant, () => this.#supervisor.guard('timer', call));
  }

  until(instant: Instant, signal: AbortSignal): Promise<void> {
    return this.#clock.until(instant, signal);
  }
}
