import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';

export interface ThrottleLimits {
  /** Silence between two operations, from the end of the one before. */
  readonly gap: Duration;
  /** Operations that may wait, both lanes together; at least 1. */
  readonly maxQueue: number;
  /** Waiting longer than this ends with `throttle/waited-too-long`. */
  readonly maxWait: Duration;
  /** An operation that runs longer is told to stop. */
  readonly maxRun: Duration;
  /** One that has not stopped so long after it was told makes the line stuck. */
  readonly grace: Duration;
  /** So many commands may pass before one poll runs; at least 1. */
  readonly commandBurst: number;
}

/**
 * Looks again where types can not: a count that is NaN would make a queue without end.
 * @throws Fault `throttle/limits`, `internal/duration`
 */
export function checkLimits({ gap, maxWait, maxRun, grace, maxQueue, commandBurst }: ThrottleLimits): void {
  for (const span of [gap, maxWait, maxRun, grace]) milliseconds(span);
  for (const count of [maxQueue, commandBurst]) {
    if (!Number.isSafeInteger(count) || count < 1) throw new Fault('throttle/limits');
  }
}
