import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { cpuMs } from '../support/cpu.ts';
import { asked, catalogueWith, good, load, minimal, problems, warnings } from './support.ts';

test('the smallest config gets every default', async () => {
  const { config, warnings, hash, devices, drivers } = await good(minimal());
  expect(config).toEqual({
    gateway: 'gw',
    mqtt: {
      url: 'mqtt://127.0.0.1',
      fallbackUrls: [],
      protocolVersion: 'auto',
      topicPrefix: 'fieldward',
      values: false,
      meta: false,
      allowPlaintext: false,
      keepaliveMs: 30_000,
      connectTimeoutMs: 15_000,
      reconnectMinMs: 1_000,
      reconnectMaxMs: 30_000,
      returnAfterMs: 300_000,
    },
    outbox: { maxBytes: 67_108_864, whenFull: 'drop-oldest', syncIntervalMs: 5_000, backfillPerS: 2_000 },
    commands: {
      enabled: true,
      allow: ['ping', 'status', 'read', 'write', 'pause', 'resume', 'reopen'],
      maxAgeMs: 30_000,
      requireClock: true,
      auditMaxBytes: 16_777_216,
      signing: { required: [], keys: [] },
    },
    log: { level: 'info' },
    buses: [
      {
        id: 'a',
        port: {
          path: '/dev/ttyS0',
          baudRate: 9_600,
          dataBits: 8,
          parity: 'none',
          stopBits: 1,
          lowLatency: true,
          echo: false,
          reopenMinMs: 500,
          reopenMaxMs: 30_000,
          settleMs: 0,
          silentReopenMs: 0,
        },
        throttle: { gapMs: 0, maxQueue: 64, maxWaitMs: 2_000, maxRunMs: 10_000, commandBurst: 4 },
        devices: [
          {
            id: 'm',
            driver: 'asked',
            identity: {},
            options: { unit: 1 },
            points: [{ name: 'p', address: 0 }],
            pollMs: 1_000,
            minGapMs: 0,
            staleAfterMs: 10_000,
            heartbeatMs: 60_000,
            maxReadingsPerS: 100,
            offlineAfter: 3,
            minTimeoutMs: 100,
            probeMinMs: 1_000,
            probeMaxMs: 60_000,
            commands: { allow: ['read', 'write', 'pause', 'resume'] },
          },
        ],
      },
    ],
  });
  expect(warnings).toEqual([]);
  expect(hash).toBe(createHash('sha256').update(minimal()).digest('hex'));
  expect(devices.get('m')).toMatchObject({ kind: 'poll' });
  expect(drivers.get('asked')).toMatchObject({ loaded: true });
});

test('what is loaded is frozen to its last leaf', async () => {
  const { config } = await good(minimal());
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    expect(Object.isFrozen(value)).toBe(true);
    for (const inner of Object.values(value)) walk(inner);
  };
  walk(config);
  expect(Object.isFrozen(config.buses[0]?.devices[0]?.points[0])).toBe(true);
});

test('JSON is a config too', async () => {
  const text = JSON.stringify({
    gateway: 'gw',
    mqtt: { url: 'mqtts://broker.example' },
    buses: [{ id: 'a', port: { host: '10.0.0.7', tcpPort: 4001 }, devices: [] }],
  });
  const { config } = await good(text);
  expect(config.buses[0]?.port).toEqual({
    host: '10.0.0.7',
    tcpPort: 4001,
    echo: false,
    reopenMinMs: 500,
    reopenMaxMs: 30_000,
    settleMs: 0,
    idleCloseMs: 0,
    silentReopenMs: 120_000,
  });
});

test('all problems come at once, in the order of the file, each with its place', async () => {
  const text = `gateway: Plant 7
mqt: {}
mqtt:
  url: mqtts://broker.example
  keepaliveMs: 5s
outbox: 5
buses:
  - id: a
    port: { path: /dev/ttyS0, baudrate: 9600 }
    devices:
      - id: status
        driver: nobody
      - id: m
        driver: asked
        options: { unit: 300 }
        points:
          - { name: p, address: 70000, unti: V }
          - { address: 1 }
  - id: a
    port: { host: 10.0.0.7 }
`;
  expect(await problems(text)).toEqual([
    'c.yaml:1:10: gateway: must be 1 to 63 of a-z, 0-9 and -, and not begin with -',
    'c.yaml:2:1: mqt: unknown key; did you mean `mqtt`?',
    'c.yaml:5:16: mqtt.keepaliveMs: must be a whole number of ms: write 5000',
    'c.yaml:6:9: outbox: must be a mapping',
    'c.yaml:9:31: buses[0].port.baudrate: unknown key; did you mean `baudRate`?',
    'c.yaml:11:13: buses[0].devices[0].id: must not be one of command, status, availability, reply: these are topics of the gateway',
    'c.yaml:12:17: buses[0].devices[0].driver: must be one of asked, broken, talks',
    'c.yaml:15:26: buses[0].devices[1].options.unit: must be 1 to 247',
    'c.yaml:17:33: buses[0].devices[1].points[0].address: must be 0 to 65535',
    'c.yaml:17:40: buses[0].devices[1].points[0].unti: unknown key; did you mean `unit`?',
    'c.yaml:18:13: buses[0].devices[1].points[1].name: is required',
    'c.yaml:19:9: buses[1].id: another bus has this id',
    'c.yaml:20:11: buses[1].port.tcpPort: is required',
  ]);
});

