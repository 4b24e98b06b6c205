import { expect, test } from 'vitest';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { driver as ascii } from '../../../drivers/modbus/ascii/driver.ts';
import { driver as rtu } from '../../../drivers/modbus/rtu/driver.ts';
import { driver as tcp } from '../../../drivers/modbus/tcp/driver.ts';
import { costModelOf, createDevice } from '../../../drivers/registry/loader.ts';
import { exchangeOf } from '../../support/dialogue.ts';
import { device, LINE } from './support.ts';

/** As a profile holds them: devices of one model get the same list. */
const POINTS = Object.freeze(
  [0, 2, 4, 10].map((address, at) =>
    Object.freeze({ name: `p${at}`, register: 'holding', address, type: 'float32', writable: true, min: 0, max: 9 }),
  ),
);
const NAMES = POINTS.map(({ name }) => name);

const requests = (asked: PollDevice) => asked.plan(NAMES).map((each) => [...exchangeOf(each).request.slice(0, 6)]);
const costs = (asked: PollDevice) => [
  asked.plan(NAMES).map(({ cost }) => cost),
  asked.write(new Map([['p0', 1]])).map(({ cost }) => cost),
];

test('devices of one model share their points, and each asks in its own name', () => {
  const [one, other] = [device(POINTS, { unit: 1, maxHole: 8 }), device(POINTS, { unit: 7, maxHole: 8 })];
  expect(other.points).toBe(one.points);
  expect(requests(one)).toEqual([[1, 3, 0, 0, 0, 12]]);
  expect(requests(other)).toEqual([[7, 3, 0, 0, 0, 12]]);
});

test('devices that share their points keep their own bounds, orders and periods', () => {
  const one = device(POINTS, { unit: 1, maxHole: 8 });
  expect(requests(device(POINTS, { unit: 1, maxHole: 0 }))).toHaveLength(2);
  expect(requests(device(POINTS, { unit: 1, maxRegisters: 4 }))).toHaveLength(3);
  expect(requests(one)).toHaveLength(1);
  const value = (asked: PollDevice) => [...exchangeOf(asked.write(new Map([['p0', 1]]))[0]).request.slice(7, 11)];
  expect(value(one)).toEqual([0x3f, 0x80, 0, 0]);
  expect(value(device(POINTS, { unit: 1, wordOrder: 'little' }))).toEqual([0, 0, 0x3f, 0x80]);
  expect(one.plan(['p0', 'p3']).map(({ points }) => points)).toEqual([['p0', 'p3']]);
  expect(one.plan(NAMES).map(({ points }) => points)).toEqual([NAMES]);
});

test.each([rtu, ascii, tcp])(
  'devices of $name cost the same in the name of each unit, and all units at once another',
  (driver) => {
    const of = (unit: number, more = {}) => ({ options: { unit, ...more }, points: POINTS, line: LINE });
    const model = costModelOf(driver, of(1));
    expect(model).toBeDefined();
    expect(costModelOf(driver, of(2))).toBe(model);
    const any = { anyUnit: true };
    expect(costModelOf(driver, of(0, any))).toBeDefined();
    expect(costModelOf(driver, of(0, any))).not.toBe(costModelOf(driver, of(1, any)));
    expect(costModelOf(driver, of(1, { timeoutMs: 900 }))).not.toBe(model);
    const made = (unit: number) => costs(createDevice(driver, of(unit)) as PollDevice);
    expect(made(2)).toEqual(made(1));
    expect(made(247)).toEqual(made(1));
  },
);

test('a model is nothing where the driver throws or does not say', () => {
  const setup = { options: { unit: 1 }, points: POINTS, line: LINE };
  const broken = {
    ...rtu,
    costOptions: () => {
      throw new Error('broken');
    },
  };
  expect(costModelOf(broken, setup)).toBeUndefined();
  const { costOptions: _, ...silent } = rtu;
  expect(costModelOf(silent, setup)).toBeUndefined();
});
