import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { residentBytes } from '../../../scripts/bench-program/usage.ts';
import { rigDevice } from '../../support/agent-process.ts';
import { networkMissing } from '../../support/network.ts';
import { expectNothingLost, live, PREFIX, pollsIn, type Scene, sceneFor } from '../../support/network-scene.ts';
import { askOf } from '../../support/witness.ts';

const UNITS = [1, 2, 3, 4];
const PERIOD = 25;
const ALL_POLLS = PERIOD / UNITS.length;

/** Four devices that make about three times as much as 128 kbit/s carry. */
function busyScene(): Promise<Scene> {
  return sceneFor({
    units: '1-4',
    devices: UNITS.map((unit) => rigDevice(unit, { pollMs: PERIOD })),
    mqtt: { keepaliveMs: 10_000 },
  });
}

/** How old the newest states were when they came, in milliseconds. */
function ages({ witness }: Scene, since: number): readonly number[] {
  return witness.messages
    .filter(({ topic, at }) => topic === `${PREFIX}/unit-1/state` && at > since)
    .map(({ text, at }) => performance.timeOrigin + at - Date.parse(JSON.parse(text).at));
}

describe.skipIf(networkMissing !== undefined)(networkMissing ?? 'on a poor network, the agent', () => {
  it('sends the newest states and its answers in time over a line that is too slow for the readings', async () => {
    const scene = await busyScene();
    const { network, witness, agent, rig } = scene;
    await live(witness);
    const before = await residentBytes(agent.pid);
    await network.limit(128);
    const from = performance.now();
    const polls = await pollsIn(rig, 7_000, ALL_POLLS);
    expect(polls).toBeGreaterThan(0.7);
    expect((await residentBytes(agent.pid)) - before).toBeLessThan(40_000_000);
    const asked = performance.now();
    const { values } = await askOf(witness, 'command/status');
    expect(performance.now() - asked).toBeLessThan(4_000);
    expect(values.outbox.held).toBeGreaterThan(200);
    const states = ages(scene, from + 1_000);
    expect(states.length).toBeGreaterThan(3);
    // a window's worth of readings lies before each
    expect(Math.max(...states)).toBeLessThan(4_000);
    await network.limit(undefined);
    await live(witness);
    await expectNothingLost(scene);
  });

  it('loses nothing on a line that loses every fifth packet', async () => {
    const scene = await busyScene();
    const { network, witness, agent, rig } = scene;
    await live(witness);
    const before = await residentBytes(agent.pid);
    const lossy = ['numgen random mod 100 < 20 drop'];
    await network.filter({ input: lossy, output: lossy });
    const seen = witness.readings('unit-1').length;
    const polls = pollsIn(rig, 6_000, ALL_POLLS);
    await wait(6_000);
    expect(await polls).toBeGreaterThan(0.7);
    expect(witness.readings('unit-1').length).toBeGreaterThan(seen);
    expect((await residentBytes(agent.pid)) - before).toBeLessThan(40_000_000);
    await network.filter({});
    await live(witness);
    await expectNothingLost(scene);
  });
});
