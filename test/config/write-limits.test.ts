import { expect, test } from 'vitest';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { load, minimal, problems, warnings } from './support.ts';

const catalogue = openCatalogue({ integrity: 'source' });

const config = (points: string, options = '{ unit: 1 }') =>
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
${points}
`;
const MODE = '          - { name: mode, register: holding, address: 1, type: uint16, enum: { 0: local, 1: remote } }';
const AUTO = '          - { name: auto, register: coil, address: 2, type: bool }';
const LEVEL = '          - { name: level, register: input, address: 3, type: int16, max: 10 }';
const point = (more: string, type = 'uint16') =>
  `          - { name: p, register: holding, address: 0, type: ${type}, writable: true, min: 0, max: 9, ${more} }`;
const when = (value: string) => point(`writableWhen: ${value}`);
const found = async (...points: readonly string[]) => problems(config(points.join('\n')), { catalogue });

test.each([
  '{ point: mode, equals: remote }',
  '{ point: auto, equals: false }',
  '{ point: level, equals: -2.5 }',
  '{ point: level, equals: 11 }',
  '{ point: level, equals: 0x7FFFFFFFFFFFFFFF }',
])('this interlock is good: %s', async (value) => {
  expect(await found(when(value), MODE, AUTO, LEVEL)).toEqual([]);
});

const AT = 'buses[0].devices[0].points[0].writableWhen';

test.each([
  ['{ point: p, equals: 1 }', 'point: must be the name of another point of the device'],
  ['{ point: nothing, equals: 1 }', 'point: must be the name of another point of the device'],
  ['{ point: constructor, equals: 1 }', 'point: must be the name of another point of the device'],
  ['{ point: mode, equals: distant }', 'equals: must be one of its texts, as the other point is'],
  ['{ point: mode, equals: 1 }', 'equals: must be one of its texts, as the other point is'],
  ['{ point: auto, equals: 1 }', 'equals: must be true or false, as the other point is'],
  ['{ point: level, equals: true }', 'equals: must be a number, as the other point is'],
  ['{ point: auto, equals: 0x7FFFFFFFFFFFFFFF }', 'equals: must be true or false, as the other point is'],
  ['{ point: level, equals: "1" }', 'equals: must be a number, as the other point is'],
])('this interlock is refused at its place: %s', async (value, message) => {
  expect(await found(when(value), MODE, AUTO, LEVEL)).toEqual([
    expect.stringMatching(new RegExp(`^c\\.yaml:11:\\d+: ${`${AT}.${message}`.replaceAll(/[[\].]/g, '\\$&')}$`)),
  ]);
});

test('every limit is told to the agent', async () => {
  const limits = 'maxRatePerS: 0.5, minIntervalMs: 100, dailyWrites: 3, confirm: select';
  const text = config(`${point(`${limits}, writableWhen: { point: mode, equals: remote }`)}\n${MODE}`);
  const loaded = await load(text, { catalogue });
  expect(loaded.ok && loaded.devices.get('m')?.points[0]).toMatchObject({
    ...{ maxRatePerS: 0.5, minIntervalMs: 100, dailyWrites: 3, confirm: 'select' },
    writableWhen: { point: 'mode', equals: 'remote' },
  });
});

test('a rate is for numbers', async () => {
  const relay = '          - { name: r, register: coil, address: 9, type: bool, writable: true, maxRatePerS: 1 }';
  const label =
    '          - { name: s, register: holding, address: 9, type: string, length: 2, writable: true, maxRatePerS: 1 }';
  expect(await found(relay, label)).toEqual([
    expect.stringContaining('points[0].maxRatePerS: makes no sense for a bool'),
    expect.stringContaining('points[1].maxRatePerS: makes no sense for a string'),
  ]);
});

test('a limit of a point that can not be written is refused at its place', async () => {
  const text = minimal().replace('{ name: p, address: 0 }', '{ name: p, address: 0, confirm: select }');
  expect(await problems(text)).toEqual([expect.stringContaining('points[0].confirm: needs writable: true')]);
});

test('a number that can be written without both bounds is warned of, and only that', async () => {
  const points = [
    '          - { name: a, register: holding, address: 10, type: int16, writable: true, min: 0 }',
    '          - { name: b, register: holding, address: 11, type: int16, writable: true, min: 0, max: 1 }',
    '          - { name: c, register: coil, address: 12, type: bool, writable: true }',
    '          - { name: d, register: holding, address: 13, type: int16 }',
  ];
  expect(await warnings(config(points.join('\n')), { catalogue })).toEqual([
    expect.stringMatching(
      /^c\.yaml:11:\d+: buses\[0\]\.devices\[0\]\.points\[0\]: can be written without both min and max/,
    ),
  ]);
});

test('nothing is said of an interlock whose profile is not known', async () => {
  const text = config(when('{ point: elsewhere, equals: 1 }'), '{ unit: 1, profile: nothing }');
  expect(await problems(text, { catalogue })).toEqual([expect.stringContaining('options.profile: must be')]);
});

test('an interlock is no point that can not be read', async () => {
  const scale = `          - { name: zero, writable: true, writableWhen: { point: tare, equals: true } }
          - { name: tare, writable: true, writableWhen: { point: stable, equals: true } }
          - { name: stable }`;
  const text = config(scale, '{ preset: mt-sics }').replace('modbus-rtu', 'lines');
  expect(await problems(text, { catalogue })).toEqual([
    expect.stringContaining('points[0].writableWhen.point: must be a point that can be read'),
  ]);
});
