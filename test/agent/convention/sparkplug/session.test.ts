import { describe, expect, it } from 'vitest';
import { Supervisor } from '../../../../agent/clock/supervisor.ts';
import { EdgeNode, type PointValue } from '../../../../agent/convention/sparkplug/edge-node.ts';
import { SparkplugSession } from '../../../../agent/convention/sparkplug/session.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import type { OutboxRecord } from '../../../../agent/outbox/outbox.ts';
import { readingText } from '../../../../agent/telemetry/reading.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import type { Point, Value } from '../../../../drivers/contract/reading.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { FakeLink } from '../../../support/fake-link.ts';
import { plainProperties, writeCommand } from './decode.ts';
import { broken, type Recorded, recorded } from './recorder.ts';

const NODE = { group: 'Plant7', id: 'gw01' };
const POINTS: readonly Point[] = [
  { name: 'power', type: 'number', writable: false, unit: 'W', quantity: 'power', min: 0, max: 9000 },
  { name: 'relay', type: 'boolean', writable: true },
  { name: 'mode', type: 'text', writable: false, label: 'Mode of work' },
];

interface Options {
  readonly primaryHost?: string;
  readonly hasFallback?: boolean;
  readonly aliases?: boolean;
  readonly granted?: 'later';
}

/** Two devices, `meter` online and `pump` not, and a session that has not started. */
function scene({ primaryHost, hasFallback = false, aliases = false, granted }: Options = {}) {
  const link = new FakeLink();
  link.granted = granted;
  const clock = new FakeClock();
  const online = new Set(['meter']);
  const newest = new Map<string, PointValue[]>([
    ['meter', []],
    ['pump', []],
  ]);
  const records: OutboxRecord[] = [];
  let seq = 0;
  let held = 0;
  const writes: [string, ReadonlyMap<string, Value | bigint>][] = [];
  const node = new EdgeNode({
    ...{ groupId: NODE.group, edgeNodeId: NODE.id, version: '1.2.3', aliases },
    devices: ['meter', 'pump'].map((id) => ({ id, identity: {}, points: POINTS })),
  });
  const session = new SparkplugSession({
    ...{ node, link, clock, log: silentLog, supervisor: new Supervisor({ clock, log: silentLog }) },
    ...{ primaryHost, hasFallback, bdSeq: () => 7, lastSeq: () => seq, writable: new Set(['meter']) },
    figures: () => ({ uptime: Math.trunc(clock.now() / 1000), held }),
    devices: ['meter', 'pump'].map((id) => ({
      id,
      get online() {
        return online.has(id);
      },
      newest: () => newest.get(id) ?? [],
    })),
    readings: {
      peek: (count, after) => records.filter((record) => record.seq > after).slice(0, count),
      acknowledgeThrough: (through) => {
        while ((records[0]?.seq ?? Number.POSITIVE_INFINITY) <= through) records.shift();
      },
    },
    write: (device, values) => void writes.push([device, values]),
  });
  link.start();
  const read = (device: string, values: Readonly<Record<string, Value>>, quality: 'good' | 'uncertain' = 'good') => {
    seq += 1;
    const at = clock.wall();
    const members = JSON.stringify(values).slice(1, -1);
    records.push({
      seq,
      device,
      payload: readingText({ seq, boot: 'b', wall: at, clock: 'unknown' }, quality, members),
    });
    const told = Object.entries(values).map(([point, value]): PointValue => {
      return { point, value, at, quality: quality === 'good' ? 'good' : 'bad' };
    });
    const rest = (newest.get(device) ?? []).filter(({ point }) => !Object.hasOwn(values, point));
    newest.set(device, [...rest, ...told]);
    session.wake();
  };
  const said = (): readonly Recorded[] => recorded(link.sent);
  const types = (from = 0) =>
    said()
      .slice(from)
      .map(({ type, device }) => (device === undefined ? type : `${type} ${device}`));
  const hostSays = (state: unknown) => {
    const payload = new TextEncoder().encode(typeof state === 'string' ? state : JSON.stringify(state));
    link.deliver({ topic: 'spBv1.0/STATE/scada', payload });
  };
  const ask = (topic: string, metrics: Parameters<typeof writeCommand>[0]) =>
    link.deliver({ topic: `spBv1.0/${topic}`, payload: writeCommand(metrics) });
  const rebirth = () => ask('Plant7/NCMD/gw01', [{ name: 'Node Control/Rebirth', type: 'Boolean', value: true }]);
  const fill = (count: number) => {
    held = count;
  };
  const isWhole = () => expect(broken(said(), NODE)).toEqual([]);
  return {
    link,
    clock,
    online,
    session,
    read,
    said,
    types,
    hostSays,
    ask,
    rebirth,
    writes,
    records,
    newest,
    fill,
    isWhole,
  };
}

