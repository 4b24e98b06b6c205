import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { type Reading, witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';

it('publishes availability, status, state and every reading, with the values that the line served', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1-2' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1), rigDevice(2)])],
  });
  await witness.until('20 readings', () => witness.readings('unit-2').length >= 20);
  await witness.until('all online in the status', () => {
    const status = witness.status();
    return status?.buses.line?.open === true && Object.values(status.devices).every((each) => each.health === 'online');
  });
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  await witness.until('offline', () => witness.latest('availability') === 'offline');

  const all = [1, 2].flatMap((unit) => witness.readings(`unit-${unit}`).map((reading) => ({ unit, ...reading })));
  const served = new Set((await rig.transactions()).map((each) => `${each.unit} ${each.counter}`));
  for (const { unit, values } of all) {
    expect(served).toContain(`${unit} ${values?.counter}`);
    expect(values?.mark).toBe((unit << 8) | 1);
  }
  for (const reading of all) {
    expect(reading).toMatchObject({ quality: 'good' });
    expect(reading.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(['synchronized', 'unsynchronized', 'unknown']).toContain(reading.clock);
  }
  // The line may answer before the broker does: only readings from before waited.
  for (const unit of [1, 2]) {
    const waited = witness.readings(`unit-${unit}`).map((each) => each.backfill);
    expect(waited.lastIndexOf(true)).toBeLessThan(waited.indexOf(false));
    expect(waited.filter((each) => !each).length).toBeGreaterThan(10);
  }
  expect(new Set(all.map((each) => each.boot)).size).toBe(1);
  expect(all.map((each) => each.seq).sort((a, b) => a - b)).toEqual(all.map((_, index) => index + (seqOf(all) ?? 0)));
  expect((await rig.summary()).lines[0]).toMatchObject({ malformed: 0, collisions: 0 });
});

function seqOf(readings: readonly Reading[]): number | undefined {
  return readings.map((each) => each.seq).sort((a, b) => a - b)[0];
}

it('keeps availability, status and state with the broker for who comes later', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const early = await witnessOf(broker.url, P);
  await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  });
  await early.until('state', () => early.latest('unit-1/state'));
  await early.until('status', () => early.status()?.devices['unit-1']?.health === 'online');
  const late = await witnessOf(broker.url, P);
  const retained = (topic: string) =>
    late.until(topic, () => late.messages.find((each) => each.topic === `${P}/${topic}` && each.retained));
  expect((await retained('availability')).text).toBe('online');
  expect((await retained('unit-1/availability')).text).toBe('online');
  expect(JSON.parse((await retained('unit-1/state')).text)).toMatchObject({ values: { mark: 257 } });
  expect(JSON.parse((await retained('status')).text)).toMatchObject({ buses: { line: { open: true } } });
  expect(late.messages.filter((each) => each.topic.endsWith('/readings') && each.retained)).toEqual([]);
});

it('says offline by its will when it is killed', async () => {
  const broker = await brokerFor();
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const witness = await witnessOf(broker.url, P);
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  });
  await witness.until('online', () => witness.latest('availability') === 'online');
  agent.signal('SIGKILL');
  await witness.until('offline', () => witness.latest('availability') === 'offline');
});

it('executes a write from a subscriber to the device and back', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const points = [
    { name: 'setpoint', register: 'holding', address: 4, type: 'uint16', writable: true, min: 0, max: 100 },
  ];
  await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    commands: { enabled: true, allow: ['read', 'write'] },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points, commands: { allow: ['read', 'write'] } })])],
  });
  await witness.until('online', () => witness.latest('unit-1/availability') === 'online');
  const ask = async (id: string, name: string, args: object) => {
    const expiresAt = new Date(Date.now() + 10_000).toISOString();
    await witness.client.publishAsync(`${P}/unit-1/command/${name}`, JSON.stringify({ id, expiresAt, args }), {
      qos: 1,
    });
    const reply = await witness.until(`reply to ${id}`, () =>
      witness.messages.find((each) => each.topic === `${P}/unit-1/command/${name}/reply` && each.text.includes(id)),
    );
    return JSON.parse(reply.text);
  };
  expect(await ask('w-1', 'write', { setpoint: 42 })).toMatchObject({
    id: 'w-1',
    outcome: 'verified',
    values: { setpoint: 42 },
  });
  expect(await ask('w-2', 'write', { setpoint: 101 })).toMatchObject({
    outcome: 'refused',
    fault: { code: 'command/value' },
  });
  expect((await rig.transactions()).filter((each) => each.function === 6 || each.function === 16)).toHaveLength(1);
});
