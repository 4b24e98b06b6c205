import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { agentFor, configFile, rigBus, rigDevice, rigFor } from '../support/agent-process.ts';
import { Fleet } from '../support/fleet.ts';
import { mosquittoMissing } from '../support/mosquitto.ts';
import { sparkplugHost } from '../support/sparkplug-host.ts';

/** The gateway and its node, each by the name of its certificate. */
const NAME = 'plant7-gw01';
const NODE = 'gw01';

it.skipIf(mosquittoMissing !== undefined)(
  'is a Sparkplug node at the shipped broker: a host hears and commands it, another gateway neither',
  async () => {
    const fleet = await Fleet.start([NAME, NODE, 'gw02'], ['scada']);
    onTestFinished(() => fleet.dispose());
    const files = (name: string) => ({
      ...{ url: fleet.url('gateways'), caFile: 'broker-ca.pem' },
      ...{ certFile: join(fleet.folder, `gateways/${name}.pem`), keyFile: join(fleet.folder, `gateways/${name}.key`) },
    });
    const pair = fleet.pair('scada', 'people');
    const host = await sparkplugHost(fleet.url('people'), {
      ca: readFileSync(join(fleet.folder, 'broker-ca.pem')),
      ...{ cert: readFileSync(pair.cert), key: readFileSync(pair.key) },
    });
    await host.state(true, Date.now());
    const rig = await rigFor({ baud: 115_200, units: '1' });
    const points = [
      { name: 'counter', register: 'holding', address: 0, type: 'uint16' },
      { name: 'level', register: 'holding', address: 4, type: 'uint16', writable: true, min: 0, max: 100, step: 5 },
    ];
    const config = await configFile({
      gateway: NAME,
      mqtt: files(NAME),
      sparkplug: { groupId: 'Plant7', edgeNodeId: NODE, primaryHost: 'scada', ...files(NODE) },
      commands: { allow: ['write'] },
      buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points })])],
    });
    const agent = agentFor({ args: ['run', '--config', config], env: { CREDENTIALS_DIRECTORY: fleet.folder } });
    await host.until('births', () => host.types().includes('DBIRTH unit-1'));
    await host.until('data', () => host.values('unit-1', 'counter').length > 3);

    // another gateway may neither speak for it nor command it
    const stranger = await fleet.connectAs('gw02', 'gateways');
    onTestFinished(() => stranger.endAsync(true));
    for (const topic of [`NDEATH/${NODE}`, `DDATA/${NODE}/unit-1`, `NCMD/${NODE}`, `DCMD/${NODE}/unit-1`]) {
      const refused = stranger.publishAsync(`spBv1.0/Plant7/${topic}`, 'x', { qos: 1 });
      await expect(refused, topic).rejects.toMatchObject({ code: 135 });
    }
    await expect(stranger.publishAsync('spBv1.0/STATE/scada', 'x', { qos: 1 })).rejects.toMatchObject({ code: 135 });

    await host.write('unit-1', [{ name: 'level', type: 'UInt16', value: 45 }]);
    await host.until('the written value', () => host.values('unit-1', 'level').at(-1)?.[0] === 45);
    await host.rebirth();
    await host.until('rebirth', () => host.types().filter((type) => type === 'NBIRTH').length === 2);
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
    await host.until('death', () => host.types().includes('NDEATH'));
    host.grade();
    const { log } = fleet.broker;
    expect(log).toContain(`PUBLISH from ${NODE}`);
    expect(log).not.toMatch(new RegExp(`Denied PUBLISH (from|to) (${NAME}|${NODE})`));
    // neither connection ended the other
    expect(log).not.toContain('already connected');
  },
);
