import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderState } from '../agent/convention/home-assistant/jinja.ts';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { type Message, witnessOf } from '../support/witness.ts';
import { askedBy } from '../systemd/consumers/dashboard.ts';
import { type FlowMessage, type FlowNode, flowFunction, shipped } from '../systemd/consumers/files.ts';
import { thingsOf } from '../systemd/consumers/openhab.ts';
import { fits, telegrafOf } from '../systemd/consumers/telegraf.ts';

const PATIENT = { interval: 50 };
const flow: readonly FlowNode[] = JSON.parse(shipped('node-red/flow.json'));
const node = (id: string) => flow.find((each) => each.id === id) as FlowNode;

it('every topic and path of the consumers finds what a running agent publishes', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const plant = await witnessOf(broker.url, 'fieldward/plant7-gw01');
  const points = [
    { name: 'voltage-l1', register: 'holding', address: 1, type: 'uint16', unit: 'V' },
    { name: 'relay', register: 'coil', address: 3, type: 'bool', writable: true },
  ];
  await runAgent({
    gateway: 'plant7-gw01',
    mqtt: { url: broker.url, values: true },
    homeAssistant: {},
    commands: { allow: ['write'] },
    // nobody answers as unit 9
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { id: 'meter-1', points }), rigDevice(9)])],
  });
  await plant.until('a reading that failed', () => plant.readings('unit-9').find(({ quality }) => quality === 'bad'));
  await plant.until('a reading', () => plant.readings('meter-1').find(({ quality }) => quality === 'good'));
  for (const topic of ['status', 'meter-1/state', 'meter-1/values/relay', 'meter-1/availability']) {
    await plant.until(topic, () => plant.latest(topic) !== undefined);
  }

  // Node-RED: the write, and its effect
  const clicked = { payload: JSON.parse(node('fieldward-click').payload) };
  const request = flowFunction(node('fieldward-request'))(clicked) as {
    topic: string;
    payload: object;
    retain: boolean;
  };
  expect(request.retain).toBe(false);
  await plant.client.publishAsync(request.topic, JSON.stringify(request.payload), { qos: 1 });
  const reply = await plant.until('the reply', () => plant.latest('meter-1/command/write/reply'));
  expect(JSON.parse(reply)).toMatchObject({ outcome: 'verified', values: { relay: true } });
  await expect.poll(() => plant.latest('meter-1/values/relay'), PATIENT).toBe('true');

  const messages = [...plant.messages];
  const on = (filter: string): readonly Message[] => messages.filter(({ topic }) => fits(filter, topic));
  const readings = on('fieldward/+/+/readings');

  for (const { type, topic } of flow) if (type === 'mqtt in') expect(on(topic).length, topic).toBeGreaterThan(0);
  const order = flowFunction(node('fieldward-order'));
  const told = readings.map(({ topic, text }) => order({ topic, payload: JSON.parse(text) }) as FlowMessage[][]);
  const singles = told.flatMap(([each]) => each ?? []);
  const latest = (topic: string) => singles.findLast((each) => each.topic === `plant7-gw01/${topic}`)?.payload;
  expect([latest('meter-1/voltage-l1'), latest('meter-1/relay')]).toEqual([257, true]);
  const notes = told.flatMap(
    ([, note]) => (note as unknown as { payload: { what: string } } | null)?.payload.what ?? [],
  );
  expect([...new Set(notes)]).toEqual(['device/silent']);

  // Telegraf: nothing that it would refuse, and all of each reading
  const metricsOf = telegrafOf(shipped('telegraf/fieldward.conf'));
  const metrics = [...readings, ...on('fieldward/+/status')].flatMap(({ topic, text }) => metricsOf(topic, text));
  const made = (measurement: string) => metrics.filter((each) => each.measurement === measurement);
  const good = plant
    .allReadings()
    .filter(({ seq, quality }) => quality === 'good' && seq <= JSON.parse(readings.at(-1)?.text ?? '').seq);
  expect(made('fieldward')).toHaveLength(good.length);
  expect(made('fieldward')[0]).toEqual({
    measurement: 'fieldward',
    tags: { gateway: 'plant7-gw01', device: 'meter-1', quality: 'good' },
    fields: good[0]?.values,
    at: Date.parse(good[0]?.at ?? ''),
  });
  expect(made('fieldward_readings').map(({ fields }) => fields.seq)).toEqual(
    readings.map(({ text }) => JSON.parse(text).seq),
  );
  const failed = made('fieldward_readings').find(({ tags }) => tags.quality === 'bad');
  expect(failed?.fields).toMatchObject({ fault: 'device/silent', backfill: false });

  // Grafana: every name that it asks for is one that Telegraf wrote
  for (const { measurement, names } of askedBy(shipped('grafana/dashboard.json'))) {
    const known = new Set(
      made(measurement).flatMap(({ tags, fields }) => [...Object.keys(tags), ...Object.keys(fields)]),
    );
    expect(known.size, measurement).toBeGreaterThan(0);
    for (const name of names) expect(known, measurement).toContain(name);
  }

  // openHAB
  const { availability, channels } = thingsOf(shipped('openhab/fieldward.things'));
  for (const topic of availability) expect(on(topic).at(-1)?.text, topic).toBe('online');
  const shown = channels.map(({ id, options, shown }) => [id, shown(on(options.stateTopic ?? '').at(-1)?.text ?? '')]);
  expect(Object.fromEntries(shown)).toMatchObject({
    held: expect.stringMatching(/^\d+$/),
    'voltage-l1': '257',
    relay: 'ON',
  });

  // Home Assistant: the entities are tested with the agent's documents; these are the triggers of its page
  for (const { triggers } of parse(shipped('home-assistant/automations.yaml'))) {
    for (const { topic, value_template } of triggers) {
      const text = on(topic).at(-1)?.text ?? '';
      expect(text, topic).not.toBe('');
      if (value_template === undefined) expect(['online', 'offline']).toContain(text);
      else expect(renderDropped(value_template, text)).toBe('False');
    }
  }
});

/** Of the one form that the automations use. */
function renderDropped(template: string, text: string): string {
  const place = /^\{\{ (value_json(?:\['[^']+'\])+) > 0 \}\}$/.exec(template)?.[1];
  const value = Number(renderState(`{{ ${place} }}`, text));
  expect(value).not.toBeNaN();
  return value > 0 ? 'True' : 'False';
}
