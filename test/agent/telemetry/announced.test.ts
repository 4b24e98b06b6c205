import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Topics } from '../../../agent/link/topics.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { Announced } from '../../../agent/telemetry/announced.ts';
import { AnnouncedFile, MOST_DEVICES, MOST_ROOTS, machineMark } from '../../../agent/telemetry/announced-file.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeLink } from '../../support/fake-link.ts';
import { newFolder } from '../../support/folder.ts';

const never = new AbortController().signal;
const eventually = <T>(look: () => T) => expect.poll(look, { interval: 5 });

interface Life {
  readonly devices: readonly string[];
  readonly points?: Readonly<Record<string, readonly string[]>>;
  readonly root?: string;
  readonly machine?: string;
  readonly respond?: (topic: string) => 'ok' | FaultCode;
}

/** One run of an agent, up to its connection; the agent is then killed: nothing is closed. */
async function live(
  directory: string | undefined,
  { devices, points = {}, root = 'fieldward/gw', machine = 'm', respond }: Life,
) {
  const link = new FakeLink();
  if (respond !== undefined) link.respond = ({ topic }) => respond(topic);
  const events: string[] = [];
  const tell = (event: string) => void events.push(event);
  const announced = new Announced({
    file: directory === undefined ? undefined : new AnnouncedFile(directory, machine),
    ...{ topics: Topics.under(root), devices, link, clock: new FakeClock() },
    points: new Map(Object.entries(points)),
    log: { ...silentLog, info: tell, warn: tell },
  });
  await announced.open(never);
  link.start();
  const cleared = () => link.published.map(({ topic }) => topic);
  return { link, announced, events, cleared };
}

async function stored(directory: string): Promise<Record<string, string[]>> {
  const { roots } = JSON.parse(await readFile(join(directory, 'announced'), 'utf8'));
  return Object.fromEntries(roots.map(({ root, devices }: { root: string; devices: string[] }) => [root, devices]));
}

const topicsOf = (device: string) => ['availability', 'state', 'identity', 'meta'].map((topic) => `${device}/${topic}`);

