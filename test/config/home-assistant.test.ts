import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../config/problem.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { good, load } from './support.ts';

const catalogue = openCatalogue();

/** A meter with one point of these keys. */
const config = (point: string, { device = '', extra = 'homeAssistant: {}' } = {}) => `gateway: gw
mqtt: { url: 'mqtt://127.0.0.1' }
${extra}
buses:
  - id: a
    port: { path: /dev/ttyS0 }
    devices:
      - id: m
        ${device}
        driver: modbus-rtu
        options: { unit: 1 }
        points:
          - { name: p, register: holding, address: 0, ${point} }
`;

async function said(text: string): Promise<readonly string[]> {
  const loaded = await load(text, { catalogue });
  const found = loaded.ok
    ? loaded.warnings.map((each) => `warning: ${formatProblem(each)}`)
    : loaded.problems.map(formatProblem);
  return found
    .map((each) => each.replace(/\S*c\.yaml/, 'c.yaml'))
    .filter((each) => !each.includes('can be written without'));
}

describe('what Home Assistant would refuse is refused at its place', () => {
  test.each([
    [
      'type: uint16, unit: kWh, quantity: power',
      13,
      'unit: Home Assistant refuses the unit for this quantity; it takes: mW, W, kW, MW, GW, TW',
    ],
    [
      'type: uint16, unit: C, quantity: temperature',
      13,
      'unit: Home Assistant refuses the unit for this quantity; it takes: °C, °F, K',
    ],
    [
      'type: uint16, writable: true, min: 0, max: 1, step: 0.0001',
      13,
      'step: Home Assistant refuses a step below 0.001',
    ],
    ['type: uint16, unit: x, enum: { 0: off, 1: on }', 13, 'unit: Home Assistant refuses a unit of what is no number'],
  ])('%s', async (point, line, why) => {
    const found = await said(config(point));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^c\\.yaml:${line}:\\d+: buses\\[0\\]\\.devices\\[0\\]\\.points\\[0\\]\\.`));
    expect(found[0]).toContain(why);
    expect(await said(config(point, { extra: '' }))).toEqual([]);
  });
});

describe('what Home Assistant would complain of is warned of at its place', () => {
  test.each([
    [
      'type: uint16, quantity: power',
      'quantity: Home Assistant warns of the quantity without a unit; it takes: mW, W, kW, MW, GW, TW',
    ],
    ['type: uint16, unit: °C, counts: total', 'counts: Home Assistant keeps no such count of this quantity'],
    ['type: uint16, enum: { 0: None, 1: on }', 'enum: has a text that means “unknown” in Home Assistant: None'],
    ['type: uint16, label: Meter power', 'label: repeats the label of the device: Home Assistant shows both together'],
  ])('%s', async (point, why) => {
    const found = await said(config(point, { device: 'label: Meter' }));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^warning: c\.yaml:13:\d+: buses\[0\]\.devices\[0\]\.points\[0\]\./);
    expect(found[0]).toContain(why);
  });
});

test('a config that fits is neither refused nor warned of', async () => {
  for (const point of [
    'type: uint16, unit: VAr',
    'type: uint32, unit: m3, quantity: water, counts: total-increasing',
    'type: bool',
  ]) {
    expect(await said(config(point))).toEqual([]);
  }
});

test('homeAssistant has its usual topics, and takes others that are topics', async () => {
  const { config: plain } = await good(config('type: uint16'), { catalogue });
  expect(plain.homeAssistant).toEqual({ discoveryPrefix: 'homeassistant', statusTopic: 'homeassistant/status' });
  expect(
    await said(config('type: uint16', { extra: 'homeAssistant: { discoveryPrefix: ha/+, statusTopic: "a b", x: 1 }' })),
  ).toEqual([
    expect.stringContaining('homeAssistant.discoveryPrefix: must be 1 to 6 topic levels'),
    expect.stringContaining('homeAssistant.statusTopic: must be 1 to 6 topic levels'),
    expect.stringContaining('homeAssistant.x: unknown key'),
  ]);
});

test('nothing turns it on but its presence, in the file or in the environment', async () => {
  const off = config('type: uint16', { extra: '' });
  expect((await good(off, { catalogue })).config.homeAssistant).toBeUndefined();
  const environment = { FIELDWARD_HOME_ASSISTANT__DISCOVERY_PREFIX: 'ha' };
  expect((await good(off, { catalogue, environment })).config.homeAssistant?.discoveryPrefix).toBe('ha');
});
