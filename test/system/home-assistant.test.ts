import { join } from 'node:path';
import { expect, it } from 'vitest';
import { renderCommand, renderState } from '../agent/convention/home-assistant/jinja.ts';
import { judgeDocument } from '../agent/convention/home-assistant/validator.ts';
import {
  agentFor,
  brokerFor,
  configFile,
  rigBus,
  rigDevice,
  rigFor,
  temporaryFolder,
} from '../support/agent-process.ts';
import { type Witness, witnessOf } from '../support/witness.ts';

const PATIENT = { interval: 50 };
const points = [
  { name: 'counter', register: 'holding', address: 0, type: 'uint16', unit: 'kWh', counts: 'total-increasing' },
  { name: 'mark', register: 'holding', address: 1, type: 'uint16', label: 'Mark' },
  { name: 'relay', register: 'coil', address: 3, type: 'bool', writable: true },
  { name: 'level', register: 'holding', address: 4, type: 'uint16', writable: true, min: 0, max: 100, step: 5 },
];

interface Entity {
  readonly platform: string;
  readonly unique_id: string;
  readonly state_topic: string;
  readonly value_template: string;
  readonly command_topic: string;
  readonly command_template: string;
}

/** Home Assistant as the broker sees it: its reading of all documents that are retained or came. */
async function homeOf(url: string) {
  const witness = await witnessOf(url, 'homeassistant');
  /** By topic: the newest document; an empty one takes it out. */
  const documents = () => {
    const newest = new Map<string, string>();
    for (const { topic, text } of witness.messages) if (topic.endsWith('/config')) newest.set(topic, text);
    return new Map([...newest].filter(([, text]) => text !== ''));
  };
  const entities = (object: string): Readonly<Record<string, Entity>> =>
    JSON.parse(documents().get(`homeassistant/device/${object}/config`) ?? '{"components":{}}').components;
  const judged = () => {
    const seen = new Set<string>();
    return Array.from(documents(), ([topic, text]) => judgeDocument(topic, text, seen));
  };
  return { witness, documents, entities, judged };
}

/** The state that the entity shows now, as far as the broker tells it. */
function shown(plant: Witness, entity: Entity | undefined): string | undefined {
  const state = entity && plant.messages.findLast(({ topic }) => topic === entity.state_topic)?.text;
  return entity === undefined || state === undefined ? undefined : renderState(entity.value_template, state);
}

it('Home Assistant sees the plant and commands it, through a broker that forgets, its own start, and other configs', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const folder = await temporaryFolder();
  const configOf = (device: object, more: object = {}) => ({
    gateway: 'system',
    mqtt: { url: broker.url, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    homeAssistant: {},
    outbox: { directory: join(folder, 'outbox') },
    commands: { allow: ['read', 'write', 'reopen', 'restart'] },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points, ...device })])],
    ...more,
  });
  const run = async (config: object) => agentFor({ args: ['run', '--config', await configFile(config)] });
  const agent = await run(configOf({ label: 'Meter' }));
  let home = await homeOf(broker.url);
  let plant = await witnessOf(broker.url, 'fieldward/system');

  await expect
    .poll(() => [...home.documents().keys()].sort(), PATIENT)
    .toEqual(['homeassistant/device/system/config', 'homeassistant/device/system_unit-1/config']);
  for (const verdict of home.judged()) expect(verdict).toEqual({ document: [], entities: [], warnings: [] });
  await expect.poll(() => shown(plant, home.entities('system_unit-1').mark), PATIENT).toBe('257');
  const uptime = () => Number(shown(plant, home.entities('system').uptime));
  await expect.poll(uptime, PATIENT).toBeGreaterThanOrEqual(0);

  // the agent takes the rendered text
  for (const [name, chosen] of [
    ['relay', 'true'],
    ['level', 55],
  ] as const) {
    const { command_topic, command_template } = home.entities('system_unit-1')[name] ?? ({} as Entity);
    await plant.client.publishAsync(command_topic, renderCommand(command_template, chosen, Date.now()), { qos: 1 });
    await expect.poll(() => shown(plant, home.entities('system_unit-1')[name]), PATIENT).toBe(String(chosen));
  }

  // a broker that comes back with nothing is told all of it
  await broker.kill();
  await broker.start();
  home = await homeOf(broker.url);
  plant = await witnessOf(broker.url, 'fieldward/system');
  await expect.poll(() => home.documents().size, PATIENT).toBe(2);
  await expect.poll(() => shown(plant, home.entities('system_unit-1').level), PATIENT).toBe('55');

  // its own start asks for all of it, and then for the states
  const before = [home.witness.messages.length, plant.messages.length] as const;
  await home.witness.client.publishAsync('homeassistant/status', 'online', { qos: 1 });
  const configs = () => home.witness.messages.slice(before[0]).filter(({ topic }) => topic.endsWith('/config'));
  await expect.poll(() => new Set(configs().map(({ topic }) => topic)).size, PATIENT).toBe(2);
  const last = configs().at(-1)?.at ?? 0;
  const since = (topic: string) =>
    plant.messages.slice(before[1]).some((each) => each.topic === `fieldward/system/${topic}` && each.at >= last);
  for (const topic of ['availability', 'unit-1/availability', 'unit-1/state', 'status']) {
    await expect.poll(() => since(topic), PATIENT).toBe(true);
  }

  // killed; a point goes, another one is only shown: both in two steps
  agent.signal('SIGKILL');
  await agent.ended;
  const fewer = points.slice(1).map((point) => (point.name === 'relay' ? { ...point, writable: false } : point));
  const second = await run(configOf({ points: fewer }));
  await expect
    .poll(() => home.entities('system_unit-1').relay, PATIENT)
    .toMatchObject({ platform: 'binary_sensor', unique_id: expect.any(String) });
  expect(Object.keys(home.entities('system_unit-1')).sort()).toEqual(['level', 'mark', 'relay']);
  const steps = home.witness.messages
    .filter(({ topic, text }) => topic === 'homeassistant/device/system_unit-1/config' && text !== '')
    .map(({ text }) => JSON.parse(text).components);
  expect(
    steps.some(
      ({ counter, relay }) =>
        Object.keys(counter ?? {}).length === 1 && relay?.platform === 'switch' && Object.keys(relay).length === 1,
    ),
  ).toBe(true);

  // killed before it is told; the device has another name, and the old one leaves no ghost
  second.signal('SIGKILL');
  await second.ended;
  const third = await run(configOf({ id: 'meter' }));
  await expect
    .poll(() => [...home.documents().keys()].sort(), PATIENT)
    .toEqual(['homeassistant/device/system/config', 'homeassistant/device/system_meter/config']);

  // and nothing is left when it is not to be told any more
  third.signal('SIGTERM');
  await third.ended;
  await run(configOf({ id: 'meter' }, { homeAssistant: undefined }));
  await expect.poll(() => home.documents().size, PATIENT).toBe(0);
  const fresh = await homeOf(broker.url);
  await fresh.witness.hears();
  expect(fresh.documents().size).toBe(0);
});