test('a hundred problems are listed and the rest counted', async () => {
  const text = minimal(Array.from({ length: 250 }, (_, index) => `key-${index}: 1`).join('\n'));
  const loaded = await load(text);
  expect(loaded).toMatchObject({ ok: false, omitted: 150 });
  expect(loaded.ok ? [] : loaded.problems).toHaveLength(100);
});

test('many unknown keys and many long lists are judged in reasonable CPU time', async () => {
  const keys = Array.from({ length: 50_000 }, (_, index) => `k${index}: 1`).join('\n');
  const started = cpuMs();
  const loaded = await load(minimal(keys));
  expect(loaded.ok).toBe(false);
  // linear work takes some seconds, quadratic work minutes
  expect(cpuMs() - started).toBeLessThan(30_000);
});

test('a driver that can not be loaded is a warning: its device stays unloaded, the others run', async () => {
  const text = `${minimal()}      - { id: b, driver: broken, options: { any: thing }, points: [{ name: q, x: 1 }] }\n`;
  const loaded = await good(text);
  expect(loaded.drivers.get('broken')).toEqual({ loaded: false, fault: 'driver/import' });
  expect(loaded.devices.has('b')).toBe(false);
  expect(loaded.devices.has('m')).toBe(true);
  expect(loaded.config.buses[0]?.devices[1]).toMatchObject({
    options: { any: 'thing' },
    points: [{ name: 'q', x: 1 }],
  });
  expect(await warnings(text)).toEqual([
    'c.yaml:9:26: buses[0].devices[1].driver: the driver could not be loaded (driver/import); the device will not run',
  ]);
});

test('what create refuses is a problem of the device', async () => {
  expect(await problems(minimal().replace('unit: 1 ', 'unit: 13 '))).toEqual([
    'c.yaml:8:9: buses[0].devices[0]: the driver could not set up the device (driver/create)',
  ]);
});

test.each([14, 15])(
  'a driver that fails at a device, unit %d, leaves it unloaded, and all others run',
  async (unit) => {
    const text = `${minimal().replace('unit: 1 ', `unit: ${unit} `)}      - { id: other, driver: asked, options: { unit: 2 } }\n`;
    const loaded = await load(text);
    if (!loaded.ok) throw new Error('refused');
    expect([...loaded.devices.keys()]).toEqual(['other']);
    expect(loaded.config.buses[0]?.devices.map(({ id }) => id)).toEqual(['m', 'other']);
    expect(await warnings(text)).toContainEqual(
      'c.yaml:8:9: buses[0].devices[0]: the driver could not set up the device (driver/create); the device will not run',
    );
  },
);

test('a driver whose own schema throws leaves its device unloaded, and all others run', async () => {
  const broken = {
    ...asked,
    name: 'broken',
    options: {
      safeParse() {
        throw new TypeError('secret');
      },
    },
  };
  const catalogue = await catalogueWith({}, { broken: async () => ({ driver: broken }) });
  const text = `${minimal()}      - { id: b, driver: broken, points: [{ name: q }] }\n`;
  const loaded = await load(text, { catalogue });
  expect(loaded.ok && [...loaded.devices.keys()]).toEqual(['m']);
  expect(await warnings(text, { catalogue })).toContainEqual(
    expect.stringContaining('devices[1]: the driver could not set up the device (driver/create); the device will not'),
  );
});

test('devices that are asked do not share a bus with devices that talk by themselves', async () => {
  expect(await problems(`${minimal()}      - { id: g, driver: talks }\n`)).toEqual([
    'c.yaml:9:26: buses[0].devices[1].driver: devices that are asked and devices that talk by themselves can not share a bus',
  ]);
});

