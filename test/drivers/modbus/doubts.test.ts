import { describe, expect, test } from 'vitest';
import type { PortFacts } from '../../../drivers/contract/driver.ts';
import { driver } from '../../../drivers/modbus/rtu/driver.ts';
import { LINE, optionsOf, pointOf } from './support.ts';

type Given = Readonly<Record<string, unknown>>;
const point = (address: number, more: Given = {}) => ({
  name: 'p',
  register: 'holding',
  address,
  type: 'uint16',
  ...more,
});

function found(points: readonly Given[], port: PortFacts = {}) {
  return driver.doubts?.({ options: optionsOf(), points: points.map(pointOf), line: LINE }, port) ?? [];
}

const places = (...points: readonly Given[]) => found(points).map(({ at }) => ('point' in at ? at.point : at.port));

describe('an address', () => {
  test.each([
    ['holding', 40_001, true],
    ['holding', 49_999, true],
    ['holding', 40_000, false],
    ['holding', 50_000, false],
    ['holding', 30_001, false],
    ['input', 30_001, true],
    ['input', 39_999, true],
    ['input', 30_000, false],
    ['input', 40_001, false],
  ])('of kind %s and %d looks like the number of a manual: %s', (register, address, doubted) => {
    expect(places(point(0), point(address, { register }))).toEqual(doubted ? [1] : []);
  });

  test('of a discrete input does from 10001 on', () => {
    const discrete = { register: 'discrete', type: 'bool' };
    expect(places(point(10_001, discrete), point(10_001))).toEqual([0]);
    expect(places(point(10_000, discrete))).toEqual([]);
  });

  test('is named once for each kind, with how many more there are', () => {
    const [first, second, ...more] = found([
      ...[point(40_001), point(30_001, { register: 'input' }), point(40_003), point(40_005)],
    ]);
    expect(more).toEqual([]);
    const messages = [first, second].map((doubt) => doubt?.message);
    expect(messages).toEqual([
      'looks like the number that a manual gives it: addresses count from 0, so 30001 of a manual is input 0',
      'looks like the number that a manual gives it: addresses count from 0, so 40001 of a manual is holding 0 (and so with 2 more of these points)',
    ]);
  });
});

describe('points in several registers', () => {
  const wide = (address: number, more: Given = {}) => point(address, { type: 'float32', ...more });

  test('that share some of them are doubted', () => {
    expect(places(wide(0), wide(1))).toEqual([1]);
    expect(places(wide(1), wide(0))).toEqual([0]);
    expect(places(point(0, { type: 'uint64' }), wide(2))).toEqual([1]);
    expect(places(point(0, { type: 'string', length: 8 }), wide(1), wide(5))).toEqual([1, 2]);
  });

  test('that share all or none of them are not', () => {
    expect(places(wide(0), wide(2), wide(4))).toEqual([]);
    expect(places(wide(0), wide(0, { type: 'uint32' }))).toEqual([]);
    expect(places(wide(0), wide(1, { register: 'input' }))).toEqual([]);
    expect(places(wide(0), point(1))).toEqual([]);
  });
});

describe('a port', () => {
  test('of 7 data bits or the number of Modbus TCP is doubted', () => {
    expect(found([point(0)], { dataBits: 7 })).toEqual([
      { at: { port: 'dataBits' }, message: expect.stringContaining('needs 8 data bits') },
    ]);
    expect(found([point(0)], { tcpPort: 502 })).toEqual([
      { at: { port: 'tcpPort' }, message: expect.stringContaining('speaks Modbus TCP as a rule') },
    ]);
  });

  test('of 8 data bits or any other number is not', () => {
    expect(found([point(0)], { dataBits: 8, tcpPort: 4001 })).toEqual([]);
    expect(found([point(0)])).toEqual([]);
  });
});
