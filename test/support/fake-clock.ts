import type { Clock, Instant } from '../../agent/clock/clock.ts';
import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';

interface Sleeper {
  readonly at: Instant;
  wake(): void;
}

/** Taken at load, so that fake timers of a test runner can not replace it. */
const nextTurn = setImmediate;

/** Lets every microtask that is ready, and every one that these make ready, run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => nextTurn(resolve));
}

/** Time that moves only when a test says so. `sleep`, `at` and `until` all end at their exact instant. */
export class FakeClock implements Clock {
  #now: Instant;
  #wallOffset: number;
  #sleepers: Sleeper[] = [];

  /** @param wall wall clock at the start, milliseconds since 1970 */
  constructor(wall: number = Date.UTC(2026, 10, 23, 10, 15), now: Instant = 1000) {
    this.#now = now;
    this.#wallOffset = wall - now;
  }

  now(): Instant {
    return this.#now;
  }

  /** Moves along with `now`, from wherever it was set last. */
  wall(): number {
    return this.#now + this.#wallOffset;
  }

  /** A jump of the wall clock; the monotonic one does not notice. */
  setWall(wall: number): void {
    this.#wallOffset = wall - this.#now;
  }

  /** How many waits are open: 0 after a clean stop. */
  get pending(): number {
    return this.#sleepers.length;
  }

  /** When the next wait ends, or undefined where none is open. */
  get nextAt(): Instant | undefined {
    return this.#sleepers[0]?.at;
  }

  sleep(wait: Duration, signal: AbortSignal): Promise<void> {
    return this.#wait(this.#now + milliseconds(wait), signal);
  }

  at(instant: Instant, call: () => void): () => void {
    milliseconds(Math.max(0, instant - this.#now));
    const sleeper: Sleeper = { at: instant, wake: () => this.#drop(sleeper, call) };
    this.#insert(sleeper);
    return () => this.#drop(sleeper, () => {});
  }

  async until(instant: Instant, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new Fault('internal/cancelled');
    const rest = instant - this.#now;
    if (rest <= 0) return;
    milliseconds(rest);
    await this.#wait(instant, signal);
  }

  /**
   * Moves time on. Waits end in the order of their instants (then of their making), each at its own instant, and
   * everything that follows from one has run before the next ends. Waits made meanwhile count too.
   */
  async advance(span: number): Promise<void> {
    const target = this.#now + span;
    await settle();
    for (let next = this.#sleepers[0]; next !== undefined && next.at <= target; next = this.#sleepers[0]) {
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await settle();
    }
    this.#now = target;
  }

  async #wait(at: Instant, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw new Fault('internal/cancelled');
    let sleeper: Sleeper | undefined;
    let cancel: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        sleeper = { at, wake: () => this.#drop(sleeper, resolve) };
        cancel = () => this.#drop(sleeper, () => reject(new Fault('internal/cancelled')));
        signal.addEventListener('abort', cancel);
        this.#insert(sleeper);
      });
    } finally {
      if (cancel !== undefined) signal.removeEventListener('abort', cancel);
    }
  }

  #insert(sleeper: Sleeper): void {
    const later = this.#sleepers.findIndex((other) => other.at > sleeper.at);
    this.#sleepers.splice(later < 0 ? this.#sleepers.length : later, 0, sleeper);
  }

  #drop(sleeper: Sleeper | undefined, then: () => void): void {
    this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
    then();
  }
}