test('a number that is refused does not come out through the load that it would cause', async () => {
  const gap = `    throttle: { gapMs: 4294967296 }\n    devices:`;
  for (const [text, message] of [
    [minimal().replace('    devices:', gap), 'throttle.gapMs: must be 0 to 10000'],
    [minimal('', 'pollMs: 0.0001'), 'devices[0].pollMs: must be a whole number of ms'],
  ] as const) {
    expect(await problems(text)).toEqual([expect.stringContaining(message)]);
  }
});

test('periods that the line can not keep are refused, naming what starves', async () => {
  // 17 characters of 10 bits at 300 baud take 567 ms.
  const text = minimal('', 'pollMs: 500').replace('/dev/ttyS0', '/dev/ttyS0, baudRate: 300');
  expect(await problems(text)).toEqual([
    expect.stringMatching(
      /^c\.yaml:8:\d+: buses\[0\]\.devices\[0\]\.pollMs: the line can not keep this period: the polls of the bus need 1\d\d % of its time$/,
    ),
  ]);
});

test('periods that only silent devices break are warned of', async () => {
  expect(await warnings(minimal('', 'pollMs: 200'))).toEqual([
    expect.stringContaining('buses[0].devices[0].pollMs: can not be kept while devices of the bus are silent'),
  ]);
});

test('a device that is stale before its next poll is refused', async () => {
  expect(await problems(minimal('', 'pollMs: 5000, staleAfterMs: 5000'))).toEqual([
    expect.stringContaining('staleAfterMs: must be above pollMs'),
  ]);
  expect(await problems(minimal('', 'pollMs: 5000, staleAfterMs: 5001'))).toEqual([]);
  expect(await problems(minimal('', 'pollMs: 0, staleAfterMs: 100'))).toEqual([]);
});

test('staleAfterMs grows with the period', async () => {
  const stale = async (pollMs: number) =>
    (await good(minimal('', `pollMs: ${pollMs}`))).config.buses[0]?.devices[0]?.staleAfterMs;
  expect(await stale(1_000)).toBe(10_000);
  expect(await stale(60_000)).toBe(180_000);
  expect(await stale(86_400_000)).toBe(86_400_000);
});

test('what has no effect is warned of', async () => {
  const text = `gateway: gw
mqtt: { url: 'mqtt://localhost' }
buses:
  - { id: a, port: { path: /dev/ttyS0 }, devices: [{ id: g, driver: talks, pollMs: 5, minGapMs: 5 }] }
  - { id: b, port: { path: /dev/ttyS1 }, devices: [{ id: m, driver: asked, options: { unit: 1 } }] }
  - { id: c, port: { path: /dev/ttyS2 } }
`;
  expect(await warnings(text)).toEqual([
    'c.yaml:4:84: buses[0].devices[0].pollMs: has no effect: the device talks by itself',
    'c.yaml:4:97: buses[0].devices[0].minGapMs: has no effect: the device talks by itself',
    'c.yaml:5:52: buses[1].devices[0]: the device has no points: nothing is read',
    'c.yaml:6:5: buses[2].devices: the bus has no devices',
  ]);
});

test('the queue has room for each device, also by default', async () => {
  const devices = Array.from({ length: 100 }, (_, unit) => `      - { id: d${unit}, driver: talks }`).join('\n');
  const text = `gateway: gw
mqtt: { url: 'mqtt://localhost' }
buses:
  - id: a
    port: { path: /dev/ttyS0 }
    devices:
${devices}
`;
  expect((await good(text)).config.buses[0]?.throttle.maxQueue).toBe(116);
  expect(await problems(text.replace('    devices:', '    throttle: { maxQueue: 103 }\n    devices:'))).toEqual([
    'c.yaml:6:27: buses[0].throttle.maxQueue: must be at least 104: one for each device of the bus and 4 for commands',
  ]);
  expect(await problems(text.replace('    devices:', '    throttle: { maxQueue: 104 }\n    devices:'))).toEqual([]);
});

test('a timeout that the throttle would cut off is refused', async () => {
  const text = minimal('', 'pollMs: 0').replace('unit: 1 ', 'unit: 1, timeoutMs: 400 ');
  const throttled = (maxRunMs: number) =>
    text.replace('    devices:', `    throttle: { maxRunMs: ${maxRunMs} }\n    devices:`);
  expect(await problems(throttled(400))).toEqual([
    expect.stringContaining(
      'devices[0].options: its timeout must be below throttle.maxRunMs of the bus: it may have the line for ',
    ),
  ]);
  expect(await problems(throttled(500))).toEqual([]);
});

test('each bus comes with what its line carries', async () => {
  const { budgets } = await good(minimal());
  // 17 characters of 10 bits at 9600 baud, and 3.5 of silence before and after.
  expect(budgets.get('a')?.cycleMs).toBeCloseTo(25, 0);
});

