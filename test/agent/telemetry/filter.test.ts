import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isNews } from '../../../agent/telemetry/filter.ts';
import type { Point, Value } from '../../../drivers/contract/reading.ts';
import { isInRange } from '../../../drivers/schema/allowed.ts';

const point = (deadband?: number): Point => ({ name: 'x', type: 'number', writable: false, deadband });
const HEARTBEAT = 60_000;
const news = (
  deadband: number | undefined,
  last: Value,
  value: Value,
  since = 0,
  ranges: readonly [boolean, boolean] = [true, true],
) => isNews(point(deadband), HEARTBEAT, { value: last, inRange: ranges[0], at: 0 }, value, ranges[1], since);

describe('what is published of a point', () => {
  test('every sample, where there is no deadband', () => {
    expect(news(undefined, 1, 1)).toBe(true);
    expect(news(undefined, null, null)).toBe(true);
  });

  test('the first sample in any case', () => {
    expect(isNews(point(5), HEARTBEAT, undefined, 0, true, 0)).toBe(true);
  });

  test.each<[number, Value, Value, boolean]>([
    [0.5, 230, 230.4, false],
    [0.5, 230, 230.5, true],
    [0.5, 230, 229.5, true],
    [0.1, 0.2, 0.3, true],
    [0.1, 1.1, 1, true],
    [0.1, 0.7, 0.8, true],
    [0.3, 0.1, 0.4, true],
    [0.1, 0.2, 0.29999, false],
    [1, 9007199254740990, 9007199254740991, true],
    [0, 230, 230, false],
    [0, 230, 230.0001, true],
    [0, 0, -0, false],
    [0.5, 230, null, true],
    [0.5, null, 230, true],
    [0.5, null, null, false],
    [0.5, false, false, false],
    [0.5, false, true, true],
    [0.5, 'closed', 'closed', false],
    [0.5, 'closed', 'open', true],
    [0.5, '1', 1, true],
  ])('with a deadband of %d, from %s to %s: %s', (deadband, last, value, published) => {
    expect(news(deadband, last, value)).toBe(published);
  });

  test('a value that its deadband holds back, once the heartbeat has passed', () => {
    expect(news(0.5, 230, 230, HEARTBEAT - 1)).toBe(false);
    expect(news(0.5, 230, 230, HEARTBEAT)).toBe(true);
  });

  test('a value that leaves or enters its range, however little it moved', () => {
    expect(news(5, 99, 101, 0, [true, false])).toBe(true);
    expect(news(5, 101, 99, 0, [false, true])).toBe(true);
    expect(news(5, 101, 102, 0, [false, false])).toBe(false);
  });

  test('so that what was published is never further from the truth than the deadband', () => {
    const walk = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 10, noNaN: true }), walk, (deadband, steps) => {
        let value = 0;
        let last = { value: 0, inRange: true, at: 0 };
        for (const [now, step] of steps.entries()) {
          value += step;
          if (isNews(point(deadband), HEARTBEAT, last, value, true, now)) last = { value, inRange: true, at: now };
          expect(Math.abs(value - last.value)).toBeLessThan(deadband);
        }
      }),
    );
  });
});

describe('the range of a point', () => {
  test.each<[number | undefined, number | undefined, Value, boolean]>([
    [0, 100, 0, true],
    [0, 100, 100, true],
    [0, 100, -0.1, false],
    [0, 100, 100.1, false],
    [undefined, 100, -1e9, true],
    [0, undefined, 1e9, true],
    [0, 100, null, true],
    [0, 100, 'text', true],
    [1, 100, false, true],
  ])('from %s to %s holds %s: %s', (min, max, value, inside) => {
    expect(isInRange({ min, max }, value)).toBe(inside);
  });
});
