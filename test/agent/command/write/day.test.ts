import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayOf, keptDay, restoredDay, type WriteDay } from '../../../../agent/command/write/day.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MIDNIGHT = Date.UTC(2026, 10, 23);

describe('a day of writes', () => {
  it('begins with the midnight of UTC before it, and the next with the next', () => {
    const first = dayOf(undefined, { now: 5 * HOUR, wall: MIDNIGHT + 15 * HOUR });
    expect(first).toEqual({ start: -10 * HOUR, count: 0 });
    const full = { ...first, count: 7 };
    expect(dayOf(full, { now: 14 * HOUR - 1, wall: MIDNIGHT + DAY - 1 })).toBe(full);
    expect(dayOf(full, { now: 14 * HOUR, wall: MIDNIGHT + DAY })).toEqual({ start: 14 * HOUR, count: 0 });
    expect(dayOf(full, { now: 80 * HOUR, wall: MIDNIGHT + 90 * HOUR })).toEqual({ start: 62 * HOUR, count: 0 });
  });

  it('is one of the calendar also before 1970', () => {
    expect(dayOf(undefined, { now: 0, wall: -HOUR })).toEqual({ start: -23 * HOUR, count: 0 });
  });

  it('does not end sooner because the wall clock jumps, forward or back', () => {
    const day: WriteDay = { start: 0, count: 3 };
    for (const jump of [-400 * DAY, -DAY, 0, 12 * HOUR, DAY, 400 * DAY]) {
      expect(dayOf(day, { now: DAY - 1, wall: MIDNIGHT + jump })).toBe(day);
      expect(dayOf(day, { now: DAY, wall: MIDNIGHT + jump }).start).toBeGreaterThanOrEqual(DAY);
    }
  });

  it('allows no more writes in n days than n + 1 times those of a day, whatever the wall clock does', () => {
    const steps = fc.array(
      fc.record({ wait: fc.integer({ min: 0, max: 30 * HOUR }), wall: fc.integer({ min: 0, max: 4e12 }) }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        let now = 0;
        let day: WriteDay | undefined;
        const starts = new Set<number>();
        for (const { wait, wall } of all) {
          now += wait;
          day = dayOf(day, { now, wall });
          expect(day.start).toBeLessThanOrEqual(now);
          expect(now - day.start).toBeLessThan(DAY);
          starts.add(day.start);
        }
        expect(starts.size).toBeLessThanOrEqual(Math.ceil((now + 1) / DAY) + 1);
      }),
    );
  });

  it('is the same after a restart, however the clocks stood', () => {
    const day: WriteDay = { start: 1000, count: 4 };
    const kept = keptDay(day, { now: 9 * HOUR, wall: MIDNIGHT + 9 * HOUR });
    expect(kept).toEqual({ since: MIDNIGHT + 1000, count: 4 });
    const restored = restoredDay(kept, { now: 50, wall: MIDNIGHT + 10 * HOUR + 1000 });
    expect(restored).toEqual({ start: 50 - 10 * HOUR, count: 4 });
  });

  it('lasts for a whole day from the restart where the wall clock was set back', () => {
    const restored = restoredDay({ since: MIDNIGHT, count: 4 }, { now: 50, wall: 0 });
    expect(restored).toEqual({ start: 50, count: 4 });
    expect(dayOf(restored, { now: 49 + DAY, wall: MIDNIGHT + DAY }).count).toBe(4);
    expect(dayOf(restored, { now: 50 + DAY, wall: MIDNIGHT + DAY }).count).toBe(0);
  });
});
