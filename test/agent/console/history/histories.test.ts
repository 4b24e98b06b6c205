import { describe, expect, it } from 'vitest';
import { Histories } from '../../../../agent/console/history/histories.ts';
import { plotted } from '../../../../agent/console/history/plotted.ts';
import { HISTORY_BYTES, HISTORY_SPAN, MOST_PLOTTED } from '../../../../agent/console/limits.ts';

const T0 = Date.UTC(2026, 10, 23, 10);

describe('the histories of all points', () => {
  it('take numbers and booleans, and know gaps', () => {
    const histories = new Histories();
    histories.add('gw/m', 'p', 1.5, T0, T0);
    histories.add('gw/m', 'p', null, T0 + 1000, T0 + 1000);
    histories.add('gw/m', 'on', true, T0, T0);
    histories.add('gw/m', 'text', 'heating', T0, T0);
    expect(histories.plot('gw/m', 'p', 0, T0 * 2)).toEqual({
      at: [T0, T0 + 1000],
      values: [1.5, null],
      thinned: false,
    });
    expect(histories.plot('gw/m', 'on', 0, T0 * 2).values).toEqual([1]);
    expect(histories.plot('gw/m', 'text', 0, T0 * 2).at).toEqual([]);
    expect(histories.plot('gw/other', 'p', 0, T0 * 2).at).toEqual([]);
  });

  it('take a state that comes again for nothing new, and one that has become too old for a gap', () => {
    const histories = new Histories();
    histories.add('gw/m', 'p', 1, T0, T0);
    histories.add('gw/m', 'p', 1, T0, T0 + 5000);
    histories.add('gw/m', 'p', null, T0, T0 + 9000);
    expect(histories.plot('gw/m', 'p', 0, T0 * 2)).toMatchObject({ at: [T0, T0 + 9000], values: [1, null] });
  });

  it('believe no clock that is far ahead, and take nothing that is older than the hour', () => {
    const histories = new Histories();
    histories.add('gw/m', 'p', 1, T0 + 86_400_000, T0);
    histories.add('gw/m', 'q', 1, T0 - HISTORY_SPAN - 1, T0);
    histories.add('gw/m', 'r', 1, undefined, T0);
    expect(histories.plot('gw/m', 'p', 0, T0 * 2).at).toEqual([T0]);
    expect(histories.plot('gw/m', 'q', 0, T0 * 2).at).toEqual([]);
    expect(histories.plot('gw/m', 'r', 0, T0 * 2).at).toEqual([T0]);
    // the clock of this machine is set back by a day
    histories.add('gw/m', 'p', 2, T0 - 86_400_000, T0 - 86_400_000);
    expect(histories.plot('gw/m', 'p', 0, T0 * 2).at).toEqual([T0 - 86_400_000]);
  });

  it('share their bytes evenly, in whatever order they came', () => {
    const bytes = 12 * 4096 * 4;
    const histories = new Histories(bytes);
    for (let second = 0; second < 3000; second += 1) {
      for (const point of ['a', 'b', 'c', 'd'])
        histories.add('gw/m', point, second % 11, T0 + second * 1000, T0 + second * 1000);
    }
    expect(histories.plot('gw/m', 'a', 0, T0 * 2).thinned).toBe(true);
    expect(histories.kept('gw/m', 'a', 0, T0 * 2).at.length).toBe(3000);
    for (let point = 0; point < 200; point += 1) histories.add('gw/n', `p${point}`, 1, T0 + 3_000_000, T0 + 3_000_000);
    expect(histories.bytes).toBeLessThanOrEqual(bytes);
    histories.forget('gw/m');
    expect(histories.kept('gw/m', 'a', 0, T0 * 2).at).toEqual([]);
  });

  it('hold an hour of 50 gateways with 20 devices of 50 points in 160 MiB', () => {
    expect(HISTORY_BYTES).toBe(160 * 1_048_576);
    // a fiftieth of the points in a fiftieth of the bytes: the share of each is the same
    const histories = new Histories(HISTORY_BYTES / 50);
    for (let round = 0; round < 360; round += 1) {
      const now = T0 + round * 10_000;
      for (let device = 0; device < 20; device += 1) {
        for (let point = 0; point < 50; point += 1) histories.add(`gw/d${device}`, `p${point}`, round * 7, now, now);
      }
    }
    expect(histories.bytes).toBeLessThanOrEqual(HISTORY_BYTES / 50);
    expect(histories.kept('gw/d0', 'p0', 0, T0 * 2).at.length).toBeGreaterThan(150);
  });
});

it('a plot has at most so many points, and every peak', () => {
  const at = Array.from({ length: 10_000 }, (_, index) => index);
  const values = at.map((index) => (index === 777 ? 1e6 : index === 8888 ? -1e6 : index % 5));
  const drawn = plotted({ at, values }, MOST_PLOTTED);
  expect(drawn.at.length).toBeLessThanOrEqual(MOST_PLOTTED);
  expect(drawn.values).toContain(1e6);
  expect(drawn.values).toContain(-1e6);
  expect([...drawn.at].sort((a, b) => a - b)).toEqual(drawn.at);
  const gap = plotted({ at, values: at.map((index) => (index === 500 ? Number.NaN : 1)) }, MOST_PLOTTED);
  expect(gap.values.some((value) => Number.isNaN(value))).toBe(true);
});
