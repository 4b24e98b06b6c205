import { describe, expect, test } from 'vitest';
import { readEnvelope } from '../../../../agent/command/request/envelope.ts';
import type { PlantDevice } from '../../../../agent/convention/convention.ts';
import { type DocumentSetup, discoveryDocuments } from '../../../../agent/convention/home-assistant/documents.ts';
import { Topics } from '../../../../agent/link/topics.ts';
import { buildStatus } from '../../../../agent/status/status.ts';
import { withMeaning } from '../../../../config/meaning.ts';
import { COUNTS, QUANTITIES } from '../../../../drivers/contract/quantity.ts';
import type { Point } from '../../../../drivers/contract/reading.ts';
import { driver as vedirect } from '../../../../drivers/vedirect/driver.ts';
import { SNAPSHOTS } from '../../status/snapshots.ts';
import { renderCommand, renderState } from './jinja.ts';
import { judgeDocument } from './validator.ts';

const NOW = Date.UTC(2026, 10, 23, 10, 15, 2, 113);
const SETUP: DocumentSetup = {
  topics: new Topics('Acme/Plant7', 'gw-1'),
  discoveryPrefix: 'homeassistant',
  version: '1.2.3',
  maxAgeMs: 30_000,
  writable: new Set(['meter-1']),
  buttons: { reopen: ['rs485-a'], restart: true },
};

function documentsOf(points: readonly Point[], more: Partial<PlantDevice> = {}, setup: Partial<DocumentSetup> = {}) {
  const device = { id: 'meter-1', identity: {}, points: withMeaning(points, []), ...more };
  return discoveryDocuments({ gateway: 'gw-1', devices: [device] }, { ...SETUP, ...setup });
}

// biome-ignore lint/suspicious/noExplicitAny: each test knows the keys of its platform
function componentOf(point: Partial<Point>, setup?: Partial<DocumentSetup>): any {
  const whole: Point = { name: 'p', type: 'number', writable: false, ...point };
  return documentsOf([whole], {}, setup).get('homeassistant/device/gw-1_meter-1/config')?.components[whole.name];
}

/** The validator's verdict on all documents together. */
function judge(documents: ReturnType<typeof documentsOf>) {
  const seen = new Set<string>();
  return Array.from(documents, ([topic, document]) => judgeDocument(topic, JSON.stringify(document), seen));
}

const TAKEN = { document: [], entities: [], warnings: [] };

describe('a document', () => {
  test('of a device says who it is, what it hangs on, and whether both are there', () => {
    const identity = { maker: 'Eastron', model: 'SDM630', serial: '7', firmware: '1.8' };
    const document = documentsOf([], { label: 'Zähler', identity }).get('homeassistant/device/gw-1_meter-1/config');
    expect(document).toEqual({
      device: {
        identifiers: ['fieldward_gw-1_meter-1'],
        name: 'Zähler',
        manufacturer: 'Eastron',
        model: 'SDM630',
        serial_number: '7',
        sw_version: '1.8',
        via_device: 'fieldward_gw-1',
      },
      origin: { name: 'Fieldward', sw_version: '1.2.3' },
      availability: [{ topic: 'Acme/Plant7/gw-1/availability' }, { topic: 'Acme/Plant7/gw-1/meter-1/availability' }],
      availability_mode: 'all',
      components: {},
    });
  });

  test('names a point by its name where the word label is the wire’s, as with VE.Direct', () => {
    const entries = [
      { name: 'battery-volts', label: 'V' },
      { name: 'charger-temperature', register: 0xeddb },
    ];
    const { points } = vedirect.create({ options: {}, points: entries, line: { baudRate: 19_200, characterMs: 1 } });
    const devices = [{ id: 'meter-1', identity: {}, points: withMeaning(points, entries) }];
    const documents = discoveryDocuments({ gateway: 'gw-1', devices }, SETUP);
    expect(documents.get('homeassistant/device/gw-1_meter-1/config')?.components).toMatchObject({
      'battery-volts': { name: 'Battery volts' },
      'charger-temperature': { name: 'Charger temperature' },
    });
  });

  test('of the gateway is taken, and each of its entities has a state that its status renders', () => {
    const documents = documentsOf([]);
    expect(judge(documents)).toEqual([TAKEN, TAKEN]);
    const { components, device } = documents.get('homeassistant/device/gw-1/config') ?? { components: {}, device: {} };
    expect(device).toMatchObject({ identifiers: ['fieldward_gw-1'] });
    const status = JSON.stringify(buildStatus(SNAPSHOTS));
    for (const [key, component] of Object.entries(components)) {
      const { state_topic: topic, value_template: template } = component as Readonly<Record<string, string>>;
      if (topic !== 'Acme/Plant7/gw-1/status') continue;
      expect(renderState(template ?? '', status), key).not.toMatch(/None|undefined|NaN|object/);
    }
  });

  test('with every quantity, counted and not, in every unit that fits, is taken without a complaint', () => {
    const units = [
      '',
      'V',
      'A',
      'W',
      'kW',
      'Wh',
      'kWh',
      'var',
      'kVArh',
      'VA',
      'kVAh',
      'Hz',
      '°C',
      'K',
      '%',
      'm3',
      'm³/h',
      'l/min',
    ];
    units.push(
      'bar',
      'kg',
      'm',
      's',
      'lx',
      'W/m2',
      'ppm',
      'µS/cm',
      'pH',
      'deg',
      '°',
      'dBm',
      'm/s',
      'mm',
      'mm/h',
      'μg/m³',
      'g/m³',
      'm²',
    );
    const points = QUANTITIES.flatMap((quantity, q) =>
      units.flatMap((unit, u) =>
        [undefined, ...COUNTS].map((counts, c): Point => {
          const name = `p-${q}-${u}-${c}`;
          return { name, type: 'number', writable: c === 1, quantity, counts, ...(unit !== '' && { unit }) };
        }),
      ),
    );
    const [gateway, device] = judge(documentsOf(points));
    expect(gateway).toEqual(TAKEN);
    expect({ ...device, warnings: device?.warnings.filter((why) => !why.endsWith('unit missing')) }).toEqual(TAKEN);
  });
});

