import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { configJsonSchema } from '../../config/json-schema.ts';
import { driver as lines } from '../../drivers/lines/driver.ts';
import { driver as modbus } from '../../drivers/modbus/rtu/driver.ts';
import { driver as nmea } from '../../drivers/nmea0183/driver.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { asked, good, problems, warnings } from './support.ts';

const catalogue = await openCatalogue({
  table: {
    'modbus-rtu': async () => ({ driver: modbus }),
    nmea0183: async () => ({ driver: nmea }),
    lines: async () => ({ driver: lines }),
    broken: () => Promise.reject(new Error('it does not load')),
  },
  folder: fileURLToPath(new URL('../../drivers', import.meta.url)),
  integrity: 'source',
});

/** One device, with its `onLinkLoss` in a line of its own: line 16, from column 9. */
function config(onLinkLoss: string, more = ''): string {
  return `gateway: gw
mqtt: { url: 'mqtt://127.0.0.1' }
${more}
buses:
  - id: a
    port: { path: /dev/ttyS0 }
    devices:
      - id: pump
        driver: modbus-rtu
        options: { unit: 1 }
        points:
          - { name: relay, register: coil, address: 0, type: bool, writable: true }
          - { name: level, register: holding, address: 4, type: uint16, writable: true, min: 0, max: 100, step: 5 }
          - { name: mode, register: holding, address: 5, type: uint16, writable: true, enum: { 0: local, 1: remote } }
          - { name: speed, register: holding, address: 6, type: uint16, writable: true }
        onLinkLoss: ${onLinkLoss}
`;
}

const of = (onLinkLoss: string) => problems(config(onLinkLoss), { catalogue });

test.each([
  '{ afterMs: 60000, write: { relay: false } }',
  '{ afterMs: 1000, write: { relay: true, level: 0, mode: local } }',
  '{ afterMs: 86400000, write: { level: 100 } }',
])('this is a defined output: %s', async (onLinkLoss) => {
  expect(await of(onLinkLoss)).toEqual([]);
});

test('the agent gets it as it stands there, frozen', async () => {
  const { config: loaded } = await good(config('{ afterMs: 5000, write: { relay: false, level: 5 } }'), { catalogue });
  const { onLinkLoss } = loaded.buses[0]?.devices[0] ?? {};
  expect(onLinkLoss).toEqual({ afterMs: 5000, write: { relay: false, level: 5 } });
  expect(Object.isFrozen(onLinkLoss?.write)).toBe(true);
});

const AFTER = 'onLinkLoss.afterMs: must be 1000 to 86400000 ms';
const KIND = 'must be a number, true or false, or text of at most 256 characters';
const NUMBER = 'must be a number within min, max and step of the point';
const COUNT = 'onLinkLoss.write: must have 1 to 64 entries';

test.each([
  ['{ write: { relay: false } }', '16:21', 'onLinkLoss.afterMs: is required'],
  ['{ afterMs: 60000 }', '16:21', 'onLinkLoss.write: is required'],
  ['{ afterMs: 999, write: { relay: false } }', '16:32', AFTER],
  ['{ afterMs: 86400001, write: { relay: false } }', '16:32', AFTER],
  ['{ afterMs: 1000.5, write: { relay: false } }', '16:32', 'onLinkLoss.afterMs: must be a whole number of ms'],
  [
    "{ afterMs: '5000', write: { relay: false } }",
    '16:32',
    'onLinkLoss.afterMs: must be a whole number: the quotes make it a text, write it without them',
  ],
  ['{ afterMs: 5000, write: {} }', '16:45', COUNT],
  ['{ afterMs: 5000, write: [relay] }', '16:45', 'onLinkLoss.write: must be a mapping'],
  ['{ afterMs: 5000, write: { relay: ~ } }', '16:54', `onLinkLoss.write.relay: ${KIND}`],
  ['{ afterMs: 5000, write: { relay: [1] } }', '16:54', `onLinkLoss.write.relay: ${KIND}`],
  ['{ afterMs: 5000, write: { level: .nan } }', '16:54', `onLinkLoss.write.level: ${KIND}`],
  ['{ afterMs: 5000, write: { level: .inf } }', '16:54', `onLinkLoss.write.level: ${KIND}`],
  ['{ afterMs: 5000, write: { rely: false } }', '16:47', 'onLinkLoss.write.rely: the device has no such point'],
  ['{ afterMs: 5000, write: { relay: off } }', '16:54', 'onLinkLoss.write.relay: must be true or false'],
  ['{ afterMs: 5000, write: { relay: 0 } }', '16:54', 'onLinkLoss.write.relay: must be true or false'],
  ['{ afterMs: 5000, write: { level: 105 } }', '16:54', `onLinkLoss.write.level: ${NUMBER}`],
  ['{ afterMs: 5000, write: { level: -5 } }', '16:54', `onLinkLoss.write.level: ${NUMBER}`],
  ['{ afterMs: 5000, write: { level: 52 } }', '16:54', `onLinkLoss.write.level: ${NUMBER}`],
  ["{ afterMs: 5000, write: { level: '5' } }", '16:54', `onLinkLoss.write.level: ${NUMBER}`],
  [
    '{ afterMs: 5000, write: { mode: hand } }',
    '16:53',
    'onLinkLoss.write.mode: must be one of the texts of the point’s enum',
  ],
  [
    '{ afterMs: 5000, write: { speed: 70000 } }',
    '16:54',
    'onLinkLoss.write.speed: the value is outside what the point allows (command/value)',
  ],
  [
    '{ afterMs: 5000, write: { relay: false }, then: off }',
    '16:63',
    'onLinkLoss.then: unknown key; known here: afterMs, write',
  ],
])('this is none: %s', async (onLinkLoss, place, message) => {
  expect(await of(onLinkLoss)).toEqual([`c.yaml:${place}: buses[0].devices[0].${message}`]);
});

