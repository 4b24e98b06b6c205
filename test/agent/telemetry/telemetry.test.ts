import { describe, expect, test } from 'vitest';
import type { ClockState } from '../../../agent/clock/clock.ts';
import type { DeviceDescription } from '../../../agent/device/events.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { MemoryOutbox } from '../../../agent/outbox/memory-outbox.ts';
import { Sequence } from '../../../agent/sequence/sequence.ts';
import { Telemetry } from '../../../agent/telemetry/telemetry.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Point, Value } from '../../../drivers/contract/reading.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeLink } from '../../support/fake-link.ts';
import { speakerOn } from '../../support/fieldward.ts';

const ROOT = 'fieldward/gw';
const READINGS = `${ROOT}/meter/readings`;
const STATE = `${ROOT}/meter/state`;
const silent = new Fault('device/silent');

const number = (name: string, more: Partial<Point> = {}): Point => ({ name, type: 'number', writable: false, ...more });
const POINTS: readonly Point[] = [
  number('voltage', { min: 200, max: 250 }),
  number('power', { deadband: 5 }),
  { name: 'relay', type: 'boolean', writable: true, deadband: 0 },
  { name: 'text', type: 'text', writable: false },
];
const METER: DeviceDescription = {
  id: 'meter',
  points: POINTS,
  heartbeatMs: 60_000,
  staleAfterMs: 10_000,
  pollMs: 1000,
};

function setUp({ devices = [METER], maxBytes = 1_000_000 }: { devices?: DeviceDescription[]; maxBytes?: number } = {}) {
  const link = new FakeLink();
  const clock = new FakeClock();
  const outbox = new MemoryOutbox(maxBytes, 'drop-oldest');
  const told: string[] = [];
  const log = { ...silentLog, warn: (event: string) => void told.push(event) };
  const clockWatch: { state: ClockState } = { state: 'synchronized' };
  const telemetry = new Telemetry({
    devices,
    ...speakerOn(link, clock),
    boot: '6f1c-1',
    clock,
    clockWatch,
    sequence: new Sequence({ clock, log }),
    outbox,
    link,
    log,
    random: () => 1,
    backfillPerS: 2000,
  });
  link.start();
  const samples = (values: Record<string, Value>, device = 'meter') =>
    telemetry.samples(
      device,
      Object.entries(values).map(([point, value]) => ({ point, value })),
    );
  const readings = () => link.payloads(READINGS);
  return { link, clock, clockWatch, outbox, telemetry, samples, readings, told };
}

