import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterPoll, dueMask, groupByPeriod, nextDue } from '../../../../agent/device/polling/schedule.ts';
import type { Point } from '../../../../drivers/contract/reading.ts';

const point = (name: string, pollMs?: number): Point => ({ name, type: 'number', writable: false, pollMs });

describe('the schedule of a device', () => {
  it('groups points by their period, the device’s own where they have none', () => {
    const groups = groupByPeriod([point('a'), point('b', 5000), point('c'), point('d', 5000)], 1000, 7);
    expect(groups).toEqual([
      { period: 1000, points: ['a', 'c'], dueAt: 7 },
      { period: 5000, points: ['b', 'd'], dueAt: 7 },
    ]);
  });

  it('keeps a period from due time to due time, so that it does not drift', () => {
    let groups = groupByPeriod([point('a')], 1000, 0);
    groups = afterPoll(groups, dueMask(groups, 30), 80);
    expect(nextDue(groups)).toBe(1000);
    groups = afterPoll(groups, dueMask(groups, 1000), 1090);
    expect(nextDue(groups)).toBe(2000);
  });

  it('leaves missed periods out instead of catching up', () => {
    const groups = groupByPeriod([point('a')], 1000, 0);
    expect(nextDue(afterPoll(groups, 1, 5300))).toBe(6000);
  });

  it('makes points without a period due again at once', () => {
    const groups = groupByPeriod([point('a', 0)], 1000, 0);
    expect(nextDue(afterPoll(groups, 1, 123.5))).toBe(123.5);
  });

  it('leaves groups alone that were not polled', () => {
    let groups = groupByPeriod([point('a', 100), point('b', 1000)], 0, 0);
    groups = afterPoll(groups, dueMask(groups, 0), 10);
    const later = afterPoll(groups, dueMask(groups, 100), 110);
    expect(later.map(({ dueAt }) => dueAt)).toEqual([200, 1000]);
  });

  it('has room for any number of different periods without losing a point', () => {
    const points = Array.from({ length: 200 }, (_, n) => point(`p${n}`, 1000 + n));
    const groups = groupByPeriod(points, 500, 0);
    expect(groups.length).toBeLessThanOrEqual(30);
    expect(groups.flatMap(({ points: names }) => names).toSorted()).toEqual(points.map(({ name }) => name).toSorted());
    expect(dueMask(groups, 0)).toBeGreaterThan(0);
  });

  it('never makes a group due in the past nor later than one period ahead', () => {
    const period = fc.integer({ min: 1, max: 10_000 });
    const instant = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(period, instant, instant, (every, dueAt, late) => {
        const now = dueAt + late;
        const [group] = afterPoll([{ period: every, points: [], dueAt }], 1, now);
        expect(group?.dueAt).toBeGreaterThan(now - 1e-6);
        expect(group?.dueAt).toBeLessThanOrEqual(now + every + 1e-6);
      }),
    );
  });
});
