import { expect, it } from 'vitest';
import { checkedValue, stepped } from '../../../../agent/console/page/ask/check-value.ts';
import { drawnRows, seenRows } from '../../../../agent/console/page/parts/window.ts';
import { CurveData } from '../../../../agent/console/page/plot/series.ts';
import { formatRoute, parseRoute } from '../../../../agent/console/page/route.ts';
import { spanWords } from '../../../../agent/console/page/words/spans.ts';
import { bytesWords, limitsWords, valueWords } from '../../../../agent/console/page/words/values.ts';
import type { ShownPoint } from '../../../../agent/console/wire.ts';

const SETPOINT: ShownPoint = {
  ...{ name: 'setpoint', label: null, unit: '°C', quantity: null, type: 'number' },
  write: { min: 20, max: 90, step: 0.5, confirm: false },
};

it.each([
  [230.1, '230.1'],
  [0.1 + 0.2, '0.3'],
  [4_200_000_001, '4200000001'],
  [-0, '0'],
  [true, 'on'],
  [null, 'no value'],
  [undefined, '–'],
  ['<b>x</b>', '<b>x</b>'],
])('%s is shown as %s', (value, words) => {
  expect(valueWords(value)).toBe(words);
});

it('spans and sizes are whole and short', () => {
  expect([0, 59.9, 60, 7199, 86_400 * 40, -5].map(spanWords)).toEqual(['0 s', '59 s', '1 min', '1 h', '40 d', '0 s']);
  expect([null, 999, 1000, 78_400_000].map(bytesWords)).toEqual(['–', '999 B', '1.0 kB', '78.4 MB']);
});

it.each([
  ['55', { value: 55 }],
  [' 20.5 ', { value: 20.5 }],
  ['90', { value: 90 }],
  ['90.5', { wrong: '90.5 is outside: 20 to 90 °C, in steps of 0.5.' }],
  ['20.25', { wrong: '20.25 is between two steps: 20 to 90 °C, in steps of 0.5.' }],
  ['21,5', { wrong: 'Use a point, not a comma: 21.5.' }],
  ['1e1', { wrong: 'This is no number. Type digits, as in 21.5.' }],
  ['', { wrong: 'Type a number: 20 to 90 °C, in steps of 0.5.' }],
])('typed as %o a setpoint is checked', (typed, checked) => {
  expect(checkedValue(SETPOINT, typed)).toEqual(checked);
});

it('steps stay within the limits, and a tenth is no reason to refuse', () => {
  expect([stepped(SETPOINT, '55', 1), stepped(SETPOINT, '90', 1), stepped(SETPOINT, '20', -1)]).toEqual([
    '55.5',
    '90',
    '20',
  ]);
  expect(checkedValue({ ...SETPOINT, write: { min: 0, step: 0.1, confirm: false } }, '0.3')).toEqual({ value: 0.3 });
  expect(limitsWords({ ...SETPOINT, write: { max: 9, confirm: false } })).toBe('at most 9 °C');
});

it.each(['#/', '#/devices?q=boiler+1&faulty=1', '#/device/gw/unit%2F1?plot=gw/unit/a&plot=gw/unit/b'])(
  'the address %s leads where it came from',
  (hash) => {
    expect(formatRoute(parseRoute(hash))).toBe(hash);
  },
);

it('an address that means nothing shows the plant, and more plots than can be told apart are left out', () => {
  expect(parseRoute('#/device/%E0%A4%A/x').place).toEqual({ view: 'overview' });
  expect(parseRoute('#/constructor').place).toEqual({ view: 'overview' });
  const many = Array.from({ length: 30 }, (_, at) => `plot=g/d/${at}`).join('&');
  expect(parseRoute(`#/?${many}&plot=g&plot=g/d/0`).plots).toHaveLength(8);
});

it('of a long table only the rows that are seen are drawn, and the one with the focus', () => {
  expect(seenRows(200, 900, 36, 50_000)).toEqual({ first: 0, end: 28 });
  expect(seenRows(-36_000, 900, 36, 50_000)).toEqual({ first: 992, end: 1033 });
  expect(seenRows(-3_600_000, 900, 36, 50)).toEqual({ first: 50, end: 50 });
  expect(drawnRows({ first: 3, end: 5 }, 0, 9)).toEqual([
    [0, 0],
    [3, 2],
    [4, 0],
  ]);
  expect(drawnRows({ first: 3, end: 5 }, 8, 9)).toEqual([
    [3, 3],
    [4, 0],
    [8, 3],
  ]);
  expect(drawnRows({ first: 3, end: 5 }, 4, 9)).toEqual([
    [3, 3],
    [4, 0],
  ]);
});

it('a curve puts the kept hour before what came since, and text is a gap', () => {
  const curve = new CurveData();
  curve.add(30, 3);
  curve.add(40, 'x');
  curve.add(40, 9);
  curve.begin({ at: [10, 20, 30], values: [1, 2, 3], thinned: false });
  curve.add(50, true);
  expect([curve.at, curve.values]).toEqual([
    [10, 20, 30, 40, 50],
    [1, 2, 3, null, 1],
  ]);
  expect(curve.within(10, 30)).toEqual({ low: 1, high: 3, last: 3 });
  expect(curve.within(60, 90)).toBeUndefined();
});
