import { describe, expect, it } from 'vitest';
import { BROKER_ADDRESS, networkMissing } from '../../support/network.ts';
import { expectNothingLost, live, pollsIn, sceneFor, troubles } from '../../support/network-scene.ts';
import { until } from '../../support/patience.ts';

const NAME = 'broker.invalid';

describe.skipIf(networkMissing !== undefined)(networkMissing ?? 'while the broker has no address, the agent', () => {
  it.each([
    { what: 'nobody knows the name', silent: false },
    // then each question of the system's resolver takes ten seconds, which no signal can shorten
    { what: 'the name server is silent', silent: true },
  ])('polls on where $what, and finds it once it is known', async ({ silent }) => {
    const scene = await sceneFor({
      mqtt: { url: `mqtt://${NAME}` },
      before: (network) => network.filter(silent ? { input: ['iif wan0 drop'] } : {}),
    });
    const { network, witness, rig } = scene;
    await until('the fault', () => troubles(scene).length > 0);
    expect(['link/name', ...(silent ? ['link/timeout'] : [])]).toContain(troubles(scene)[0]);
    expect(await pollsIn(rig, 3_000)).toBeGreaterThan(0.8);
    expect(witness.messages).toEqual([]);
    await network.names(`${BROKER_ADDRESS} ${NAME}\n`);
    await network.filter({});
    await live(witness);
    await expectNothingLost(scene);
  });
});
