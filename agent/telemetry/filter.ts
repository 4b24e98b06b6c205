import type { Point, Value } from '../../drivers/contract/reading.ts';
import { decimalOf, distance } from '../../drivers/schema/decimal.ts';
import type { Instant } from '../clock/clock.ts';

/** The last published state of a point. */
export interface Published {
  readonly value: Value;
  readonly inRange: boolean;
  readonly at: Instant;
}

/**
 * Whether a sample is published. Without a deadband every sample is. With one: numbers that moved by at least as much
 * since they were last published (by anything at all where it is 0), other values that changed, a value that left or
 * entered its range, and anything that was not published for the heartbeat.
 * @param heartbeat milliseconds
 */
export function isNews(
  { deadband }: Point,
  heartbeat: number,
  last: Published | undefined,
  value: Value,
  inRange: boolean,
  now: Instant,
): boolean {
  if (deadband === undefined || last === undefined) return true;
  if (now - last.at >= heartbeat || inRange !== last.inRange) return true;
  if (typeof value !== 'number' || typeof last.value !== 'number') return value !== last.value;
  return value !== last.value && movedBy(value, last.value, deadband);
}

/** From 0.2 to 0.3 is 0.1 for everyone but a double: where its noise could decide, the decimals do. */
function movedBy(value: number, from: number, least: number): boolean {
  const moved = Math.abs(value - from);
  const noise = 4 * Number.EPSILON * Math.max(Math.abs(value), Math.abs(from), least);
  if (Math.abs(moved - least) > noise || !Number.isFinite(moved)) return moved >= least;
  return distance(decimalOf(value), decimalOf(from)) >= least;
}
