import { expect, it, onTestFinished } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { Mosquitto } from '../support/mosquitto.ts';
import { askOf, witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';
/** TimeoutStopSec of the unit is 15 s; after it systemd kills. */
const IN_TIME = 12_000;

it('stops in time while the broker hangs, and names who was late', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await Mosquitto.start();
  onTestFinished(() => broker.dispose());
  const witness = await witnessOf(broker.url, P);
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  });
  await witness.until('readings', () => witness.readings('unit-1').length > 5);
  broker.signal('SIGSTOP');
  const asked = performance.now();
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  expect(performance.now() - asked).toBeLessThan(IN_TIME);
  expect(agent.stdout).toMatch(/"event":"stop late".*"step":"(telemetry|link)"/);
});

it('stops in time while it waits for its turn on a slow line, and answers the commands that wait with it', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    commands: { enabled: true, allow: ['write'] },
    buses: [
      {
        ...rigBus('line', rig.links[0] ?? '', [
          rigDevice(1, {
            pollMs: 0,
            points: [{ name: 'relay', register: 'coil', address: 3, type: 'bool', writable: true }],
          }),
        ]),
        throttle: { gapMs: 10_000, maxWaitMs: 60_000 },
      },
    ],
  });
  await witness.until('a reading', () => witness.readings('unit-1').length > 0);
  const expiresAt = new Date(Date.now() + 20_000).toISOString();
  const publish = (id: string) =>
    witness.client.publishAsync(`${P}/unit-1/command/write`, JSON.stringify({ id, expiresAt, args: { relay: true } }), {
      qos: 1,
    });
  for (const id of ['w-1', 'w-2', 'w-3']) await publish(id);
  // They have arrived: messages come in order, and this one needs no line. None is sent before the gap is over anyway.
  expect(await askOf(witness, 'command/ping')).toMatchObject({ outcome: 'done' });
  const asked = performance.now();
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  expect(performance.now() - asked).toBeLessThan(IN_TIME);
  for (const id of ['w-1', 'w-2', 'w-3']) {
    const reply = await witness.until(`the reply to ${id}`, () =>
      witness.messages.find((each) => each.topic.endsWith('/reply') && each.text.includes(`"${id}"`)),
    );
    expect(JSON.parse(reply.text)).toMatchObject({ id, outcome: 'refused', fault: { code: 'internal/cancelled' } });
  }
  await witness.until('offline', () => witness.latest('availability') === 'offline');
  expect((await rig.transactions()).filter((each) => each.function === 5)).toEqual([]);
});