test('all that is wrong is told at once', async () => {
  const found = await of('{ afterMs: 5, write: { rely: false, level: 101, mode: 7 } }');
  expect(found.map((line) => line.replace(/^c\.yaml:16:\d+: buses\[0\]\.devices\[0\]\.onLinkLoss\./, ''))).toEqual([
    'afterMs: must be 1000 to 86400000 ms',
    'write.rely: the device has no such point',
    `write.level: ${NUMBER}`,
    'write.mode: must be one of the texts of the point’s enum',
  ]);
});

test('a point that is only read can not be written on loss of the link either', async () => {
  const text = config('{ afterMs: 5000, write: { relay: false } }').replace('type: bool, writable: true', 'type: bool');
  expect(await problems(text, { catalogue })).toEqual([
    'c.yaml:16:47: buses[0].devices[0].onLinkLoss.write.relay: must be a point with writable: true',
  ]);
});

test('more than 64 points are refused, without a word for each', async () => {
  const many = Array.from({ length: 65 }, (_, index) => `p${index}: 1`).join(', ');
  expect(await of(`{ afterMs: 5000, write: { ${many} } }`)).toEqual([`c.yaml:16:45: buses[0].devices[0].${COUNT}`]);
});

test('names that no point can have are refused, and none reaches an object’s own', async () => {
  expect(await of('{ afterMs: 5000, write: { Relay: false } }')).toEqual([
    'c.yaml:16:47: buses[0].devices[0].onLinkLoss.write.Relay: must be 1 to 63 of a-z, 0-9 and -, and not begin with -',
  ]);
  expect(await of('{ afterMs: 5000, write: { constructor: false } }')).toEqual([
    'c.yaml:16:47: buses[0].devices[0].onLinkLoss.write.constructor: the device has no such point',
  ]);
  expect((await of('{ afterMs: 5000, write: { __proto__: false } }')).join()).toContain('unknown key');
});

test('two points that can only be written one by one are refused together', async () => {
  const text = config('{ afterMs: 5000, write: { level: 5, speed: 5 } }').replace('address: 6', 'address: 4');
  expect((await problems(text, { catalogue })).map((line) => line.replace(/: [^:]*$/, ''))).toEqual([
    'c.yaml:16:45: buses[0].devices[0].onLinkLoss.write',
  ]);
});

test('a device that talks by itself has nothing that could be written', async () => {
  const text = `gateway: gw
mqtt: { url: 'mqtt://127.0.0.1' }
buses:
  - id: a
    port: { path: /dev/ttyS0 }
    devices:
      - { id: gnss, driver: nmea0183, onLinkLoss: { afterMs: 5000, write: { latitude: 1, relay: false } } }
`;
  expect((await problems(text, { catalogue })).map((line) => line.replace(/^.*write\./, ''))).toEqual([
    'latitude: must be a point with writable: true',
    'relay: the device has no such point',
  ]);
});

test('where the driver does not load, the config stands and the device stays unloaded', async () => {
  const text = config('{ afterMs: 5000, write: { relay: false } }').replace('modbus-rtu', 'broken');
  expect(await warnings(text, { catalogue })).toHaveLength(1);
});

test('the line’s budget knows of the write though commands are switched off', async () => {
  const waits = async (onLinkLoss: string) => {
    const text = config(onLinkLoss, 'commands: { enabled: false }').replace(/^.*onLinkLoss: \n/m, '');
    const { budgets } = await good(text, { catalogue });
    const { waitMs = 0, waitWithCommandsMs = 0 } = budgets.get('a')?.devices[0] ?? {};
    return waitWithCommandsMs > waitMs;
  };
  expect(await waits('')).toBe(false);
  expect(await waits('{ afterMs: 5000, write: { relay: false } }')).toBe(true);
});

test('editors know it', () => {
  const text = JSON.stringify(configJsonSchema([asked]));
  expect(text).toContain('"onLinkLoss":');
  expect(text).toContain('Point → value, 1 to 64 of them');
});

test('what the device does is ordered with true', async () => {
  const text = (value: string) =>
    config('{ afterMs: 60000, write: { zero: VALUE } }')
      .replace('VALUE', value)
      .replace('modbus-rtu', 'lines')
      .replace('{ unit: 1 }', '{ preset: mt-sics }')
      .replace(/( *- )\{ name: relay[\s\S]*?(?=\n *onLinkLoss)/, '$1{ name: zero, writable: true }');
  expect(await problems(text('true'), { catalogue })).toEqual([]);
  expect(await problems(text('false'), { catalogue })).toEqual([expect.stringMatching(/write\.zero: must be true$/)]);
});