describe('a reading', () => {
  test('is published in the turn in which the samples came, before anything else, in the form of the interface', () => {
    const { link, samples } = setUp();
    link.connect();
    link.published.length = 0;
    samples({ voltage: 230.1, relay: true, text: 'a"\n\u2028' });
    expect(link.published.map(({ topic }) => topic)).toEqual([READINGS, STATE]);
    expect(JSON.parse(link.published[0]?.payload ?? '')).toEqual({
      seq: 1,
      boot: '6f1c-1',
      at: '2026-11-23T10:15:00.000Z',
      ts: Date.UTC(2026, 10, 23, 10, 15),
      clock: 'synchronized',
      quality: 'good',
      backfill: false,
      values: { voltage: 230.1, relay: true, text: 'a"\n\u2028' },
    });
    expect(link.published[0]).toMatchObject({ qos: 1, retain: false });
  });

  test('grows by one, over all devices', () => {
    const other: DeviceDescription = {
      id: 'other',
      points: [number('x')],
      heartbeatMs: 1000,
      staleAfterMs: 10_000,
      pollMs: 1000,
    };
    const { link, samples, readings } = setUp({ devices: [METER, other] });
    link.connect();
    samples({ voltage: 230 });
    samples({ x: 1 }, 'other');
    samples({ voltage: 231 });
    expect(readings().map(({ seq }) => seq)).toEqual([1, 3]);
    expect(link.payloads(`${ROOT}/other/readings`)).toMatchObject([{ seq: 2, values: { x: 1 } }]);
  });

  test('is uncertain if a value is out of its range, and says what the clock is worth', () => {
    const { link, samples, readings, clockWatch } = setUp();
    link.connect();
    clockWatch.state = 'unsynchronized';
    samples({ voltage: 250.1, power: 3 });
    samples({ voltage: 250 });
    expect(readings()).toMatchObject([
      { quality: 'uncertain', clock: 'unsynchronized', values: { voltage: 250.1, power: 3 } },
      { quality: 'good' },
    ]);
  });

  test('is uncertain if nothing vouches for a value, and the state has none then', () => {
    const { link, telemetry, readings } = setUp();
    link.connect();
    telemetry.samples('meter', [{ point: 'voltage', value: 230, doubtful: true }]);
    telemetry.samples('meter', [{ point: 'voltage', value: 230 }]);
    expect(readings()).toMatchObject([
      { quality: 'uncertain', values: { voltage: 230 } },
      { quality: 'good', values: { voltage: 230 } },
    ]);
    expect(link.payloads(`${ROOT}/meter/state`)[0]).toMatchObject({ values: { voltage: null } });
  });

  test('holds what is news and is not sent where nothing is', async () => {
    const { link, clock, samples, readings } = setUp();
    link.connect();
    samples({ power: 100, relay: false });
    samples({ power: 104, relay: false });
    samples({ power: 105, relay: false });
    samples({ power: 104, relay: true });
    expect(readings().map(({ values }) => values)).toEqual([
      { power: 100, relay: false },
      { power: 105 },
      { relay: true },
    ]);
    await clock.advance(60_000);
    samples({ power: 104, relay: true });
    expect(readings().at(-1)?.values).toEqual({ power: 104, relay: true });
  });

  test('holds null where the device does not know, and numbers as they are', () => {
    const { link, samples, readings } = setUp();
    link.connect();
    for (const power of [0.1 + 0.2, -0, 1e21, 5e-324, 2 ** 53, null]) samples({ power, voltage: power });
    expect(readings().map(({ values }) => values.voltage)).toEqual([0.1 + 0.2, 0, 1e21, 5e-324, 2 ** 53, null]);
  });

  test('never holds a point twice, nor one that the device does not have', () => {
    const { link, telemetry, readings, samples } = setUp();
    link.connect();
    link.published.length = 0;
    telemetry.samples('meter', [
      { point: 'voltage', value: 230 },
      { point: '__proto__', value: 1 },
      { point: 'voltage', value: 231 },
    ]);
    samples({ nothing: 1 });
    samples({ voltage: 1 }, 'stranger');
    telemetry.samples('meter', []);
    expect(link.published[0]?.payload).toContain('"values":{"voltage":231}');
    expect(readings()).toHaveLength(1);
  });

  test('with more values than one message should carry becomes several', () => {
    const points = Array.from(
      { length: 1000 },
      (_, index): Point => ({ name: `p${index}`, type: 'text', writable: false }),
    );
    const { link, telemetry, readings } = setUp({
      devices: [{ id: 'meter', points, heartbeatMs: 1000, staleAfterMs: 10_000, pollMs: 1000 }],
    });
    link.connect();
    telemetry.samples(
      'meter',
      points.map(({ name }) => ({ point: name, value: 'x'.repeat(100) })),
    );
    expect(readings().length).toBeGreaterThan(1);
    expect(readings().flatMap(({ values }) => Object.keys(values))).toEqual(points.map(({ name }) => name));
    const lengths = link.published.filter(({ topic }) => topic === READINGS).map(({ payload }) => payload.length);
    expect(Math.max(...lengths)).toBeLessThan(40_000);
  });

  test('waits in the outbox while the broker is away, and is backfill then', async () => {
    const { link, samples, readings, outbox } = setUp();
    samples({ voltage: 230 });
    expect(outbox.status().held).toBe(1);
    link.connect();
    samples({ voltage: 231 });
    await settle();
    expect(readings().map(({ seq, backfill }) => [seq, backfill])).toEqual([
      [1, true],
      [2, false],
    ]);
    expect(outbox.status().held).toBe(0);
  });

  test('that the full outbox drops is told once a minute', async () => {
    const { clock, samples, told, outbox } = setUp({ maxBytes: 2000 });
    for (let count = 0; count < 100; count += 1) samples({ voltage: count });
    expect(outbox.status().dropped).toBeGreaterThan(50);
    expect(told).toEqual(['outbox full']);
    await clock.advance(60_000);
    samples({ voltage: 1 });
    expect(told).toHaveLength(2);
  });
});

