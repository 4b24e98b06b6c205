import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Utilisation } from '../../../agent/bus/utilisation.ts';

describe('utilisation', () => {
  it('is the share since the start while that is less than a minute ago', () => {
    const line = new Utilisation(10_000);
    line.add(10_000, 12_500);
    expect(line.share(20_000)).toBeCloseTo(0.25);
  });

  it('forgets what is more than a minute ago', () => {
    const line = new Utilisation(0);
    line.add(0, 60_000);
    expect(line.share(60_000)).toBeCloseTo(1, 1);
    expect(line.share(200_000)).toBe(0);
  });

  it('is 0 before anything happened', () => {
    expect(new Utilisation(5).share(5)).toBe(0);
  });

  it('is always from 0 to 1', () => {
    const spans = fc.array(
      fc.tuple(fc.double({ min: 0, max: 5e3, noNaN: true }), fc.double({ min: 0, max: 2e5, noNaN: true })),
    );
    fc.assert(
      fc.property(spans, (uses) => {
        const line = new Utilisation(0);
        let now = 0;
        for (const [pause, use] of uses) {
          line.add(now + pause, now + pause + use);
          now += pause + use;
          const share = line.share(now);
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('counts time once that two spans share', () => {
    const utilisation = new Utilisation(0);
    utilisation.add(0, 500);
    utilisation.add(400, 600);
    utilisation.add(550, 580);
    expect(utilisation.share(1000)).toBeCloseTo(0.6);
  });
});
