import { describe, expect, it } from 'vitest';
import { ReadingRate } from '../../../agent/device/reading-rate.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** The device's frames have one point each, unless they are given. */
function rig(perSecond: number) {
  const clock = new FakeClock();
  const given: Record<string, unknown>[] = [];
  const rate = new ReadingRate(clock, perSecond, (samples) => {
    given.push(Object.fromEntries(samples.map(({ point, value }) => [point, value])));
  });
  const hear = (values: Record<string, number>) =>
    rate.take(Object.entries(values).map(([point, value]) => ({ point, value })));
  return { clock, rate, given, hear };
}

describe('the rate of a device that talks by itself', () => {
  it.each([
    ['a GPS that sends ten sentences ten times a second', 10, 10],
    ['a scale that sends twenty lines a second', 1, 20],
  ])('passes %s whole and at once', async (_, frames, perSecond) => {
    const { clock, rate, given, hear } = rig(100);
    for (let moment = 0; moment < 30 * perSecond; moment += 1) {
      for (let frame = 0; frame < frames; frame += 1) hear({ [`p${frame}`]: moment });
      expect(given).toHaveLength((moment + 1) * frames);
      await clock.advance(1000 / perSecond);
    }
    expect(rate.thinned).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('gives no more than so many a second, and once as many more, however many come', async () => {
    const { clock, rate, given, hear } = rig(100);
    let sent = 0;
    for (let millisecond = 0; millisecond < 10_000; millisecond += 1) {
      for (let line = 0; line < 3; line += 1) hear({ value: ++sent });
      await clock.advance(1);
    }
    await clock.advance(1000);
    expect(given.length).toBeLessThanOrEqual(100 * 10 + 100 + 1);
    expect(given.length).toBeGreaterThan(1000);
    expect(given.length + rate.thinned).toBe(sent);
    expect(given.at(-1)).toEqual({ value: sent });
  });

  it('loses old values of a point and never the newest, and brings all points of what waits in one reading', async () => {
    const { clock, rate, given, hear } = rig(1);
    hear({ weight: 1 });
    hear({ weight: 2, tare: 5 });
    hear({ weight: 3 });
    hear({ stable: 1 });
    expect(given).toEqual([{ weight: 1 }]);
    await clock.advance(999);
    expect(given).toHaveLength(1);
    await clock.advance(1);
    expect(given).toEqual([{ weight: 1 }, { weight: 3, tare: 5, stable: 1 }]);
    expect(rate.thinned).toBe(2);
    await clock.advance(5000);
    expect(given).toHaveLength(2);
  });

  it('earns what it gave, and no more than a second of it', async () => {
    const { clock, given, hear } = rig(10);
    await clock.advance(60_000);
    for (let line = 1; line <= 30; line += 1) hear({ value: line });
    expect(given).toHaveLength(10);
    await clock.advance(500);
    for (let line = 31; line <= 60; line += 1) hear({ value: line });
    // five were earned meanwhile: one for those that waited, four for the first of these
    expect(given).toHaveLength(15);
  });

  it('gives on at once what waits when it is told to, and nothing twice', async () => {
    const { clock, rate, given, hear } = rig(1);
    hear({ value: 1 });
    hear({ value: 2 });
    rate.flush();
    rate.flush();
    expect(given).toEqual([{ value: 1 }, { value: 2 }]);
    await clock.advance(5000);
    expect(given).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });
});
