import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';

/**
 * A wait that doubles with each attempt, between the bounds: the ceiling of all that is tried again.
 * @param attempt 0: the first retry
 */
export function doubled(attempt: number, least: Duration, most: Duration): Duration {
  // beyond 2^30 the power only loses precision
  return milliseconds(Math.max(least, Math.min(most, least * 2 ** Math.min(attempt, 30))));
}

/** The wait after this one, where the attempts are not counted. @param wait undefined: there was none yet */
export function grown(wait: number | undefined, least: number, most: number): number {
  return wait === undefined ? least : Math.min(most, wait * 2);
}

/**
 * How long to wait before attempt number `attempt` (0: the first retry): exponential between the bounds, and drawn by
 * chance from the upper half of that, so that many gateways that lost the same thing do not come back in step.
 * @param random 0 to 1
 */
export function backoff(attempt: number, least: Duration, most: Duration, random: number): Duration {
  return milliseconds(Math.max(least, doubled(attempt, least, most) * (0.5 + random / 2)));
}