describe('a point', () => {
  test.each([
    [{ unit: 'V' }, { device_class: 'voltage', state_class: 'measurement', unit_of_measurement: 'V' }],
    [
      { unit: 'kWh', counts: 'total-increasing' },
      { device_class: 'energy', state_class: 'total_increasing' },
    ],
    [
      { unit: 'kWh', counts: 'total' },
      { device_class: 'energy', state_class: 'total' },
    ],
    [
      { unit: 'kVArh', counts: 'total-increasing' },
      { device_class: 'reactive_energy', unit_of_measurement: 'kvarh' },
    ],
    [
      { unit: 'm3', quantity: 'gas', counts: 'total-increasing' },
      { device_class: 'gas', unit_of_measurement: 'm³' },
    ],
    [{ unit: '°', quantity: 'wind-direction' }, { state_class: 'measurement_angle' }],
    [
      { quantity: 'ph', unit: 'pH' },
      { device_class: 'ph', state_class: 'measurement' },
    ],
    [{ unit: 'pulses' }, { unit_of_measurement: 'pulses', state_class: 'measurement' }],
  ] as const)('%o is a sensor with %o', (point, wanted) => {
    expect(componentOf(point)).toMatchObject({ platform: 'sensor', ...wanted });
  });

  test('of energy that is not known to count has no state class: Home Assistant takes none but a count', () => {
    expect(componentOf({ unit: 'kWh' })).not.toHaveProperty('state_class');
  });

  test('reads its value of the state by its name, and an unknown one is None, never 0', () => {
    const { value_template: template, state_topic: topic } = componentOf({ name: 'voltage-l1' });
    expect(topic).toBe('Acme/Plant7/gw-1/meter-1/state');
    expect(template).toContain("value_json['values']['voltage-l1']");
    expect(renderState(template, '{"values":{"voltage-l1":230.1}}')).toBe('230.1');
    expect(renderState(template, '{"values":{"voltage-l1":null}}')).toBe('None');
    expect(renderState(template, '{"values":{}}')).toBe('None');
  });

  test('that is a text is cut to what Home Assistant takes; a choice is one of its options, a time is a time', () => {
    const { value_template: template } = componentOf({ type: 'text' });
    expect(renderState(template, JSON.stringify({ values: { p: 'x'.repeat(300) } }))).toHaveLength(255);
    expect(componentOf({ type: 'text', choices: ['a', 'b'] })).toMatchObject({
      device_class: 'enum',
      options: ['a', 'b'],
    });
    expect(componentOf({ type: 'text', tellsUtc: true })).toMatchObject({ device_class: 'timestamp' });
  });

  test('that is on or off says so in the words of its payloads', () => {
    const { platform, payload_on: on, value_template: template } = componentOf({ type: 'boolean' });
    expect(platform).toBe('binary_sensor');
    expect(renderState(template, '{"values":{"p":true}}')).toBe(on);
    expect(renderState(template, '{"values":{"p":null}}')).toBe('None');
  });

  test('keeps its ids whatever its label is, and whatever letters that has', () => {
    const ids = ({ unique_id, default_entity_id }: Readonly<Record<string, unknown>>) => [unique_id, default_entity_id];
    expect(ids(componentOf({ name: 'power-l1', label: 'Leistung (Küche) ß' }))).toEqual(
      ids(componentOf({ name: 'power-l1' })),
    );
    expect(ids(componentOf({ name: 'power-l1' }))).toEqual([
      'fieldward_gw-1_meter-1_power-l1',
      'sensor.gw_1_meter_1_power_l1',
    ]);
  });
});

