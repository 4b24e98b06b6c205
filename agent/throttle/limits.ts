import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';

export interface ThrottleLimits {
  /** Silence between two operations, from the end of the one before. */
  readonly gap: Duration;
  /** Operations that may wait, both lanes together; at least 1. */
  readonly maxQueue: number;
  /** So many of them commands leave to polls, lest these find the queue full for ever; default 0, below `maxQueue`. */
  readonly pollReserve?: number;
  /** Waiting longer than this ends with `throttle/waited-too-long`. */
  readonly maxWait: Duration;
  /** The same for polls; default `maxWait`. */
  readonly maxPollWait?: Duration;
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
export function checkLimits(limits: ThrottleLimits): void {
  const { gap, maxWait, maxPollWait = maxWait, maxRun, grace, maxQueue, pollReserve = 0, commandBurst } = limits;
  for (const span of [gap, maxWait, maxPollWait, maxRun, grace]) milliseconds(span);
  if (!Number.isSafeInteger(pollReserve) || pollReserve < 0 || pollReserve >= maxQueue)
    throw new Fault('throttle/limits');
  for (const count of [maxQueue, commandBurst]) {
    if (!Number.isSafeInteger(count) || count < 1) throw new Fault('throttle/limits');
  }
}
