import type { Fault } from '../../drivers/contract/fault.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { ThrottleLimits } from './limits.ts';

export interface ThrottleOptions {
  readonly clock: Clock;
  readonly limits: ThrottleLimits;
  /**
   * So long before its silence is over an operation gets the line, milliseconds, at this moment; it keeps the rest of
   * the silence by itself. Nothing: not before.
   */
  readonly lead?: () => number;
  /** Hears `bus/stuck`, once each time; the line stays closed until `release`. */
  readonly onStuck: (fault: Fault) => void;
  /** Hears of mistakes in what a timer or the end of an operation leads to: there is no caller who could. */
  readonly onMistake?: (thrown: unknown) => void;
}

/** Counters since the start. */
export interface ThrottleStatus {
  readonly queued: number;
  readonly running: boolean;
  readonly stuck: boolean;
  /** Refused because the queue was full. */
  readonly rejected: number;
  readonly expired: number;
  readonly overruns: number;
  /** When an operation last ended, was given up or expired. */
  readonly settledAt: Instant;
  /** By when the next thing happens of all that is bounded in time; infinity where nothing is. */
  readonly deadline: Instant;
}