describe('a failure of a device', () => {
  test('is a bad reading when it is news: the first, another one, or after the heartbeat', async () => {
    const { link, clock, telemetry, readings } = setUp();
    link.connect();
    telemetry.failed('meter', silent);
    telemetry.failed('meter', silent);
    telemetry.failed('meter', new Fault('device/garbled'));
    await clock.advance(59_999);
    telemetry.failed('meter', new Fault('device/garbled'));
    await clock.advance(1);
    telemetry.failed('meter', new Fault('device/garbled'));
    expect(readings().map(({ fault }) => fault)).toEqual(['device/silent', 'device/garbled', 'device/garbled']);
    expect(readings()[0]).toEqual({
      seq: 1,
      boot: '6f1c-1',
      at: '2026-11-23T10:15:00.000Z',
      ts: Date.UTC(2026, 10, 23, 10, 15),
      clock: 'synchronized',
      quality: 'bad',
      fault: 'device/silent',
      backfill: false,
    });
  });

  test('is over with the next good value, which is published whatever its deadband', () => {
    const { link, telemetry, samples, readings } = setUp();
    link.connect();
    samples({ power: 100 });
    telemetry.failed('meter', silent);
    samples({ power: 100 });
    samples({ power: 100 });
    telemetry.failed('meter', silent);
    expect(readings().map(({ quality }) => quality)).toEqual(['good', 'bad', 'good', 'bad']);
  });

  test('is none if the agent stops, or if nobody knows the device', () => {
    const { link, telemetry } = setUp();
    link.connect();
    link.published.length = 0;
    telemetry.failed('meter', new Fault('internal/cancelled'));
    telemetry.failed('stranger', silent);
    telemetry.availability('stranger', true);
    expect(link.published).toEqual([]);
  });
});

describe('the state of a device', () => {
  test('holds the newest value of every point, filtered or not, retained at QoS 0', async () => {
    const { link, clock, samples } = setUp();
    link.connect();
    samples({ power: 100 });
    await clock.advance(400);
    samples({ power: 101, voltage: 230 });
    await clock.advance(600);
    expect(link.payloads(STATE)).toEqual([
      { at: '2026-11-23T10:15:00.000Z', ts: Date.UTC(2026, 10, 23, 10, 15, 0, 0), values: { power: 100 } },
      {
        at: '2026-11-23T10:15:00.400Z',
        ts: Date.UTC(2026, 10, 23, 10, 15, 0, 400),
        values: { voltage: 230, power: 101 },
      },
    ]);
    expect(link.published.filter(({ topic }) => topic === STATE).every(({ qos, retain }) => qos === 0 && retain)).toBe(
      true,
    );
  });

  test('is sent at most once a second for each device, and the last value of a second is not lost', async () => {
    const other: DeviceDescription = {
      id: 'other',
      points: [number('x')],
      heartbeatMs: 1000,
      staleAfterMs: 10_000,
      pollMs: 1000,
    };
    const { link, clock, samples } = setUp({ devices: [METER, other] });
    link.connect();
    for (let count = 0; count < 95; count += 1) {
      samples({ power: count });
      if (count % 7 === 0) samples({ x: count }, 'other');
      expect(clock.pending).toBeLessThanOrEqual(1);
      await clock.advance(100);
    }
    await clock.advance(2000);
    const states = link.payloads(STATE);
    expect(states.length).toBeGreaterThanOrEqual(10);
    expect(states.length).toBeLessThanOrEqual(11);
    expect(states.at(-1)?.values).toEqual({ power: 94 });
    expect(link.payloads(`${ROOT}/other/state`).at(-1)?.values).toEqual({ x: 91 });
    // one sleeper takes the values back once they are too old, and then there is nothing to wait for
    expect(clock.pending).toBe(1);
    await clock.advance(20_000);
    expect(clock.pending).toBe(0);
  });

  test('is live only: nothing is kept while the broker is away, and after the connect the newest is sent once', async () => {
    const { link, clock, samples } = setUp();
    for (let count = 0; count < 50; count += 1) {
      samples({ power: count });
      await clock.advance(1000);
    }
    expect(link.published).toEqual([]);
    link.connect();
    expect(link.payloads(STATE)).toEqual([
      { at: '2026-11-23T10:15:49.000Z', ts: Date.UTC(2026, 10, 23, 10, 15, 49, 0), values: { power: 49 } },
    ]);
    link.disconnect();
    link.connect();
    expect(link.payloads(STATE)).toHaveLength(2);
    await clock.advance(5000);
    expect(link.payloads(STATE)).toHaveLength(2);
  });

  test('goes before the backlog after a connect', () => {
    const { link, telemetry, samples } = setUp();
    telemetry.availability('meter', true);
    for (let count = 0; count < 50; count += 1) samples({ voltage: count });
    link.connect();
    expect(link.published.slice(0, 3).map(({ topic }) => topic)).toEqual([
      `${ROOT}/meter/availability`,
      STATE,
      READINGS,
    ]);
  });

  test('does not wait for its second when the agent stops', async () => {
    const { link, clock, telemetry, samples } = setUp();
    link.connect();
    samples({ voltage: 231 });
    samples({ voltage: 232 });
    await telemetry.stop(new AbortController().signal);
    expect(link.payloads(STATE).map(({ values }) => values.voltage)).toEqual([231, 232]);
    expect(clock.pending).toBe(0);
  });
});

