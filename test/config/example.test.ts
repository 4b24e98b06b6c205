import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { configJsonSchema } from '../../config/json-schema.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { pemFiles } from './pem.ts';
import { asked, good, minimal, problems, talks, warnings } from './support.ts';

const EXAMPLE = readFileSync(new URL('../../config/example.yaml', import.meta.url), 'utf8');
const { ca, cert, key } = await pemFiles();
const FILES = { 'mqtt-password': 'x', 'ca.pem': ca, 'gateway.pem': cert, 'gateway.key': key };

/** As the interface has it, word for word. */
const INTERFACE = `gateway: plant7-gw01                 # [a-z0-9] then [a-z0-9-], at most 63: one topic level, one MQTT client id
mqtt:
  url: mqtts://broker.example:8883   # mqtt:// is refused off the loopback unless allowPlaintext: true
  protocolVersion: 5                 # 5 or 4 (3.1.1)
  topicPrefix: fieldward
  username: plant7-gw01
  passwordFile: mqtt-password
  caFile: ca.pem
  certFile: gateway.pem              # mutual TLS
  keyFile: gateway.key
outbox:
  directory: /var/lib/fieldward/outbox   # default: $STATE_DIRECTORY/outbox; absent: memory only, and status says so
  maxBytes: 67108864
  whenFull: drop-oldest              # drop-oldest | drop-newest | thin
  syncIntervalMs: 5000               # the most that a power cut may cost
commands:
  enabled: true
  allow: [read, write, pause, resume, reopen]
  maxAgeMs: 30000
buses:
  - id: rs485-a
    port: { path: /dev/serial/by-id/usb-FTDI_USB-RS485-if00-port0, baudRate: 19200, dataBits: 8, parity: even, stopBits: 1 }
    # or: port: { host: 10.0.0.7, tcpPort: 4001 }        a serial device server, raw TCP
    throttle: { gapMs: 2, maxQueue: 64, maxWaitMs: 2000, commandBurst: 4 }
    devices:
      - id: meter-1
        driver: modbus-rtu
        options: { unit: 1, timeoutMs: 300, profile: eastron-sdm630 }
        pollMs: 1000
        points:                       # instead of, or over, the profile's
          - { name: voltage-l1, register: input, address: 0, type: float32, unit: V, deadband: 0.5 }
          - { name: relay, register: coil, address: 0, type: bool, writable: true }
        commands: { allow: [read, write] }
  - id: gps
    port: { path: /dev/serial/by-id/usb-u-blox-if00, baudRate: 9600 }
    devices:
      - { id: gnss, driver: nmea0183, staleAfterMs: 5000 }
`;

const catalogue = openCatalogue();

test('the example loads as it is', async () => {
  expect(await warnings(EXAMPLE, { catalogue })).toEqual([]);
  const { config, devices } = await good(EXAMPLE, { catalogue });
  expect(config.buses).toHaveLength(3);
  expect([...devices.keys()]).toEqual(['meter-1', 'relays', 'meter-2', 'gnss']);
});

test('what the example shows of credentials is right but for the files', async () => {
  const keys = ['username', 'passwordFile', 'caFile', 'certFile', 'keyFile'];
  const used = keys.reduce((text, key) => text.replace(`  # ${key}: `, `  ${key}: `), EXAMPLE);
  const found = await problems(used, { catalogue });
  const missing = 'must be a readable file, among the credentials or beside the config';
  expect(found.map((line) => line.replace(/^c\.yaml:\d+:\d+: /, ''))).toEqual(
    ['passwordFile', 'caFile', 'certFile', 'keyFile'].map((key) => `mqtt.${key}: ${missing}`),
  );
});

