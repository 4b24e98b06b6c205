import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../agent/clock/token-bucket.ts';

/** How many can be taken at this instant. */
function left(bucket: TokenBucket, now: number): number {
  let count = 0;
  while (count < 1000 && bucket.take(now)) count += 1;
  return count;
}

describe('a token bucket', () => {
  it('fills with monotonic time up to its burst', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 0);
    expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, false]);
    expect([bucket.take(99), bucket.take(100), bucket.take(100)]).toEqual([false, true, false]);
    expect([bucket.take(10_000), bucket.take(10_000), bucket.take(10_000)]).toEqual([true, true, false]);
  });

  it('says when so many will be there, also after more was spent than there was', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 0);
    expect(bucket.readyAt(2)).toBe(0);
    for (let count = 0; count < 4; count += 1) bucket.spend(0);
    expect(bucket.has(299)).toBe(false);
    expect(bucket.readyAt(1)).toBeCloseTo(300, 6);
    expect(bucket.has(300)).toBe(true);
    expect(bucket.readyAt(2)).toBeCloseTo(400, 6);
  });

  it('of an infinite rate is always full, and of none never again', () => {
    const endless = new TokenBucket({ perSecond: Number.POSITIVE_INFINITY, burst: 3 });
    expect([left(endless, 0) > 900, new TokenBucket({ perSecond: 0, burst: 3 }, 0).take(0)]).toEqual([true, true]);
    const dry = new TokenBucket({ perSecond: 0, burst: 1 }, 0);
    expect([dry.take(0), dry.take(1e9)]).toEqual([true, false]);
  });

  it('never holds more than a burst, nor less than nothing, and never gains from a clock that stands', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), fc.nat({ max: 1000 }), fc.nat({ max: 2000 }), (spent, at, now) => {
        const make = () => {
          const bucket = new TokenBucket({ perSecond: 20, burst: 10 }, at);
          for (let count = 0; count < spent; count += 1) bucket.take(at);
          return bucket;
        };
        const there = Math.max(0, 10 - spent);
        const found = left(make(), now);
        expect(found).toBeLessThanOrEqual(10);
        expect(found).toBeGreaterThanOrEqual(there);
        if (now <= at) expect(found).toBe(there);
      }),
    );
  });
});