describe('a Sparkplug session', () => {
  it('subscribes to commands of the node and of devices that take any, and says nothing before the broker has answered', async () => {
    const { link, types } = scene({ granted: 'later' });
    link.connect();
    await settle();
    expect(link.filters).toEqual(['spBv1.0/Plant7/NCMD/gw01', 'spBv1.0/Plant7/DCMD/gw01/meter']);
    expect(types()).toEqual([]);
    link.grant();
    await settle();
    expect(types()).toEqual(['NBIRTH', 'DBIRTH meter']);
  });

  it('is born though the broker keeps commands from it, and says so', async () => {
    const { link, session, types } = scene({ granted: 'later' });
    link.connect();
    link.grant(new Fault('link/denied'));
    await settle();
    expect(types()).toEqual(['NBIRTH', 'DBIRTH meter']);
    expect(session.fault).toMatchObject({ code: 'link/denied' });
  });

  it('tells in its birth all that it will ever say of itself', async () => {
    const { link, said, clock, fill } = scene();
    fill(12);
    link.connect();
    await settle();
    expect(said()[0]).toMatchObject({ qos: 0, retain: false, payload: { seq: 0, timestamp: clock.wall() } });
    expect(said()[0]?.payload.metrics.map(({ name, type, value }) => [name, type, value])).toEqual([
      ['bdSeq', 'Int64', 7],
      ['Node Control/Rebirth', 'Boolean', false],
      ['Properties/Version', 'String', '1.2.3'],
      ['Node Info/Uptime', 'Int64', 1],
      ['Node Info/Outbox Held', 'Int64', 12],
    ]);
  });

  it('tells every point of a device with its type, what it means, and its value, or null', async () => {
    const { link, said, read, isWhole } = scene();
    read('meter', { power: 230.5 });
    link.connect();
    await settle();
    const [power, relay, mode] = said()[1]?.payload.metrics ?? [];
    expect(power).toMatchObject({ name: 'power', type: 'Double', value: 230.5, isNull: false });
    expect(power && plainProperties(power)).toEqual({
      ...{ engUnit: 'W', engLow: 0, engHigh: 9000, quantity: 'power', readOnly: true, Quality: 192 },
    });
    expect(relay).toMatchObject({ name: 'relay', type: 'Boolean', isNull: true });
    expect(relay?.value).toBeUndefined();
    expect(relay && plainProperties(relay)).toEqual({ readOnly: false, Quality: 500 });
    expect(mode && plainProperties(mode)).toMatchObject({ label: 'Mode of work' });
    isWhole();
  });

  it('tells what changed, by name, with the time of the sample and its quality', async () => {
    const { link, said, read, clock, types, isWhole } = scene();
    link.connect();
    await settle();
    read('meter', { power: 1, relay: true });
    const at = clock.wall();
    await clock.advance(10);
    read('meter', { power: 1, relay: false });
    read('meter', { power: 1, relay: false });
    read('meter', { power: 9999 }, 'uncertain');
    await settle();
    expect(types(2)).toEqual(['DDATA meter', 'DDATA meter', 'DDATA meter']);
    const told = said()
      .slice(2)
      .map(({ payload }) =>
        payload.metrics.map(({ name, value, properties }) => [name, value, properties.Quality?.value]),
      );
    expect(told).toEqual([
      [
        ['power', 1, 192],
        ['relay', true, 192],
      ],
      [['relay', false, undefined]],
      [['power', 9999, 0]],
    ]);
    expect(said()[2]?.payload.metrics[0]).toMatchObject({ timestamp: at, historical: false });
    isWhole();
  });

  it('names metrics by number where that is wanted', async () => {
    const { link, said, read, ask, writes, isWhole } = scene({ aliases: true });
    link.connect();
    await settle();
    read('meter', { power: 5 });
    await settle();
    const born = said()[1]?.payload.metrics[0];
    expect(born).toMatchObject({ name: 'power', alias: expect.any(Number) });
    expect(said()[2]?.payload.metrics[0]).toMatchObject({ alias: born?.alias, value: 5 });
    expect(said()[2]?.payload.metrics[0]?.name).toBeUndefined();
    ask('Plant7/DCMD/gw01/meter', [{ name: 'relay', type: 'Boolean', value: true }]);
    expect(writes).toEqual([['meter', new Map([['relay', true]])]]);
    isWhole();
  });

  it('sends what waited after the births, marked as historical, each of it once, and then what is live', async () => {
    const { link, said, read, types, records, isWhole } = scene();
    for (let power = 0; power < 200; power += 1) read('meter', { power });
    link.connect();
    await settle();
    read('meter', { power: 1000 });
    await settle();
    expect(types().slice(0, 2)).toEqual(['NBIRTH', 'DBIRTH meter']);
    const told = said()
      .slice(2)
      .flatMap(({ payload }) => payload.metrics);
    expect(told.map(({ value }) => value)).toEqual([...Array(200).keys(), 1000]);
    expect(told.map(({ historical }) => historical)).toEqual([...Array(200).fill(true), false]);
    expect(records).toEqual([]);
    isWhole();
  });

  it('tells what waited of a device that can not be reached between a birth and a death', async () => {
    const { link, read, types, isWhole } = scene();
    read('pump', { power: 3 });
    link.connect();
    await settle();
    expect(types()).toEqual(['NBIRTH', 'DBIRTH meter', 'DBIRTH pump', 'DDATA pump', 'DDEATH pump']);
    isWhole();
  });

  it('tells the death of a device and its birth when it is back', async () => {
    const { link, online, session, read, types, isWhole } = scene();
    link.connect();
    await settle();
    online.delete('meter');
    session.wake();
    await settle();
    online.add('meter');
    read('meter', { power: 2 });
    await settle();
    expect(types(2)).toEqual(['DDEATH meter', 'DBIRTH meter']);
    isWhole();
  });

  it('is born anew when the host asks, with the same number of its death', async () => {
    const { link, clock, rebirth, types, said, isWhole } = scene();
    link.connect();
    await clock.advance(6000);
    const before = types().length;
    rebirth();
    await settle();
    expect(types(before)).toEqual(['NBIRTH', 'DBIRTH meter']);
    expect(said()[before]?.payload).toMatchObject({ seq: 0, metrics: [{ name: 'bdSeq', value: 7 }, {}, {}, {}, {}] });
    isWhole();
  });

  it('is born at most once in 5 s however often it is asked, once more after the last, and loses no reading', async () => {
    const { link, clock, rebirth, read, types, said, isWhole } = scene();
    link.connect();
    await settle();
    for (let tenth = 0; tenth < 200; tenth += 1) {
      rebirth();
      read('meter', { power: tenth });
      await clock.advance(100);
    }
    expect(types().filter((type) => type === 'NBIRTH')).toHaveLength(1 + 4);
    await clock.advance(20_000);
    expect(types().filter((type) => type === 'NBIRTH').length).toBeLessThanOrEqual(1 + 5);
    const told = said()
      .filter(({ type }) => type === 'DDATA')
      .flatMap(({ payload }) => payload.metrics);
    expect(told.map(({ value }) => value)).toEqual([...Array(200).keys()]);
    isWhole();
  });

  it('hears a request only in a true `Node Control/Rebirth`, and survives any bytes', async () => {
    const { link, clock, ask, types, writes } = scene();
    link.connect();
    await clock.advance(6000);
    const before = types().length;
    ask('Plant7/NCMD/gw01', [{ name: 'Node Control/Rebirth', type: 'Boolean', value: false }]);
    ask('Plant7/NCMD/gw01', [{ name: 'Node Control/Reboot', type: 'Boolean', value: true }]);
    for (const payload of ['ff', '12ff', '0b', '']) {
      link.deliver({ topic: 'spBv1.0/Plant7/NCMD/gw01', payload: Buffer.from(payload, 'hex') });
      link.deliver({ topic: 'spBv1.0/Plant7/DCMD/gw01/meter', payload: Buffer.from(payload, 'hex') });
    }
    link.deliver({ topic: 'spBv1.0/Plant7/NCMD/gw01', payload: new Uint8Array(), tooLarge: true });
    await settle();
    expect(types(before)).toEqual([]);
    expect(writes).toEqual([]);
  });

  it('hands a write of the host on, and tells at once what was read back', async () => {
    const { link, ask, writes, session, said, clock, isWhole } = scene();
    link.connect();
    await settle();
    ask('Plant7/DCMD/gw01/meter', [
      { name: 'relay', type: 'Boolean', value: true },
      { name: 'level', type: 'Int32', value: -4 },
    ]);
    expect(writes).toEqual([
      [
        'meter',
        new Map<string, Value>([
          ['relay', true],
          ['level', -4],
        ]),
      ],
    ]);
    session.written('meter', [{ point: 'relay', value: true, quality: 'good', at: clock.wall() }]);
    await settle();
    expect(said().at(-1)).toMatchObject({ type: 'DDATA', payload: { metrics: [{ name: 'relay', value: true }] } });
    isWhole();
  });

  it('tells a value that grew old once, with its quality', async () => {
    const { link, read, newest, clock, said, types, isWhole } = scene();
    read('meter', { power: 4 });
    link.connect();
    await settle();
    const before = types().length;
    newest.set('meter', [{ point: 'power', value: 4, quality: 'stale', at: clock.wall() }]);
    await clock.advance(5000);
    expect(types(before)).toEqual(['DDATA meter']);
    expect(said().at(-1)?.payload.metrics[0]).toMatchObject({ value: 4, properties: { Quality: { value: 500 } } });
    isWhole();
  });

  it('tells its own figures when they changed, once a minute', async () => {
    const { link, clock, said, types, fill, isWhole } = scene();
    link.connect();
    await settle();
    fill(3);
    await clock.advance(61_000);
    expect(types(2)).toEqual(['NDATA']);
    expect(said().at(-1)?.payload.metrics).toMatchObject([
      { name: 'Node Info/Uptime', value: 61 },
      { name: 'Node Info/Outbox Held', value: 3 },
    ]);
    isWhole();
  });

  it('says nothing of a device whose birth the broker takes none of, and leaves no gap', async () => {
    const { link, session, read, types, isWhole } = scene();
    link.isTooLarge = ({ topic }) => topic.endsWith('/DBIRTH/gw01/meter');
    read('meter', { power: 4 });
    read('pump', { power: 4 });
    link.connect();
    await settle();
    expect(types()).toEqual(['NBIRTH', 'DBIRTH pump', 'DDATA pump', 'DDEATH pump']);
    expect(session.fault).toMatchObject({ code: 'link/too-large' });
    isWhole();
  });

  it('begins anew on each connection, and ends with no wait open', async () => {
    const { link, clock, read, session, types, isWhole } = scene();
    link.connect();
    await settle();
    link.disconnect();
    read('meter', { power: 4 });
    await settle();
    const before = types().length;
    link.connect();
    await settle();
    expect(types(before)).toEqual(['NBIRTH', 'DBIRTH meter', 'DDATA meter']);
    isWhole();
    session.stop();
    await settle();
    expect(clock.pending).toBe(0);
  });
});

