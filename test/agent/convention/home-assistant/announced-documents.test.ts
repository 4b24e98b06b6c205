import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AnnouncedDocuments } from '../../../../agent/convention/home-assistant/announced-documents.ts';
import { type DiscoveryDocument, discoveryDocuments } from '../../../../agent/convention/home-assistant/documents.ts';
import { HomeAssistant } from '../../../../agent/convention/home-assistant/home-assistant.ts';
import { Topics } from '../../../../agent/link/topics.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import type { Point } from '../../../../drivers/contract/reading.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { newFolder } from '../../../support/folder.ts';

const never = new AbortController().signal;
const GATEWAY = 'homeassistant/device/gw/config';
const topicOf = (device: string) => `homeassistant/device/gw_${device}/config`;

interface Life {
  /** By device: names of points; one that ends with `!` can be switched. */
  readonly devices?: Readonly<Record<string, readonly string[]>>;
  readonly untold?: readonly string[];
  readonly machine?: string;
}

/** One run of an agent that remembers in the folder. */
async function live(directory: string, { devices, untold = [], machine = 'm' }: Life) {
  const pointOf = (name: string): Point =>
    name.endsWith('!')
      ? { name: name.slice(0, -1), type: 'boolean', writable: true }
      : { name, type: 'boolean', writable: false };
  const plant = {
    gateway: 'gw',
    devices: Object.entries(devices ?? {}).map(([id, names]) => ({ id, identity: {}, points: names.map(pointOf) })),
  };
  const setup = {
    ...{ topics: new Topics('fieldward', 'gw'), discoveryPrefix: 'homeassistant', version: '1.0.0', maxAgeMs: 30_000 },
    ...{ writable: new Set(Object.keys(devices ?? {})), buttons: { reopen: [], restart: false } },
  };
  const documents = devices === undefined ? new Map<string, DiscoveryDocument>() : discoveryDocuments(plant, setup);
  const warned: string[] = [];
  const log = { ...silentLog, warn: (event: string) => void warned.push(event) };
  const memory = new AnnouncedDocuments({
    ...{ directory, machine, documents, clock: new FakeClock(), log },
    untold: new Set(untold.map(topicOf)),
  });
  await memory.open(never);
  const convention = new HomeAssistant({
    documents,
    topicOf,
    statusTopic: 'homeassistant/status',
    removals: () => memory.removals(),
    presence: () => ({ topic: 'fieldward/gw/availability', payload: 'online', qos: 1, retain: true }),
  });
  /** Each message in a word: `TOPIC -` is an empty one, a component in brackets is taken out. */
  const said = () =>
    Array.from(convention.births(plant), ({ topic, payload, after }) => {
      const wait = after === undefined ? '' : ' later';
      if (payload === '') return `${topic} -`;
      if (topic.startsWith('fieldward/')) return String(payload);
      const { components } = JSON.parse(String(payload)) as DiscoveryDocument;
      const words = Object.entries(components).map(([key, component]) =>
        Object.keys(component).length === 1 ? `[${key} ${component.platform}]` : key,
      );
      return topic === GATEWAY ? `gateway${wait}` : `${topic} ${words.join(' ')}${wait}`;
    });
  return { memory, convention, said, warned };
}

describe('what Home Assistant was told', () => {
  test('is taken out when its device goes, and forgotten once the broker has that', async () => {
    const folder = await newFolder();
    await live(folder, { devices: { a: ['x'], b: ['y'] } });
    const second = await live(folder, { devices: { b: ['y'] } });
    expect(second.said()).toEqual([`${topicOf('a')} -`, 'gateway', `${topicOf('b')} y`, 'online']);
    await second.memory.taken(never);
    expect(second.said()).toEqual(['gateway', `${topicOf('b')} y`, 'online']);
    const third = await live(folder, { devices: { b: ['y'] } });
    expect(third.said()).toEqual(['gateway', `${topicOf('b')} y`, 'online']);
  });

  test('is remembered after a crash before that', async () => {
    const folder = await newFolder();
    await live(folder, { devices: { a: ['x'], b: ['y'] } });
    await live(folder, { devices: { b: ['y'] } });
    const third = await live(folder, { devices: { b: ['y'] } });
    expect(third.said()[0]).toBe(`${topicOf('a')} -`);
  });

  test('of a component is taken out in two steps, with a rest between, also where only its platform changed', async () => {
    const folder = await newFolder();
    await live(folder, { devices: { a: ['x', 'y', 'z'] } });
    const second = await live(folder, { devices: { a: ['y!', 'z'] } });
    expect(second.said()).toEqual([
      `${topicOf('a')} [y binary_sensor] z [x binary_sensor]`,
      'gateway later',
      `${topicOf('a')} y z`,
      'online',
    ]);
    await second.memory.taken(never);
    const third = await live(folder, { devices: { a: ['y!', 'z'] } });
    expect(third.said()).toEqual(['gateway', `${topicOf('a')} y z`, 'online']);
  });

  test('is all taken out when it is no longer to be told anything', async () => {
    const folder = await newFolder();
    await live(folder, { devices: { a: ['x'] } });
    const off = await live(folder, {});
    expect(off.said().sort()).toEqual([`${GATEWAY} -`, `${topicOf('a')} -`].sort());
    await off.memory.taken(never);
    expect((await live(folder, {})).said()).toEqual([]);
  });

  test('of a device whose driver can not run now stays, and is still known when it is gone', async () => {
    const folder = await newFolder();
    await live(folder, { devices: { a: ['x'], b: ['y'] } });
    const second = await live(folder, { devices: { b: ['y'] }, untold: ['a'] });
    expect(second.said()).toEqual(['gateway', `${topicOf('b')} y`, 'online']);
    await second.memory.taken(never);
    const third = await live(folder, { devices: { b: ['y'] } });
    expect(third.said()[0]).toBe(`${topicOf('a')} -`);
  });

  test('on another machine, whose image was copied, is left alone', async () => {
    const folder = await newFolder();
    await live(folder, { devices: { a: ['x'] } });
    const copied = await live(folder, { devices: {}, machine: 'other' });
    expect(copied.said()).toEqual(['gateway', 'online']);
    expect(copied.warned).toEqual(['announced documents not known']);
  });

  test.each([
    'x',
    '{"version":1,"machine":"m","documents":[{"topic":"a/#"}]}',
    '{"version":1,"machine":"m","documents":[{"topic":"a","components":{"x":7}}]}',
    '{"version":1,"machine":"m","documents":7}',
  ])('is not believed from a file that is damaged: %s', async (content) => {
    const folder = await newFolder();
    await writeFile(join(folder, 'announced-home-assistant'), content);
    const { said, warned } = await live(folder, { devices: {} });
    expect(said()).toEqual(['gateway', 'online']);
    expect(warned).toEqual(['announced documents not known']);
    expect(JSON.parse(await readFile(join(folder, 'announced-home-assistant'), 'utf8')).documents).toHaveLength(1);
  });
});

test('only `online` of Home Assistant asks for all of it once more', async () => {
  const { convention } = await live(await newFolder(), { devices: {} });
  const heard = (payload: string) =>
    convention.heard({
      ...{
        topic: 'homeassistant/status',
        payload: new TextEncoder().encode(payload),
        tooLarge: false,
        retained: false,
      },
    });
  expect(['online', 'offline', '', 'ONLINE'].map(heard)).toEqual(['births', undefined, undefined, undefined]);
});
