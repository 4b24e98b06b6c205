import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { statusJsonSchema, statusSchema, UNREADABLE_TOLD } from '../../../agent/status/schema.ts';
import { buildStatus, type Snapshots, whatMatters } from '../../../agent/status/status.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { BUS, DEVICE, SNAPSHOTS, TERMS } from './snapshots.ts';

const CANARY = 'canary-7f3a';

const OVER = new Fault('link/certificate-over');
const BEHIND = FAULTS['command/clock-behind'].message;

describe('the status', () => {
  test('has exactly the form of the interface', () => {
    const bus = {
      open: true,
      state: 'open',
      fault: null,
      utilisation: 0.123,
      exchanges: 100,
      timeouts: 1,
      checksumErrors: 2,
      lateFrames: 3,
      foreignFrames: 4,
      truncatedFrames: 5,
      echoes: 6,
      noise: 7,
      reopens: 8,
      silentReopens: 13,
      orderlyCloses: 14,
      latencyTimerMs: 16,
      recorder: null,
      queued: 9,
      rejected: 10,
      expired: 11,
      overruns: 12,
    };
    expect(buildStatus(SNAPSHOTS)).toEqual({
      version: '0.1.0',
      boot: '6f1c2d3e-0000-4000-8000-000000000000',
      configHash: 'ab12'.repeat(16),
      uptimeS: 61,
      at: '2026-11-23T10:15:00.000Z',
      clock: 'synchronized',
      mqtt: {
        connected: false,
        connectedSince: null,
        reconnects: 2,
        fault: { code: 'link/unreachable', message: 'the broker can not be reached' },
        lastFault: { code: 'link/unreachable', message: 'the broker can not be reached' },
        takeovers: 1,
        broker: null,
        protocolVersion: null,
        retained: null,
        maxQos: null,
        maxPacketBytes: null,
        tooLarge: 4,
        certificateDaysLeft: 12,
        certificateFault: {
          code: 'link/certificate-ends',
          message: 'a certificate of the connection to the broker ends in less than 14 days',
        },
        denied: 0,
        deniedFault: null,
      },
      outbox: {
        ...{ held: 5, bytes: 500, dropped: 0, refused: 0, fault: null, durable: false, diskFault: null, damaged: 0 },
        ...{ skipped: 7, writtenBytes: 8192, writtenBytesPerReading: 81.9, writtenBytesPerDay: 11_416_132 },
      },
      buses: {
        'rs485-a': bus,
        gps: {
          ...bus,
          open: false,
          state: 'closed',
          fault: { code: 'port/missing', message: 'the port does not exist' },
          recorder: 'off',
        },
      },
      conventions: {
        homeAssistant: { on: false, fault: null },
        sparkplug: { on: false, born: false, fault: null, certificateDaysLeft: null, certificateFault: null },
      },
      metrics: {
        textfile: { on: true, fault: null },
        otlp: {
          on: true,
          fault: { code: 'metrics/partial', message: 'the collector took only a part of the metrics' },
          rejected: 3,
        },
      },
      leftOut: { devices: 0, buses: 0 },
      devices: {
        'meter-1': {
          bus: 'rs485-a',
          health: 'online',
          lastGoodAt: '2026-11-23T10:15:00.000Z',
          fault: null,
          latencyMs: 12.3,
          timeoutMs: 305,
          readings: 10,
          failures: 1,
          passedOver: 0,
          thinned: 3,
          outputs: {
            outcome: 'failed',
            fault: { code: 'command/not-kept', message: 'the device confirmed the write and kept another value' },
            tries: 3,
            at: '2026-11-23T10:15:00.000Z',
          },
          unreadable: [],
          unreadableMore: 0,
        },
        gnss: {
          bus: 'gps',
          health: 'offline',
          lastGoodAt: '2026-11-23T10:15:00.000Z',
          fault: { code: 'device/stale', message: 'nothing has come from the device for too long' },
          latencyMs: null,
          timeoutMs: null,
          readings: 10,
          failures: 1,
          passedOver: 0,
          thinned: 3,
          outputs: null,
          unreadable: [],
          unreadableMore: 0,
        },
      },
      commands: SNAPSHOTS.commands,
      process: { rssBytes: 50_000_000, eventLoopDelayMs: 1.3, eventLoopDelayMaxMs: 3 },
    });
  });

  test('fits its schema', () => {
    expect(statusSchema.safeParse(buildStatus(SNAPSHOTS)).error).toBeUndefined();
    const connected = {
      ...SNAPSHOTS.link,
      connected: true,
      connectedSince: SNAPSHOTS.wall,
      fault: null,
      broker: 7,
      terms: TERMS,
    };
    expect(statusSchema.safeParse(buildStatus({ ...SNAPSHOTS, link: connected })).error).toBeUndefined();
    expect(statusSchema.safeParse(buildStatus({ ...SNAPSHOTS, buses: [], devices: [] })).error).toBeUndefined();
  });

  test('fits its schema also where a counter went wrong', () => {
    const number = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300));
    fc.assert(
      fc.property(number, number, number, (one, two, three) => {
        const status = buildStatus({
          ...SNAPSHOTS,
          uptime: one,
          buses: [{ ...BUS, utilisation: two, exchanges: three, latencyTimerMs: one }],
          devices: [{ ...DEVICE, latencyMs: one, readings: two }],
          process: { rssBytes: 1, eventLoopDelayMs: two, eventLoopDelayMaxMs: three },
        });
        expect(statusSchema.safeParse(JSON.parse(JSON.stringify(status))).error).toBeUndefined();
      }),
    );
  });

  test('holds nothing that a part of it hands over besides, wherever that is', () => {
    const more = { path: CANARY, password: CANARY, message: CANARY };
    const fault = Object.assign(new Fault('link/unreachable', { reason: 4711 }, new Error(CANARY)), more, {
      message: CANARY,
    });
    const status = buildStatus({
      ...SNAPSHOTS,
      ...more,
      link: { ...SNAPSHOTS.link, fault, ...more },
      outbox: { ...SNAPSHOTS.outbox, ...more },
      forwarding: { refused: 1, fault, ...more },
      buses: [{ ...BUS, ...more }],
      devices: [{ ...DEVICE, ...more }],
      process: { ...SNAPSHOTS.process, ...more },
    } as Snapshots);
    expect(JSON.stringify(status)).not.toContain(CANARY);
    expect(JSON.stringify(status)).not.toContain('4711');
    expect(statusSchema.safeParse(status).success).toBe(true);
  });

  test('any other key, and any text that is none of the table, is refused by the schema at every place', () => {
    const status = buildStatus(SNAPSHOTS);
    const spots = ['', 'mqtt', 'mqtt.fault', 'outbox', 'buses.gps', 'buses.gps.fault', 'devices.gnss', 'process'];
    for (const spot of spots) {
      const copy = structuredClone(status);
      let at: Record<string, unknown> = copy;
      for (const key of spot === '' ? [] : spot.split('.')) at = at[key] as Record<string, unknown>;
      at.more = 1;
      expect(statusSchema.safeParse(copy).success, spot).toBe(false);
    }
    const texts: [string, object][] = [
      ['version', { version: CANARY }],
      ['boot', { boot: CANARY }],
      ['at', { at: CANARY }],
      ['message', { mqtt: { ...status.mqtt, fault: { code: 'link/lost', message: CANARY } } }],
      ['code', { mqtt: { ...status.mqtt, fault: { code: CANARY, message: 'the port does not exist' } } }],
      ['id', { buses: { '/dev/ttyUSB0': status.buses.gps } }],
    ];
    for (const [name, change] of texts)
      expect(statusSchema.safeParse({ ...status, ...change }).success, name).toBe(false);
  });

  test('gives a JSON Schema for the reference, closed at every object', () => {
    const text = JSON.stringify(statusJsonSchema());
    expect(text).toContain('"uptimeS"');
    expect(text.match(/"additionalProperties":false/g)?.length).toBeGreaterThan(6);
  });
});

