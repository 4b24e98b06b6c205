import { describe, expect, it } from 'vitest';
import { PointHistory } from '../../../../agent/console/history/point-history.ts';
import { HISTORY_SPAN } from '../../../../agent/console/limits.ts';

const T0 = Date.UTC(2026, 10, 23, 10);

/** So many values, one a second. */
function filled(count: number, capacity: number, valueAt: (index: number) => number): PointHistory {
  const history = new PointHistory(16);
  for (let index = 0; index < count; index += 1) history.push(T0 + index * 1000, valueAt(index), capacity);
  return history;
}

describe('the history of a point', () => {
  it('keeps every value while they fit', () => {
    const history = filled(500, 1024, (index) => index % 7);
    expect(history.thinned).toBe(false);
    const { at, values } = history.between(T0, T0 + 500_000);
    expect(at).toEqual(Array.from({ length: 500 }, (_, index) => T0 + index * 1000));
    expect(values).toEqual(Array.from({ length: 500 }, (_, index) => index % 7));
  });

  it('keeps of a straight line the ends', () => {
    const history = filled(3000, 32, (index) => (index === 2000 ? 5 : 1));
    expect(history.thinned).toBe(false);
    expect(history.between(0, Number.MAX_SAFE_INTEGER)).toEqual({
      at: [0, 1999, 2000, 2001, 2999].map((second) => T0 + second * 1000),
      values: [1, 1, 5, 1, 1],
    });
  });

  it('thins what does not fit, and loses neither the lowest nor the highest value', () => {
    const history = filled(3600, 64, (index) => (index === 1234 ? 900 : index === 2345 ? -900 : Math.sin(index)));
    expect(history.thinned).toBe(true);
    expect(history.capacity).toBe(64);
    const { at, values } = history.between(0, Number.MAX_SAFE_INTEGER);
    expect(at.length).toBeLessThanOrEqual(64);
    expect(at.length).toBeGreaterThan(20);
    expect(at[values.indexOf(900)]).toBe(T0 + 1_234_000);
    expect(at[values.indexOf(-900)]).toBe(T0 + 2_345_000);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
    // every part of the hour is there
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(HISTORY_SPAN / 8);
  });

  it('forgets what is older than an hour, and goes on for days', () => {
    const history = new PointHistory(16);
    const days = 3 * 24 * 60;
    for (let minute = 0; minute < days; minute += 1) history.push(T0 + minute * 60_000, minute % 9, 128);
    const now = T0 + (days - 1) * 60_000;
    const { at } = history.between(now - HISTORY_SPAN, now);
    expect(at.length).toBe(61);
    expect(history.capacity).toBeLessThanOrEqual(128);
  });

  it('keeps times that are months apart', () => {
    const history = new PointHistory(16);
    history.push(T0, 1, 32);
    history.push(T0 + 100 * 86_400_000, 2, 32);
    history.push(T0 + 100 * 86_400_000 + 5, 2, 32);
    history.push(T0 + 200 * 86_400_000, 2, 32);
    expect(history.newest).toBe(T0 + 200 * 86_400_000);
    expect(history.between(T0 + 1, Number.MAX_SAFE_INTEGER).values.at(-1)).toBe(2);
  });

  it('keeps a gap as a gap, also where values are thinned', () => {
    const history = filled(3600, 64, (index) => (index >= 1000 && index < 1500 ? Number.NaN : index));
    expect(history.between(0, Number.MAX_SAFE_INTEGER).values.some((value) => Number.isNaN(value))).toBe(true);
  });

  it('moves into less room when it must', () => {
    const history = filled(1000, 1024, (index) => index);
    history.limit(128);
    expect(history.capacity).toBe(128);
    expect(history.thinned).toBe(true);
    const { values } = history.between(0, Number.MAX_SAFE_INTEGER);
    expect([values[0], values.at(-1)]).toEqual([0, 999]);
  });
});