describe('with a primary host', () => {
  it('is born only when that host says online', async () => {
    const { link, hostSays, types } = scene({ primaryHost: 'scada' });
    link.connect();
    await settle();
    for (const state of [{ online: 'true', timestamp: 1 }, { online: true }, 'ONLINE', '[]', 'null', '{', ''])
      hostSays(state);
    link.deliver({ topic: 'spBv1.0/STATE/other', payload: Buffer.from('{"online":true,"timestamp":1}') });
    await settle();
    expect(types()).toEqual([]);
    hostSays({ online: true, timestamp: 5 });
    await settle();
    expect(types()).toEqual(['NBIRTH', 'DBIRTH meter']);
  });

  it('leaves the broker when the host goes, unless that is old news', async () => {
    const { link, hostSays, read, session } = scene({ primaryHost: 'scada' });
    link.connect();
    hostSays({ online: true, timestamp: 5 });
    await settle();
    hostSays({ online: false, timestamp: 4 });
    await settle();
    expect(link.left).toEqual([]);
    hostSays({ online: false, timestamp: 5 });
    expect(link.left).toEqual(['link/host-offline']);
    read('meter', { power: 1 });
    await settle();
    expect(session.isBorn).toBe(false);
  });

  it('waits anew at the next broker, and sends what waited once, as historical', async () => {
    const { link, hostSays, read, said, types, isWhole } = scene({ primaryHost: 'scada' });
    link.connect();
    hostSays({ online: true, timestamp: 5 });
    await settle();
    hostSays({ online: false, timestamp: 6 });
    read('meter', { power: 1 });
    link.connect();
    read('meter', { power: 2 });
    await settle();
    const before = types().length;
    hostSays({ online: true, timestamp: 2 });
    await settle();
    expect(types(before)).toEqual(['NBIRTH', 'DBIRTH meter', 'DDATA meter', 'DDATA meter']);
    const told = said()
      .slice(before + 2)
      .flatMap(({ payload }) => payload.metrics);
    expect(told.map(({ value, historical }) => [value, historical])).toEqual([
      [1, true],
      [2, true],
    ]);
    isWhole();
  });

  it('goes on to the next broker where the host is offline or silent', async () => {
    const { link, clock, hostSays } = scene({ primaryHost: 'scada', hasFallback: true });
    link.connect();
    hostSays({ online: false, timestamp: 1 });
    expect(link.left).toEqual(['link/host-offline']);
    link.connect();
    await clock.advance(31_000);
    expect(link.left).toEqual(['link/host-offline', 'link/host-offline']);
  });

  it('waits for the host where there is no other broker', async () => {
    const { link, clock, hostSays, types } = scene({ primaryHost: 'scada' });
    link.connect();
    hostSays({ online: false, timestamp: 1 });
    await clock.advance(300_000);
    expect(link.left).toEqual([]);
    hostSays({ online: true, timestamp: 2 });
    await settle();
    expect(types()).toEqual(['NBIRTH', 'DBIRTH meter']);
  });
});
