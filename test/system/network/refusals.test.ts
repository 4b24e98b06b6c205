import { describe, expect, it } from 'vitest';
import { rigDevice } from '../../support/agent-process.ts';
import { networkMissing } from '../../support/network.ts';
import { expectNothingLost, live, logged, missing, PREFIX, sceneFor, taken } from '../../support/network-scene.ts';

const DEVICES = [rigDevice(1), rigDevice(2)];
const EVERYTHING = [`topic readwrite ${PREFIX}/#`];
const NO_READINGS_OF_2 = [
  'availability',
  'status',
  'unit-1/#',
  'unit-2/availability',
  'unit-2/state',
  'command/#',
  '+/command/#',
].map((topic) => `topic readwrite ${PREFIX}/${topic}`);
/** Above what a status takes, below what 120 long names do. */
const MOST = 6_000;
const WIDE = rigDevice(2, {
  points: Array.from({ length: 120 }, (_, address) => ({
    name: `${'a-name-of-considerable-length-for-one-register-of-'.slice(0, 50)}${address}`,
    register: 'holding',
    address,
    type: 'uint16',
  })),
});

describe.skipIf(networkMissing !== undefined)(networkMissing ?? 'where the broker refuses readings, the agent', () => {
  it('names the refusal, sends all other devices’ readings, and the kept ones once they are allowed', async () => {
    const scene = await sceneFor({ units: '1-2', devices: DEVICES, broker: { acl: NO_READINGS_OF_2 } });
    const { broker, witness, agent } = scene;
    const status = await witness.until('the fault in the status', () => {
      const { outbox } = JSON.parse(witness.latest('status') ?? '{"outbox":{}}');
      return outbox.fault?.code === 'link/denied' ? outbox : undefined;
    });
    expect(status.held).toBeGreaterThan(0);
    await live(witness, 'unit-1', 20);
    expect(witness.readings('unit-2')).toEqual([]);
    expect(logged(agent, 'broker refuses readings')).toMatchObject([
      { device: 'unit-2', fault: { code: 'link/denied' } },
    ]);
    expect(logged(agent, 'broker connected')).toHaveLength(1);
    await broker.allow(EVERYTHING);
    await witness.until('what was kept', () => witness.readings('unit-2').length > 0);
    await witness.until('the rest', () => missing(taken(witness)).length === 0);
    await live(witness, 'unit-2');
    await expectNothingLost(scene);
  });

  it.each([
    { says: 'after it was sent', lines: [`message_size_limit ${MOST}`] },
    { says: 'when it accepts the connection', lines: [`max_packet_size ${MOST}`] },
  ])('gives up a reading that is too large, counts it, and stays connected (said $says)', async ({ lines }) => {
    const scene = await sceneFor({ units: '1-2', devices: [rigDevice(1), WIDE], broker: { lines } });
    const { witness, agent } = scene;
    await live(witness, 'unit-1', 20);
    const refused = await witness.until('the count', () => {
      const { outbox } = JSON.parse(witness.latest('status') ?? '{"outbox":{}}');
      return outbox.refused > 1 ? outbox.refused : undefined;
    });
    expect(refused).toBeGreaterThan(1);
    expect(logged(agent, 'reading given up')[0]).toMatchObject({ device: 'unit-2', fault: { code: 'link/too-large' } });
    expect(logged(agent, 'broker connected')).toHaveLength(1);
    expect(logged(agent, 'broker not connected')).toEqual([]);
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
    await witness.until('offline', () => witness.latest('availability') === 'offline');
    // the readings that are missing between those of the one device are the other's, each given up and said so
    const given = logged(agent, 'reading given up').length;
    expect(given).toBeGreaterThan(0);
    expect(witness.readings('unit-2').filter(({ quality }) => quality === 'good')).toEqual([]);
  });
});
