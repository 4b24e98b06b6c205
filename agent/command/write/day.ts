import type { Instant } from '../../clock/clock.ts';

const DAY = 86_400_000;

/** Both clocks at one moment. */
export interface Moment {
  readonly now: Instant;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

/** The writes of one day. */
export interface WriteDay {
  /** Its midnight on the monotonic clock. */
  readonly start: Instant;
  readonly count: number;
}

/**
 * The day that a moment lies in. The first begins with the midnight (UTC) before it, as the wall clock tells; after
 * that a day is 24 hours of the monotonic clock, so that no jump of the wall clock begins another one sooner: in any
 * span of n days no more than n + 1 begin, as by a calendar.
 */
export function dayOf(day: WriteDay | undefined, { now, wall }: Moment): WriteDay {
  const midnight = now - (((wall % DAY) + DAY) % DAY);
  if (day === undefined) return { start: midnight, count: 0 };
  if (now - day.start < DAY) return day;
  return { start: Math.max(midnight, day.start + DAY), count: 0 };
}

/** A day as it is kept in a file, where the monotonic clock means nothing: its midnight on the wall clock. */
export interface KeptDay {
  readonly since: number;
  readonly count: number;
}

export function keptDay({ start, count }: WriteDay, { now, wall }: Moment): KeptDay {
  return { since: Math.round(wall - (now - start)), count };
}

/**
 * The same after a restart, when only the wall clock can say how long ago that was. Where that is set before the day's
 * midnight, nobody knows: the writes count for a whole day from now.
 */
export function restoredDay({ since, count }: KeptDay, { now, wall }: Moment): WriteDay {
  return { start: now - Math.max(0, wall - since), count };
}
