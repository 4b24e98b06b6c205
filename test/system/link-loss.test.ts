import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { brokerFor, type Rig, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { until } from '../support/patience.ts';
import { askOf, witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';
const RELAY = 3;
/** Long beside what a busy machine takes to start a broker and to come back to it. */
const AFTER = 5_000;
const points = [
  { name: 'mark', register: 'holding', address: 1, type: 'uint16' },
  { name: 'relay', register: 'coil', address: RELAY, type: 'bool', writable: true },
];
const onLinkLoss = { afterMs: AFTER, write: { relay: false } };

/** Writes of the relay that the device confirmed, with when they were asked for. */
async function written(rig: Rig, unit = 1) {
  return (await rig.transactions()).filter(
    (each) => each.unit === unit && each.function === 5 && each.address === RELAY && each.what === 'ok',
  );
}

/** The losses of the link in the audit journal. */
async function audited(directory: string) {
  const names = await readdir(directory, { recursive: true });
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8').catch(() => '')));
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes('"event":"link-loss"'))
    .map((line) => JSON.parse(line));
}

it('sets the outputs once when the broker is away for long enough, not when it is back in time', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const directory = await temporaryFolder();
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url, reconnectMinMs: 100, reconnectMaxMs: 1_000 },
    // the config's own will needs nobody's leave
    commands: { allow: ['read', 'write'], directory },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points, onLinkLoss })])],
  });
  const connections = () => agent.stdout.split('"broker connected"').length - 1;
  await witness.until('online', () => witness.latest('unit-1/availability') === 'online');
  expect(await askOf(witness, 'unit-1/command/write', { relay: true })).toMatchObject({ outcome: 'verified' });

  const before = connections();
  await broker.kill();
  await broker.start();
  await until('connected again', () => connections() === before + 1);
  await wait(AFTER + 500);
  expect(await written(rig)).toHaveLength(1);

  const lost = process.hrtime.bigint();
  await broker.kill();
  await until('the write', async () => (await written(rig)).length > 1);
  const [, safe] = await written(rig);
  expect(Number((safe?.requestEndNs ?? 0n) - lost) / 1e6).toBeGreaterThanOrEqual(AFTER);
  await wait(1_500);
  expect(await written(rig)).toHaveLength(2);

  await broker.start();
  const heard = witness.messages.length;
  await witness.until('online again', () =>
    witness.messages.slice(heard).some(({ topic }) => topic === `${P}/unit-1/state`),
  );
  const values = { mark: 257, relay: false };
  expect(await askOf(witness, 'unit-1/command/read')).toMatchObject({ outcome: 'done', values });
  expect(agent.stdout).toContain('outputs set: the broker is away');
  await agent.stop();
  expect(await audited(directory)).toMatchObject([
    { event: 'link-loss', command: 'write', device: 'unit-1', args: { relay: false }, outcome: 'verified' },
  ]);
});

it('sets them where the broker was never there, of a device that is away as soon as it is back', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1', options: { switched: '2' } });
  const broker = await brokerFor();
  await broker.kill();
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    commands: { enabled: false },
    buses: [
      rigBus('line', rig.links[0] ?? '', [
        rigDevice(1, { points, onLinkLoss }),
        rigDevice(2, { points, onLinkLoss, probeMinMs: 100, probeMaxMs: 1_000 }),
      ]),
    ],
  });
  await until('a write', async () => (await written(rig)).length > 0);
  await until('a try', () => agent.stdout.includes('outputs not set: the broker is away'));
  expect(await written(rig, 2)).toEqual([]);
  rig.switchUnits();
  await until('a write to the device that is back', async () => (await written(rig, 2)).length > 0);
  await wait(1_500);
  expect(await written(rig, 1)).toHaveLength(1);
  expect(await written(rig, 2)).toHaveLength(1);
});