describe('the availability of a device', () => {
  test('is retained, told on each change, and again after each connect', () => {
    const { link, telemetry } = setUp();
    const topic = `${ROOT}/meter/availability`;
    const told = () => link.published.filter((one) => one.topic === topic).map(({ payload }) => payload);
    telemetry.availability('meter', false);
    link.connect();
    telemetry.availability('meter', true);
    telemetry.availability('meter', true);
    expect(told()).toEqual(['offline', 'online']);
    expect(link.published[0]).toEqual({ topic, payload: 'offline', qos: 1, retain: true });
    link.disconnect();
    telemetry.availability('meter', false);
    expect(told()).toHaveLength(2);
    link.connect();
    expect(told()).toEqual(['offline', 'online', 'offline']);
  });

  test('is offline for every device that this run has not heard yet: an agent that was killed had left another word', () => {
    const other: DeviceDescription = {
      id: 'other',
      points: [number('x')],
      heartbeatMs: 1000,
      staleAfterMs: 10_000,
      pollMs: 1000,
    };
    const { link, telemetry } = setUp({ devices: [METER, other] });
    const told = (device: string) =>
      link.published.filter(({ topic }) => topic === `${ROOT}/${device}/availability`).map(({ payload }) => payload);
    telemetry.availability('meter', true);
    link.connect();
    expect(told('meter')).toEqual(['online']);
    expect(told('other')).toEqual(['offline']);
    telemetry.availability('other', true);
    link.disconnect();
    link.connect();
    expect(told('other')).toEqual(['offline', 'online', 'online']);
  });

  test('is offline once the agent has stopped, and not because a broker takes its time', async () => {
    const { link, telemetry } = setUp();
    link.connect();
    telemetry.availability('meter', true);
    link.respond = () => 'hold';
    const limit = new AbortController();
    const stopped = telemetry.stop(limit.signal);
    await settle();
    expect(link.published.at(-1)).toMatchObject({ topic: `${ROOT}/meter/availability`, payload: 'offline' });
    limit.abort();
    await stopped;
  });

  test('that the broker denies is told to the log', async () => {
    const { link, telemetry, told } = setUp();
    telemetry.availability('meter', true);
    link.respond = () => 'link/denied';
    link.connect();
    await settle();
    expect(told).toEqual(['device availability not published']);
  });
});
