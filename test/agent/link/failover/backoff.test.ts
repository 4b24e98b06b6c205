import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backoff } from '../../../../agent/link/failover/backoff.ts';
import { LIMITS } from '../../../../config/limits.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';

const LEAST = milliseconds(LIMITS.mqtt.reconnectMinMs.default);
const MOST = milliseconds(LIMITS.mqtt.reconnectMaxMs.default);

describe('the wait before the next attempt', () => {
  const make = (random: () => number) => new Backoff(milliseconds(1000), milliseconds(120_000), random);

  test('is drawn from a wide span at once, which doubles up to the longest', () => {
    const backoff = make(() => 1);
    const waits = Array.from({ length: 6 }, () => backoff.next());
    expect(waits).toEqual([20_000, 40_000, 80_000, 120_000, 120_000, 120_000]);
  });

  test('is drawn from the whole span, so that gateways do not come back in step', () => {
    const backoff = make(() => 0);
    for (let attempt = 0; attempt < 50; attempt += 1) expect(backoff.next()).toBe(1000);
    const half = make(() => 0.5);
    for (let attempt = 0; attempt < 8; attempt += 1) half.next();
    expect(half.next()).toBe(60_500);
  });

  test('starts anew only after a connection that lasted', () => {
    const backoff = make(() => 1);
    for (let attempt = 0; attempt < 5; attempt += 1) backoff.next();
    expect(backoff.ended(119_999)).toBe(false);
    expect(backoff.next()).toBe(120_000);
    expect(backoff.ended(120_000)).toBe(true);
    expect(backoff.next()).toBe(20_000);
  });

  test('is the longest at once where another client holds the name', () => {
    const backoff = make(() => 1);
    backoff.ended(200_000);
    backoff.slow();
    expect(backoff.next()).toBe(120_000);
  });

  test('never passes a longest that is short: a second is a second', () => {
    const backoff = new Backoff(milliseconds(100), milliseconds(1000), () => 1);
    expect([backoff.next(), backoff.next()]).toEqual([1000, 1000]);
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

describe('a thousand gateways that lose their broker at one instant', () => {
  /** Attempts in each second, from the cut to the last that succeeds; an attempt takes no time. */
  const attempts = (outage: number, random: () => number): number[] => {
    const bins: number[] = [];
    for (let gateway = 0; gateway < 1000; gateway += 1) {
      const backoff = new Backoff(LEAST, MOST, random);
      for (let at = 0; at < outage; ) {
        at += backoff.next();
        const second = Math.floor(at / 1000);
        bins[second] = (bins[second] ?? 0) + 1;
      }
    }
    return Array.from(bins, (count) => count ?? 0);
  };

  /** mulberry32: the same draws in every run. */
  const seeded = (seed: number) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };

  test.each([1, 3, 5, 10, 15, 30, 60, 300])('never try three times the mean in one second (away for %i s)', (away) => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const seconds = attempts(away * 1000, seeded(seed * 7919));
      const mean = seconds.reduce((sum, count) => sum + count, 0) / seconds.length;
      expect(Math.max(...seconds) / mean).toBeLessThan(3);
    }
  });
});
