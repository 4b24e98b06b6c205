import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { whileFrozen } from '../../support/agent-process.ts';
import { BROKER_PORT, networkMissing } from '../../support/network.ts';
import {
  CONNECT_TIMEOUT,
  expectNothingLost,
  KEEPALIVE,
  live,
  pollsIn,
  RECONNECT_LEAST,
  type Scene,
  sceneFor,
  troubles,
} from '../../support/network-scene.ts';
import { until } from '../../support/patience.ts';

/** The delay that a machine with other work may add to a time. */
const SLACK = 2_500;
const TO_BROKER = `tcp dport ${BROKER_PORT}`;

/** Attempts in this time are no more than the least wait between two allows, and there are some. */
async function expectBounded({ network }: Scene, duration: number, least = RECONNECT_LEAST): Promise<void> {
  const before = await network.attempts();
  const from = performance.now();
  await wait(duration);
  const tries = (await network.attempts()) - before;
  expect(tries).toBeGreaterThan(0);
  expect(tries).toBeLessThanOrEqual((performance.now() - from) / least + 1);
}

describe.skipIf(networkMissing !== undefined)(networkMissing ?? 'while the broker is away, the agent', () => {
  it('loses nothing to a broker that is killed three times, and comes back by itself', async () => {
    const scene = await sceneFor();
    const { broker, witness, agent, rig } = scene;
    await live(witness);
    for (let life = 1; life <= 3; life += 1) {
      await broker.kill();
      await until('the loss', () => troubles(scene).length >= life);
      expect(await pollsIn(rig, 700)).toBeGreaterThan(0.7);
      await whileFrozen(agent, async () => {
        await broker.start();
        await witness.hears();
      });
      await live(witness);
    }
    await expectNothingLost(scene);
  });

  it('notices within one and a half keepalives that nothing comes through any more', async () => {
    const scene = await sceneFor();
    const { network, witness, rig } = scene;
    await live(witness);
    const from = performance.now();
    await network.filter({ input: ['iif wan0 drop'], output: ['oif wan0 drop'] });
    const polls = pollsIn(rig, 3_000);
    await until('the loss', () => troubles(scene).length > 0);
    expect(performance.now() - from).toBeLessThan(1.5 * KEEPALIVE + SLACK);
    expect(troubles(scene)).toEqual(['link/timeout']);
    expect(await polls).toBeGreaterThan(0.8);
    await network.filter({});
    await live(witness);
    await expectNothingLost(scene);
  });

  it('does not storm a broker that refuses or resets every connection', async () => {
    const scene = await sceneFor();
    const { network, witness, rig } = scene;
    await live(witness);
    await network.filter({ output: [`${TO_BROKER} reject with tcp reset`] });
    await until('the loss', () => troubles(scene).length > 1);
    expect(troubles(scene)).toEqual(['link/lost', 'link/unreachable']);
    const polls = pollsIn(rig, 3_000);
    await expectBounded(scene, 4_000);
    expect(await polls).toBeGreaterThan(0.8);
    await network.filter({});
    await live(witness);
    await expectNothingLost(scene);
  });

  it('gives up on a frozen broker that accepts connections and says nothing', async () => {
    const scene = await sceneFor();
    const { broker, witness, rig } = scene;
    await live(witness);
    broker.signal('SIGSTOP');
    await until('the loss', () => troubles(scene).length > 0);
    const polls = pollsIn(rig, 3_000);
    // the kernel takes the connection, and the answer to CONNECT never comes
    await expectBounded(scene, 5_000, RECONNECT_LEAST + CONNECT_TIMEOUT);
    expect(await polls).toBeGreaterThan(0.8);
    expect(troubles(scene)).toEqual(['link/timeout']);
    broker.signal('SIGCONT');
    await live(witness);
    await expectNothingLost(scene);
  });

  it('polls on while the cable is out', async () => {
    const scene = await sceneFor();
    const { network, witness, rig } = scene;
    await live(witness);
    await network.cable('down');
    await until('the loss', () => troubles(scene).length > 0);
    expect(await pollsIn(rig, 2_000)).toBeGreaterThan(0.8);
    await until('no route', () => troubles(scene).includes('link/unreachable'));
    await network.cable('up');
    await live(witness);
    await expectNothingLost(scene);
  });
});
