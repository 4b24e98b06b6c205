import { expect, test } from 'vitest';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { problems } from './support.ts';

const catalogue = openCatalogue({ integrity: 'source' });

const found = (points: readonly string[], options = '{ unit: 1 }') =>
  problems(
    `gateway: gw
mqtt: { url: 'mqtt://127.0.0.1' }
buses:
  - id: a
    port: { path: /dev/ttyS0 }
    devices:
      - id: m
        driver: modbus-rtu
        options: ${options}
        points:
${points.map((point) => `          - { register: input, ${point.includes('type:') ? '' : 'type: int16, '}${point} }\n`).join('')}`,
    { catalogue },
  );

const POWER = 'name: power, address: 10, scaleFrom: sf';

test('a value and its power of ten in one request are taken', async () => {
  expect(await found([POWER, 'name: sf, address: 14'])).toEqual([]);
});

test.each([
  ['name: sf, address: 500', 'lies too far away to be read in one request with the value: see maxRegisters'],
  ['name: other, address: 14', 'must be the name of another point of the device'],
  ['name: sf, address: 14, scale: 2', 'must be a point of a whole number, without scale'],
])('a power of ten is refused at the place that names it: %s', async (factor, message) => {
  expect(await found([POWER, factor])).toEqual([
    expect.stringMatching(`^c\\.yaml:11:\\d+: buses\\[0\\]\\.devices\\[0\\]\\.points\\[0\\]\\.scaleFrom: ${message}`),
  ]);
});

test('a scaled point that can be written is refused with the reason', async () => {
  expect(await found([`${POWER}, writable: true`, 'name: sf, address: 14'])).toContainEqual(
    expect.stringContaining('points[0].writable: a point with scaleFrom can not be written: its factor may change'),
  );
});

test('what is longer than the device reads at once is refused at its place', async () => {
  const short = '{ unit: 1, maxRegisters: 1 }';
  expect(await found(['name: power, address: 5, scaleFrom: sf', 'name: sf, address: 6'], short)).toEqual([
    expect.stringContaining('points[0].scaleFrom: lies too far away'),
  ]);
  expect(await found(['name: wide, address: 5, type: int48'], short)).toEqual([
    expect.stringContaining('points[0].address: the value has more registers than one request may read'),
  ]);
});
