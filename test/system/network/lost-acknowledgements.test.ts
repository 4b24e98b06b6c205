import { describe, expect, it } from 'vitest';
import { networkMissing } from '../../support/network.ts';
import { expectNothingLost, live, sceneFor, taken, troubles } from '../../support/network-scene.ts';
import { until } from '../../support/patience.ts';

describe.skipIf(networkMissing !== undefined)(networkMissing ?? 'where acknowledgements are lost, the agent', () => {
  it('sends again what may have arrived: copies, but no gap and no other order', async () => {
    const scene = await sceneFor();
    const { network, witness } = scene;
    await live(witness);
    const copies = () => {
      const readings = taken(witness);
      return readings.length - new Set(readings.map(({ seq }) => seq)).size;
    };
    expect(copies()).toBe(0);
    const before = taken(witness).length;
    await network.filter({ input: ['iif wan0 drop'] });
    await until('readings that nobody acknowledged', () => taken(witness).length > before + 2);
    await until('the loss', () => troubles(scene).length > 0);
    await network.filter({});
    await live(witness);
    await expectNothingLost(scene);
    expect(copies()).toBeGreaterThan(0);
  });
});
