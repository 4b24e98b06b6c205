import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backoff } from '../../../agent/link/backoff.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';

const make = (random: () => number) => new Backoff(milliseconds(1000), milliseconds(60_000), random);

describe('the wait before the next attempt', () => {
  test('doubles its ceiling up to the longest', () => {
    const backoff = make(() => 1);
    const waits = Array.from({ length: 9 }, () => backoff.next());
    expect(waits).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
  });

  test('is drawn from the whole span, so that gateways do not come back in step', () => {
    const backoff = make(() => 0);
    for (let attempt = 0; attempt < 50; attempt += 1) expect(backoff.next()).toBe(1000);
    const half = make(() => 0.5);
    for (let attempt = 0; attempt < 8; attempt += 1) half.next();
    expect(half.next()).toBe(30_500);
  });

  test('starts anew only after a connection that lasted', () => {
    const backoff = make(() => 1);
    for (let attempt = 0; attempt < 5; attempt += 1) backoff.next();
    backoff.ended(500);
    expect(backoff.next()).toBe(60_000);
    backoff.ended(60_000);
    expect(backoff.next()).toBe(2000);
  });

  test('is the longest at once where another client holds the name', () => {
    const backoff = make(() => 1);
    backoff.ended(100_000);
    backoff.slow();
    expect(backoff.next()).toBe(60_000);
  });

  test('always lies between its bounds, after any number of attempts', () => {
    const bounds = fc.tuple(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 3_600_000 }));
    fc.assert(
      fc.property(
        bounds,
        fc.integer({ min: 0, max: 2000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (span, n, random) => {
          const least = Math.min(...span);
          const most = Math.max(...span);
          const backoff = new Backoff(milliseconds(least), milliseconds(most), () => random);
          for (let attempt = 0; attempt < n; attempt += 1) backoff.next();
          const wait = backoff.next();
          expect(wait).toBeGreaterThanOrEqual(least);
          expect(wait).toBeLessThanOrEqual(most);
        },
      ),
      { numRuns: 50 },
    );
  });
});
