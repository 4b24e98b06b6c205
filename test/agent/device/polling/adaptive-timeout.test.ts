import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AdaptiveTimeout,
  forgiven,
  heard,
  missed,
  timeoutNow,
  UNTRIED,
} from '../../../../agent/device/polling/adaptive-timeout.ts';

const BOUNDS = { least: 100, full: 1000 };

/** Asks once: a device that takes `took` is heard if that is within what it is given. */
function ask(patience: AdaptiveTimeout, took: number, bounds = BOUNDS): AdaptiveTimeout {
  const given = timeoutNow(patience, bounds);
  return took <= given ? heard(patience, took) : missed(patience, given, bounds);
}

const told = (took: readonly number[], from = UNTRIED) => took.reduce((patience, each) => ask(patience, each), from);

const steady = (took: number, count = 16) => Array<number>(count).fill(took);
const silence = (count: number) => Array<number>(count).fill(Number.POSITIVE_INFINITY);

describe('how long an answer is waited for', () => {
  it('is the configured time until enough answers were measured', () => {
    expect(timeoutNow(UNTRIED, BOUNDS)).toBe(1000);
    expect(timeoutNow(told(steady(5, 15)), BOUNDS)).toBe(1000);
    expect(timeoutNow(told(steady(5, 16)), BOUNDS)).toBe(100);
  });

  it('is three times the slowest answer, never below the least nor above the configured time', () => {
    expect(timeoutNow(told([...steady(5), 80]), BOUNDS)).toBe(240);
    expect(timeoutNow(told([...steady(5), 500]), BOUNDS)).toBe(1000);
    expect(timeoutNow(told(steady(5)), { least: 100, full: 50 })).toBe(50);
    const bounds = fc.record({ least: fc.integer({ min: 1, max: 2000 }), full: fc.integer({ min: 1, max: 2000 }) });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3000 })), bounds, (took, given) => {
        const now = timeoutNow(told(took), given);
        expect(now).toBeLessThanOrEqual(given.full);
        expect(now).toBeGreaterThanOrEqual(Math.min(given.least, given.full));
      }),
    );
  });

  it('forgets a slow answer only over some hundred others', () => {
    const slow = told([...steady(5), 90]);
    expect(timeoutNow(told(steady(5, 100), slow), BOUNDS)).toBeGreaterThan(180);
    expect(timeoutNow(told(steady(5, 2000), slow), BOUNDS)).toBe(100);
  });

  it('is the full time after a miss, and after a second', () => {
    expect(timeoutNow(told([...steady(5), ...silence(1)]), BOUNDS)).toBe(1000);
    expect(timeoutNow(told([...steady(5), ...silence(2)]), BOUNDS)).toBe(1000);
    expect(timeoutNow(told(steady(5)), BOUNDS, 1)).toBe(1000);
  });

  it('is what the device used to take, and every fourth time the full time, once it is away', () => {
    const times = [3, 4, 5, 6, 7, 8].map((count) => timeoutNow(told([...steady(50), ...silence(count)]), BOUNDS));
    expect(times).toEqual([150, 1000, 150, 150, 150, 1000]);
    // one that was never heard gets the least: most devices answer within it, and the others in one of the next
    expect(timeoutNow(told(silence(3)), BOUNDS)).toBe(100);
  });

  it('is doubled when it was too short, and halved again only after ten thousand answers', () => {
    const mistaken = told([...steady(5), 150, 150, ...steady(5, 1100)]);
    expect(timeoutNow(mistaken, BOUNDS)).toBe(200);
    expect(timeoutNow(told(steady(5, 8800), mistaken), BOUNDS)).toBe(200);
    expect(
      timeoutNow(told(steady(5, 200), mistaken.steady > 0 ? told(steady(5, 8800), mistaken) : mistaken), BOUNDS),
    ).toBe(100);
  });

  it('learns nothing from a device that was away', () => {
    const back = told([...steady(5), ...silence(5), 5]);
    expect(back.floor).toBe(0);
    expect(forgiven(told([...steady(5), ...silence(1)]))).toMatchObject({ misses: 0, tried: 0, floor: 0 });
  });

  it('misses no answer of a device whose answers vary threefold, whatever their order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.double({ min: 1, max: 3, noNaN: true })),
        (least, factors) => {
          let patience = told(steady(least));
          for (const factor of factors) {
            patience = ask(patience, least * factor);
            expect(patience.misses).toBe(0);
          }
        },
      ),
    );
  });

  it('misses an answer that comes in time at most four times and once in ten thousand, even of the worst device', () => {
    // the worst: quick until it is not waited for, then as late as the configured time allows
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 1500 }), (quick, pause) => {
        let patience = UNTRIED;
        let mistakes = 0;
        const answers = 60_000;
        for (let count = 0; count < answers; count += 1) {
          patience = ask(patience, count % pause === 0 ? BOUNDS.full : quick);
          if (patience.misses === 0) continue;
          mistakes += 1;
          patience = ask(patience, BOUNDS.full);
          expect(patience.misses).toBe(0);
        }
        expect(mistakes).toBeLessThanOrEqual(Math.ceil(Math.log2(BOUNDS.full / BOUNDS.least)) + answers / 10_000);
      }),
      { numRuns: 30 },
    );
  });
});