describe('what was announced', () => {
  test('is taken back at the next connection, once it is no longer configured', async () => {
    const folder = await newFolder();
    const first = await live(folder, { devices: ['a', 'b'] });
    first.link.connect();
    expect(first.cleared()).toEqual([]);
    const second = await live(folder, { devices: ['b'] });
    second.link.connect();
    await eventually(second.cleared).toEqual(topicsOf('fieldward/gw/a'));
    expect(second.link.published).toMatchObject([
      { payload: '', qos: 1, retain: true },
      { payload: '', qos: 1, retain: true },
      { payload: '', qos: 1, retain: true },
      { payload: '', qos: 1, retain: true },
    ]);
    await eventually(() => second.events).toEqual(['retained topics cleared']);
    await eventually(() => stored(folder)).toEqual({ 'fieldward/gw': ['b'] });
    const third = await live(folder, { devices: ['b'] });
    third.link.connect();
    expect(third.cleared()).toEqual([]);
  });

  test('of single points is taken back with them, or with their device', async () => {
    const folder = await newFolder();
    await live(folder, { devices: ['a', 'b'], points: { a: ['x', 'y'], b: ['z'] } });
    const second = await live(folder, { devices: ['a'], points: { a: ['y'] } });
    second.link.connect();
    await eventually(() => second.cleared().sort()).toEqual(
      [...topicsOf('fieldward/gw/b'), 'fieldward/gw/a/values/x', 'fieldward/gw/b/values/z'].sort(),
    );
    await eventually(() => readFile(join(folder, 'announced'), 'utf8')).not.toContain('"x"');
    const third = await live(folder, { devices: ['a'] });
    third.link.connect();
    await eventually(third.cleared).toEqual(['fieldward/gw/a/values/y']);
    await eventually(() => readFile(join(folder, 'announced'), 'utf8')).not.toContain('"y"');
    const last = await live(folder, { devices: ['a'] });
    last.link.connect();
    expect(last.cleared()).toEqual([]);
  });

  test('is known also after a crash before the broker took it back, and while it is away', async () => {
    const folder = await newFolder();
    await live(folder, { devices: ['a', 'b'] });
    await live(folder, { devices: ['b'] });
    expect(await stored(folder)).toEqual({ 'fieldward/gw': ['a', 'b'] });
    const lost = await live(folder, { devices: ['b'], respond: () => 'link/lost' });
    lost.link.connect();
    await eventually(lost.cleared).toHaveLength(4);
    const last = await live(folder, { devices: ['b'] });
    last.link.connect();
    await eventually(last.cleared).toHaveLength(4);
  });

  test('is tried again at the next connection of the same run', async () => {
    const folder = await newFolder();
    await live(folder, { devices: ['a'] });
    let answer: 'ok' | FaultCode = 'link/lost';
    const { link, cleared, events } = await live(folder, { devices: [], respond: () => answer });
    link.connect();
    await eventually(cleared).toHaveLength(4);
    link.disconnect();
    answer = 'ok';
    link.connect();
    await eventually(() => events).toEqual(['retained topics cleared']);
    expect(cleared()).toHaveLength(8);
  });

  test('is taken back under a former name or prefix, the gateway’s own topics too', async () => {
    const folder = await newFolder();
    await live(folder, { devices: ['a'], root: 'fieldward/old' });
    const { link, cleared } = await live(folder, { devices: ['a'], root: 'plant/hall/gw' });
    link.connect();
    await eventually(() => cleared().sort()).toEqual([
      'fieldward/old/a/availability',
      'fieldward/old/a/identity',
      'fieldward/old/a/meta',
      'fieldward/old/a/state',
      'fieldward/old/availability',
      'fieldward/old/status',
    ]);
    await eventually(() => stored(folder)).toEqual({ 'plant/hall/gw': ['a'] });
  });

  test('is given up where the broker denies it: asked once, named, and never again', async () => {
    const folder = await newFolder();
    await live(folder, { devices: ['a'], root: 'fieldward/old' });
    const denied = await live(folder, { devices: ['a'], respond: () => 'link/denied' });
    denied.link.connect();
    await eventually(() => denied.events).toEqual(['retained topics not cleared']);
    expect(denied.cleared()).toHaveLength(6);
    denied.link.disconnect();
    denied.link.connect();
    await eventually(() => stored(folder)).toEqual({ 'fieldward/gw': ['a'] });
    expect(denied.cleared()).toHaveLength(6);
  });

  test('stays remembered while the broker keeps nothing: an empty message would be news to who listens', async () => {
    const folder = await newFolder();
    await live(folder, { devices: ['a'] });
    const { link, cleared } = await live(folder, { devices: [] });
    link.terms = { ...link.terms, retained: false };
    link.connect();
    expect(cleared()).toEqual([]);
    expect(await stored(folder)).toEqual({ 'fieldward/gw': ['a'] });
  });

  test('of another machine, whose image was copied, is left alone', async () => {
    const folder = await newFolder();
    await live(folder, { devices: ['a'], root: 'fieldward/first', machine: machineMark('/proc/version') });
    const { link, cleared, events } = await live(folder, { devices: ['a'], root: 'fieldward/second' });
    link.connect();
    expect(cleared()).toEqual([]);
    expect(events).toEqual(['announced topics not known']);
    expect(await stored(folder)).toEqual({ 'fieldward/second': ['a'] });
  });

  test('is not known without a folder, which costs nothing else', async () => {
    const { link, cleared, events } = await live(undefined, { devices: ['a'] });
    link.connect();
    expect([cleared(), events]).toEqual([[], []]);
  });

  test('is not known where the folder can not be had, and that is said', async () => {
    const { events } = await live('/dev/null/nowhere', { devices: ['a'] });
    expect(events).toEqual(['announced topics not known', 'announced topics not remembered']);
  });

  test.each([
    '',
    'x',
    'null',
    '[]',
    '{"version":2,"machine":"m","roots":[]}',
    '{"version":1,"machine":"m","roots":[{"root":"fieldward/+","devices":[]}]}',
    '{"version":1,"machine":"m","roots":[{"root":"fieldward/gw","devices":["../x"]}]}',
    '{"version":1,"machine":"m","roots":[{"root":"fieldward/gw","devices":["x"],"values":{"x":["+"]}}]}',
    `{"version":1,"machine":"m","roots":[],"more":"${'x'.repeat(8_388_608)}"}`,
  ])('is not believed from a file that is damaged: %.60s', async (content) => {
    const folder = await newFolder();
    await writeFile(join(folder, 'announced'), content);
    const { link, cleared, events } = await live(folder, { devices: ['a'] });
    link.connect();
    expect(cleared()).toEqual([]);
    expect(events).toEqual(['announced topics not known']);
    expect(await stored(folder)).toEqual({ 'fieldward/gw': ['a'] });
  });

  test('takes no more room than its bounds: the oldest names go first', async () => {
    const folder = await newFolder();
    const devices = Array.from({ length: MOST_DEVICES / 2 }, (_, at) => `d${at}`);
    for (let at = 0; at < MOST_ROOTS + 3; at += 1) await live(folder, { devices, root: `fieldward/gw${at}` });
    const kept = await stored(folder);
    expect(Object.keys(kept)).toHaveLength(MOST_ROOTS);
    expect(kept[`fieldward/gw${MOST_ROOTS + 2}`]).toHaveLength(devices.length);
    expect(Object.values(kept).flat()).toHaveLength(MOST_DEVICES);
    expect((await readFile(join(folder, 'announced'))).length).toBeLessThan(1_048_576);
  });
});
