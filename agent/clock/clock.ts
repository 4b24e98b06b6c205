import type { Duration } from '../../drivers/contract/duration.ts';

/** A point on the monotonic clock, in milliseconds with fractions. Only differences mean anything. */
export type Instant = number;

/** Time, handed in and never global, so that tests decide what time it is. */
export interface Clock {
  /** Monotonic: never jumps, also when the wall clock does. */
  now(): Instant;
  /** Wall clock, milliseconds since 1970. For stamps only, never for intervals. */
  wall(): number;
  /**
   * Resolves no sooner than `wait` from now, to about a millisecond.
   * @throws Fault `internal/cancelled` once the signal is aborted, also if it was before
   */
  sleep(wait: Duration, signal: AbortSignal): Promise<void>;
  /**
   * Calls once, no sooner than the instant and to about a millisecond, never before this returns; at most {@link
   * LONGEST} ahead. Bytes that had come in by then are handed over before it: so a limit that passed while the event
   * loop was held up is not held against an answer that lies there. For calls that are set and called off many times a
   * second: it makes no promise and no exception.
   * @param call must not throw; in the agent a mistake in it is told and ends nothing (`contained-clock.ts`)
   * @returns calls it off; safe at any time
   */
  at(instant: Instant, call: () => void): () => void;
  /**
   * Resolves no sooner than the instant and within a fraction of a millisecond after it: for silences on a line.
   * At most {@link LONGEST} ahead.
   * @throws Fault `internal/cancelled`
   */
  until(instant: Instant, signal: AbortSignal): Promise<void>;
}

/** Whether the wall clock can be believed. `unknown`: nothing that would know can be asked without starting a program. */
export type ClockState = 'synchronized' | 'unsynchronized' | 'unknown';