const LOST = { point: 'relay', code: 'modbus/illegal-address' } as const;

test('lists points that can not be read with their fault, some of many', () => {
  const unreadable = Array.from({ length: 100 }, (_, n) => ({ ...LOST, point: `p${n}` }));
  const status = buildStatus({ ...SNAPSHOTS, devices: [{ ...DEVICE, unreadable }] });
  expect(statusSchema.safeParse(status).success).toBe(true);
  expect(status.devices['meter-1']?.unreadable).toHaveLength(UNREADABLE_TOLD);
  expect(status.devices['meter-1']?.unreadableMore).toBe(100 - UNREADABLE_TOLD);
  expect(status.devices['meter-1']?.unreadable[0]).toEqual({
    point: 'p0',
    fault: { code: LOST.code, message: 'the device does not have the address (exception 2)' },
  });
});

describe('what matters of the status', () => {
  const matters = (changes: Partial<Snapshots>) => whatMatters(buildStatus({ ...SNAPSHOTS, ...changes }));
  const before = matters({});

  test.each<[string, Partial<Snapshots>]>([
    ['a device’s health', { devices: [{ ...DEVICE, health: 'offline' }, ...SNAPSHOTS.devices.slice(1)] }],
    ['a point that can not be read', { devices: [{ ...DEVICE, unreadable: [LOST] }, ...SNAPSHOTS.devices.slice(1)] }],
    ['a device’s fault', { devices: [{ ...DEVICE, fault: 'device/silent' }, ...SNAPSHOTS.devices.slice(1)] }],
    [
      'an output that is set at last',
      { outputs: new Map([['meter-1', { outcome: 'verified', tries: 4, at: 0 } as const]]) },
    ],
    ['a closed bus', { buses: [{ ...BUS, open: false }, ...SNAPSHOTS.buses.slice(1)] }],
    ['a dropped reading', { outbox: { ...SNAPSHOTS.outbox, dropped: 1 } }],
    ['an outbox that is durable again', { outbox: { ...SNAPSHOTS.outbox, durable: true } }],
    ['a refused reading', { forwarding: { refused: 1, fault: null } }],
    ['a broker that denies', { forwarding: { refused: 0, fault: { code: 'link/denied' } } }],
    ['a clock that lost its source', { clock: 'unsynchronized' }],
    [
      'a clock that is behind',
      { commands: { ...SNAPSHOTS.commands, clockFault: { code: 'command/clock-behind', message: BEHIND } } },
    ],
    ['a new connection', { link: { ...SNAPSHOTS.link, connected: true, connectedSince: 1, fault: null } }],
    ['a topic that the broker denies', { link: { ...SNAPSHOTS.link, denied: 1 } }],
    ['a certificate that has ended', { link: { ...SNAPSHOTS.link, certificate: { daysLeft: -1, fault: OVER } } }],
    ['a twin', { link: { ...SNAPSHOTS.link, takeovers: 2 } }],
  ])('is %s', (_, changes) => {
    expect(matters(changes)).not.toBe(before);
  });

  test('is not a counter, a figure or the time', () => {
    const devices = SNAPSHOTS.devices.map((device) => ({
      ...device,
      readings: 11,
      failures: 5,
      passedOver: 7,
      thinned: 8,
      latencyMs: 1,
      lastGoodAt: 5,
    }));
    const buses = SNAPSHOTS.buses.map((bus) => ({ ...bus, exchanges: 5, utilisation: 1, queued: 0 }));
    const outbox = { ...SNAPSHOTS.outbox, held: 77, bytes: 1 };
    expect(matters({ devices, buses, outbox, uptime: 5, wall: 6 })).toBe(before);
  });
});