test('the example of the interface loads, the profile with the points laid over it', async () => {
  const { config, devices } = await good(INTERFACE, { files: FILES, catalogue });
  const points = config.buses[0]?.devices[0]?.points ?? [];
  expect(points.length).toBeGreaterThan(2);
  expect(points.find(({ name }) => name === 'voltage-l1')).toMatchObject({ deadband: 0.5, unit: 'V' });
  expect(points.find(({ name }) => name === 'relay')).toMatchObject({ writable: true });
  expect(devices.get('gnss')).toMatchObject({ kind: 'stream' });
});

test('the example shows the defaults where it says so', async () => {
  const shown = (await good(EXAMPLE, { catalogue })).config;
  const plain = (await good(minimal())).config;
  const { directory: _, ...outbox } = shown.outbox;
  expect(outbox).toEqual(plain.outbox);
  expect(shown.commands).toEqual(plain.commands);
  expect(shown.log).toEqual(plain.log);
  for (const key of ['keepaliveMs', 'connectTimeoutMs', 'reconnectMinMs', 'reconnectMaxMs', 'topicPrefix'] as const) {
    expect(shown.mqtt[key]).toBe(plain.mqtt[key]);
  }
  const { gapMs, ...throttle } = shown.buses[0]?.throttle ?? { gapMs: 0 };
  expect(plain.buses[0]?.throttle).toEqual({ ...throttle, gapMs: 0 });
});

async function jsonSchema() {
  const drivers = await Promise.all(catalogue.names.map((name) => catalogue.load(name)));
  return configJsonSchema(drivers);
}

test('the JSON Schema is of draft 2020-12 and takes both examples', async () => {
  const schema = await jsonSchema();
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  for (const text of [EXAMPLE, INTERFACE]) {
    expect(validator.safeParse(parse(text)).error?.issues ?? []).toEqual([]);
  }
});

test('the JSON Schema takes a place for anchors', async () => {
  const validator = z.fromJSONSchema((await jsonSchema()) as Parameters<typeof z.fromJSONSchema>[0]);
  const text = `x-points: [1, { a: b }]\n${EXAMPLE}`;
  expect(validator.safeParse(parse(text)).error?.issues ?? []).toEqual([]);
  expect(validator.safeParse(parse(text.replace('x-points', 'y-points'))).success).toBe(false);
});

test.each([
  ['an unknown key', (text: string) => text.replace('outbox:', 'outbax:')],
  ['a unit out of bounds', (text: string) => text.replace('unit: 2 }', 'unit: 300 }')],
  ['an unknown driver', (text: string) => text.replace('driver: nmea0183', 'driver: nmea2000')],
  ['an unknown key of a point', (text: string) => text.replace('deadband: 0.5', 'deadbend: 0.5')],
  ['a word for a number', (text: string) => text.replace('pollMs: 1000 ', 'pollMs: fast ')],
  ['no gateway', (text: string) => text.replace(/^gateway:.*$/m, '')],
])('the JSON Schema refuses %s', async (_, change) => {
  const validator = z.fromJSONSchema((await jsonSchema()) as Parameters<typeof z.fromJSONSchema>[0]);
  expect(change(EXAMPLE)).not.toBe(EXAMPLE);
  expect(validator.safeParse(parse(change(EXAMPLE))).success).toBe(false);
});

test('the JSON Schema lets a point over a profile leave out what the profile says', () => {
  const text = JSON.stringify(configJsonSchema([asked, talks]));
  expect(text).toContain('"required":["name"]');
  expect(text).not.toContain('"required":["name","address"]');
});

test('every number in the JSON Schema says its bounds, and why', async () => {
  const bare: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const node = value as Record<string, unknown>;
    if (
      path.startsWith('.properties') &&
      (node.type === 'integer' || node.type === 'number') &&
      node.enum === undefined
    ) {
      if (node.description === undefined && path.endsWith('Ms')) bare.push(path);
      if (node.minimum === undefined || node.maximum === undefined) bare.push(path);
    }
    for (const [key, inner] of Object.entries(node)) walk(inner, `${path}.${key}`);
  };
  walk(await jsonSchema(), '');
  expect(bare).toEqual([]);
});
