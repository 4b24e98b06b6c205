import type { Point } from '../../../drivers/contract/reading.ts';
import type { Instant } from '../../clock/clock.ts';

/** Points of one device that share a period. */
export interface Group {
  /** Milliseconds; 0: as often as the bus allows. */
  readonly period: number;
  readonly points: readonly string[];
  readonly dueAt: Instant;
}

/** Bits of a mask that stay clear of the sign. A device with more different periods reads the rest at its own. */
const MOST_GROUPS = 30;

/** The device's points by period, shortest first, all due at the start. */
export function groupByPeriod(points: readonly Point[], devicePeriod: number, now: Instant): readonly Group[] {
  const known = GROUPS.get(points) ?? new Map<number, readonly Omit<Group, 'dueAt'>[]>();
  GROUPS.set(points, known);
  const groups = known.get(devicePeriod) ?? grouped(points, devicePeriod);
  known.set(devicePeriod, groups);
  return groups.map(({ period, points: names }) => ({ period, points: names, dueAt: now }));
}

/** Hundreds of devices of one model have one list of points, and so one list of names for each period. */
const GROUPS = new WeakMap<readonly Point[], Map<number, readonly Omit<Group, 'dueAt'>[]>>();

function grouped(points: readonly Point[], devicePeriod: number): readonly Omit<Group, 'dueAt'>[] {
  const groups = new Map<number, string[]>();
  for (const point of points) {
    const own = point.pollMs ?? devicePeriod;
    const period = groups.has(own) || groups.size < MOST_GROUPS - 1 ? own : devicePeriod;
    const names = groups.get(period);
    if (names) names.push(point.name);
    else groups.set(period, [point.name]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([period, names]) => ({ period, points: names }));
}

/** When the first group is due. */
export function nextDue(groups: readonly Group[]): Instant {
  return groups.reduce((least, group) => Math.min(least, group.dueAt), Number.POSITIVE_INFINITY);
}

/** A bit for each group that is due: the key under which the caller keeps the plan for this combination. */
export function dueMask(groups: readonly Group[], now: Instant): number {
  return groups.reduce((mask, group, index) => (group.dueAt <= now ? mask | (1 << index) : mask), 0);
}

/**
 * The groups after those of the mask were polled. A period is kept from due time to due time, so that the rate does
 * not drift with the time a poll takes; periods that were missed whole are left out, not caught up.
 * @param notBefore they are not due before it
 */
export function afterPoll(
  groups: readonly Group[],
  mask: number,
  now: Instant,
  notBefore: Instant = now,
): readonly Group[] {
  return groups.map((group, index) => {
    if ((mask & (1 << index)) === 0) return group;
    const { period, points } = group;
    if (period === 0) return { period, points, dueAt: notBefore };
    const missed = Math.floor((now - group.dueAt) / period);
    const dueAt = group.dueAt + (Math.max(0, missed) + 1) * period;
    return { period, points, dueAt: Math.max(dueAt, notBefore) };
  });
}