/** Anchors in a place of their own, used by two devices. */
const ANCHORED = `gateway: gw
x-points: &points
  - { name: p, address: 0 }
x-meter: &meter { driver: asked, options: { unit: 1 }, pollMs: 2000, points: *points }
mqtt: { url: 'mqtt://127.0.0.1' }
buses:
  - id: a
    port: { path: /dev/ttyS0 }
    devices:
      - { <<: *meter, id: m }
      - { <<: *meter, id: n, options: { unit: 2 } }
`;

test('top-level keys that begin with x- are a place for anchors, and merge keys use them', async () => {
  const { config } = await good(ANCHORED);
  expect(config).not.toHaveProperty('x-points');
  expect(config.buses[0]?.devices).toMatchObject([
    { id: 'm', pollMs: 2000, options: { unit: 1 }, points: [{ name: 'p', address: 0 }] },
    { id: 'n', pollMs: 2000, options: { unit: 2 }, points: [{ name: 'p', address: 0 }] },
  ]);
});

test('what is wrong in what was merged is named where it is used, at the place where it stands', async () => {
  expect(await problems(ANCHORED.replace('pollMs: 2000', 'pollMs: -1'))).toEqual([
    expect.stringMatching(/^c\.yaml:4:\d+: buses\[0\]\.devices\[0\]\.pollMs: must be /),
    expect.stringMatching(/^c\.yaml:4:\d+: buses\[0\]\.devices\[1\]\.pollMs: must be /),
  ]);
});

test('only at the top, and only with the dash', async () => {
  expect(await problems(minimal('log: { x-level: info }'))).toEqual([expect.stringContaining('unknown key')]);
  expect(await problems(minimal('xpoints: []'))).toEqual([expect.stringContaining('unknown key')]);
});

test('an open port may be silent for as long as what talks there may, unless the file says otherwise', async () => {
  const silence = async (device: string, port = '') => {
    const text = `gateway: gw
mqtt: { url: mqtts://b }
buses: [{ id: a, port: { host: h, tcpPort: 1${port} }, devices: [{ id: d, ${device} }] }]
`;
    return (await good(text)).config.buses[0]?.port.silentReopenMs;
  };
  expect(await silence('driver: talks')).toBe(120_000);
  expect(await silence('driver: talks, staleAfterMs: 7200000')).toBe(7_200_000);
  expect(await silence('driver: talks, staleAfterMs: 7200000', ', silentReopenMs: 5000')).toBe(5_000);
  // a device that is asked is not silent before it was
  expect(await silence('driver: asked, options: { unit: 1 }, pollMs: 3600000')).toBe(120_000);
});

test('a port that is closed between two polls must leave the time to settle', async () => {
  const text = (port: string, pollMs: number) => `gateway: gw
mqtt: { url: mqtts://b }
buses:
  - id: a
    port: { host: h, tcpPort: 1, ${port} }
    devices: [{ id: d, driver: asked, options: { unit: 1 }, points: [{ name: p, address: 0 }], pollMs: ${pollMs} }]
`;
  const refused = 'port.idleCloseMs: must be 0 or not below the shortest period of the bus';
  expect(await problems(text('settleMs: 2000, idleCloseMs: 100', 1000))).toEqual([expect.stringContaining(refused)]);
  expect(await problems(text('settleMs: 2000, idleCloseMs: 100', 5000))).toEqual([]);
  expect(await problems(text('settleMs: 2000, idleCloseMs: 1000', 1000))).toEqual([]);
  expect(await problems(text('settleMs: 2000', 1000))).toEqual([]);
  expect(
    await problems(text('settleMs: 2000, idleCloseMs: 100', 1000).replace('host: h, tcpPort: 1', 'path: /dev/ttyS0')),
  ).toEqual([expect.stringContaining('port.idleCloseMs')]);
});

test('a key of the other kind of port is told as such, and not as a mistyped one', async () => {
  const text = `
gateway: g
mqtt: { url: mqtts://broker.example }
buses:
  - { id: a, port: { path: /dev/ttyS0, idleCloseMs: 5 }, devices: [] }
  - { id: b, port: { host: 10.0.0.7, tcpPort: 4001, baudRate: 9600 }, devices: [] }
`;
  const told = await problems(text);
  expect(told).toContain('c.yaml:5:40: buses[0].port.idleCloseMs: unknown key: it does not go with the others here');
  expect(told).toContain('c.yaml:6:53: buses[1].port.baudRate: unknown key: it does not go with the others here');
});