describe('a writable point', () => {
  const write = (component: Readonly<Record<string, string>>, value: string | number) => {
    const text = renderCommand(component.command_template ?? '', value, NOW);
    return readEnvelope(new TextEncoder().encode(text), false).request;
  };

  test.each([
    [{ type: 'boolean' }, 'switch', 'true', true],
    [{ type: 'number', min: 0, max: 5, step: 0.5 }, 'number', 2.5, 2.5],
    [{ type: 'text', choices: ['eco "x" <&>', "it's"] }, 'select', 'eco "x" <&>', 'eco "x" <&>'],
    [{ type: 'text', choices: ['eco', "it's"] }, 'select', "it's", "it's"],
  ] as const)('%o is a %s, and what it sends is a request of the gateway', (point, platform, chosen, sent) => {
    const component = componentOf({ writable: true, ...point });
    expect(component).toMatchObject({
      platform,
      command_topic: 'Acme/Plant7/gw-1/meter-1/command/write',
      retain: false,
    });
    const request = write(component, chosen);
    expect(request?.args).toEqual({ p: sent });
    expect(request?.expiresAt).toBeGreaterThan(NOW + 10_000);
    expect(request?.expiresAt).toBeLessThanOrEqual(NOW + 15_000);
    expect(write(component, chosen)?.id).not.toBe(request?.id);
    expect(judge(documentsOf([{ name: 'p', writable: true, ...point }]))).toEqual([TAKEN, TAKEN]);
  });

  test('without bounds takes numbers beyond those that Home Assistant would set', () => {
    expect(componentOf({ writable: true })).toMatchObject({ min: -1e12, max: 1e12 });
    expect(componentOf({ writable: true, min: 2e12 })).toMatchObject({ min: 2e12, max: 2e12 });
  });

  test('is only shown where its device takes no unsigned write, or it wants select and operate', () => {
    expect(componentOf({ writable: true, type: 'boolean' }, { writable: new Set() }).platform).toBe('binary_sensor');
    expect(componentOf({ writable: true, confirm: 'select' })).not.toHaveProperty('command_topic');
    expect(componentOf({ writable: true, type: 'text' })).not.toHaveProperty('command_topic');
  });
});

test('buttons are there for what the gateway takes, and their requests are such', () => {
  const components = documentsOf([]).get('homeassistant/device/gw-1/config')?.components ?? {};
  const reopen = components['reopen-rs485-a'] as Readonly<Record<string, string>>;
  expect(reopen.command_topic).toBe('Acme/Plant7/gw-1/command/reopen');
  const text = renderCommand(reopen.command_template ?? '', 'PRESS', NOW);
  expect(readEnvelope(new TextEncoder().encode(text), false).request?.args).toEqual({ bus: 'rs485-a' });
  const none = documentsOf([], {}, { buttons: { reopen: [], restart: false } }).get('homeassistant/device/gw-1/config');
  expect(Object.values(none?.components ?? {}).map(({ platform }) => platform)).not.toContain('button');
});

describe('the validator of these tests', () => {
  const good = {
    ...documentsOf([{ name: 'p', type: 'number', writable: false }]).get('homeassistant/device/gw-1_meter-1/config'),
  };
  const topic = 'homeassistant/device/a/config';
  const refused = (change: object) => judgeDocument(topic, JSON.stringify({ ...good, ...change })).document;
  const part = (component: object) =>
    judgeDocument(
      topic,
      JSON.stringify({
        ...good,
        components: { x: { platform: 'sensor', unique_id: 'x', state_topic: 't', ...component } },
      }),
    );

  test('refuses a document for what Home Assistant refuses it for', () => {
    expect(judgeDocument('homeassistant/device/a.b/config', JSON.stringify(good)).document).toEqual(['topic']);
    expect(refused({ '~': 'x' })).toEqual(['root: ~']);
    expect(refused({ device: { name: 'x' } })).toEqual(['device: identifiers']);
    expect(refused({ device: { identifiers: ['x'], serial: '1' } })).toEqual(['device: serial']);
    expect(refused({ origin: {} })).toEqual(['origin: name']);
    expect(refused({ components: { x: { platform: 'sensor', name: 'x' } } })).toEqual(['x: unique_id']);
  });

  test('refuses an entity, or complains of it, for what Home Assistant does', () => {
    expect(part({ device_class: 'power', unit_of_measurement: 'kWh' }).entities).toEqual(['x: unit']);
    expect(part({ options: ['a'] }).entities).toEqual(['x: options without enum']);
    expect(part({ platform: 'number', command_topic: 't', min: 200 }).entities).toEqual(['x: range']);
    expect(part({ platform: 'number', command_topic: 't', step: 0.0001 }).entities).toEqual(['x: step']);
    expect(part({ last_reset_value_template: 'x' }).entities).toEqual(['x: last_reset']);
    expect(part({ device_class: 'energy', state_class: 'measurement', unit_of_measurement: 'kWh' }).warnings).toEqual([
      'x: state class',
    ]);
    expect(part({ device_class: 'power' }).warnings).toEqual(['x: unit missing']);
  });
});
