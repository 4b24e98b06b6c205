import { setTimeout as wait } from 'node:timers/promises';
import mqtt from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { networkMissing } from '../../support/network.ts';
import { expectNothingLost, GATEWAY, live, logged, sceneFor, troubles } from '../../support/network-scene.ts';

describe.skipIf(networkMissing !== undefined)(networkMissing ?? 'where another client has its name, the agent', () => {
  it('does not fight over it, says so, and has it back when the other is gone', async () => {
    const scene = await sceneFor({ mqtt: { reconnectMaxMs: 4_000 } });
    const { broker, witness, agent } = scene;
    await live(witness);
    const twin = await mqtt.connectAsync(broker.watchUrl, {
      clientId: GATEWAY,
      protocolVersion: 5,
      reconnectPeriod: 50,
    });
    onTestFinished(() => twin.endAsync(true));
    twin.on('error', () => {});
    const connects = () => logged(agent, 'broker connected').length;
    await witness.until('a second life', () => connects() >= 4);
    expect(troubles(scene)).toContainEqual(expect.stringMatching(/^link\/(taken-over|kicked)$/));
    const before = connects();
    await wait(8_000);
    // with waits of up to four seconds there are about four; with the least of them there were forty
    expect(connects() - before).toBeLessThan(14);
    await twin.endAsync(true);
    await live(witness);
    await witness.until('the count', () => JSON.parse(witness.latest('status') ?? '{"mqtt":{}}').mqtt.takeovers > 0);
    await expectNothingLost(scene);
  });
});
