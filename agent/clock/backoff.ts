import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';

/**
 * How long to wait before attempt number `attempt` (0: the first retry): exponential between the bounds, and drawn by
 * chance from the upper half of that, so that many gateways that lost the same thing do not come back in step.
 * @param random 0 to 1
 */
export function backoff(attempt: number, least: Duration, most: Duration, random: number): Duration {
  // beyond 2^30 the power only loses precision
  const ceiling = Math.min(most, least * 2 ** Math.min(attempt, 30));
  return milliseconds(Math.max(least, ceiling * (0.5 + random / 2)));
}
