import { rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';

it('runs with a port missing at the start, and opens it when it comes', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1', lines: 2 });
  const folder = await temporaryFolder();
  const later = join(folder, 'later');
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [
      rigBus('here', rig.links[0] ?? '', [rigDevice(1, { id: 'present' })]),
      rigBus('later', later, [rigDevice(1, { id: 'absent' })]),
    ],
  });
  await witness.until('the other device', () => witness.readings('present').length > 5);
  await witness.until('why it is closed', () => witness.status()?.buses.later?.fault?.code === 'port/missing');
  await witness.until('offline', () => witness.latest('absent/availability') === 'offline');
  expect(witness.readings('absent').filter((each) => each.quality === 'good')).toEqual([]);
  await symlink(rig.links[1] ?? '', `${later}.new`);
  await rename(`${later}.new`, later);
  await witness.until('readings', () => witness.readings('absent').some((each) => each.quality === 'good'));
  await witness.until('online', () => witness.latest('absent/availability') === 'online');
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
});

it('sees an unplugged port within a second, goes on with the others, and comes back by itself', async () => {
  const [kept, pulled] = await Promise.all([
    rigFor({ baud: 115_200, units: '1' }),
    rigFor({ baud: 115_200, units: '1', options: { 'recreate-ms': 3000 } }),
  ]);
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [
      rigBus('kept', kept.links[0] ?? '', [rigDevice(1, { id: 'stays' })]),
      rigBus('pulled', pulled.links[0] ?? '', [rigDevice(1, { id: 'goes' })]),
    ],
  });
  for (let round = 1; round <= 2; round += 1) {
    await witness.until('online', () => witness.latest('goes/availability') === 'online');
    pulled.hangUp();
    const pulledAt = performance.now();
    await witness.until('offline', () => witness.latest('goes/availability') === 'offline');
    // A second is the promise; the rest is for a slow machine.
    expect(performance.now() - pulledAt).toBeLessThan(2500);
    const before = witness.readings('stays').length;
    await witness.until('the other bus goes on', () => witness.readings('stays').length > before + 5);
    await witness.until('open again', () => witness.latest('goes/availability') === 'online');
  }
  expect(witness.readings('stays').filter((each) => each.quality !== 'good')).toEqual([]);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
});
