import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { agentFor, configFile, rigBus, rigDevice, rigFor, temporaryFolder } from '../support/agent-process.ts';
import { Fleet } from '../support/fleet.ts';
import { mosquittoMissing } from '../support/mosquitto.ts';

const NAME = 'plant7-gw01';
const P = `fieldward/${NAME}`;

it.skipIf(mosquittoMissing !== undefined)(
  'runs as a gateway of the shipped broker: publishes, obeys an operator, and nothing of it is denied',
  async () => {
    const fleet = await Fleet.start([NAME], ['operator', 'reader']);
    onTestFinished(() => fleet.dispose());
    const credentials = join(await temporaryFolder(), 'credentials');
    await mkdir(credentials);
    const { cert, key } = fleet.pair(NAME, 'gateways');
    await copyFile(join(fleet.folder, 'broker-ca.pem'), join(credentials, 'ca.pem'));
    await copyFile(cert, join(credentials, 'gateway.pem'));
    await copyFile(key, join(credentials, 'gateway.key'));

    const heard = new Map<string, string[]>();
    const client = async (name: string, filters: string[]) => {
      const one = await fleet.connectAs(name, 'people');
      onTestFinished(() => one.endAsync(true));
      one.on('message', (topic, payload) => {
        heard.set(`${name} ${topic}`, [...(heard.get(`${name} ${topic}`) ?? []), payload.toString()]);
      });
      await one.subscribeAsync(filters, { qos: 1 });
      return one;
    };
    const operator = await client('operator', ['fieldward/#']);
    await client('reader', ['fieldward/#']);
    const last = (who: string, topic: string) => JSON.parse(heard.get(`${who} ${P}/${topic}`)?.at(-1) ?? 'null');
    const eventually = (look: () => unknown) => expect.poll(look, { interval: 20 });

    const rig = await rigFor({ baud: 115_200, units: '1' });
    const file = await configFile({
      gateway: NAME,
      mqtt: { url: fleet.url('gateways'), caFile: 'ca.pem', certFile: 'gateway.pem', keyFile: 'gateway.key' },
      buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
    });
    const agent = agentFor({ args: ['run', '--config', file], env: { CREDENTIALS_DIRECTORY: credentials } });
    await eventually(() => heard.get(`reader ${P}/unit-1/readings`)?.length).toBeGreaterThan(5);
    await eventually(() => last('reader', 'unit-1/state')?.values).toMatchObject({ mark: 257 });

    const ask = async (command: string, id: string) => {
      const request = JSON.stringify({ id, expiresAt: new Date(Date.now() + 10_000).toISOString() });
      const properties = { responseTopic: `${P}/reply/desk/${id}`, correlationData: Buffer.from(id) };
      await operator.publishAsync(`${P}/${command}`, request, { qos: 1, properties });
      await eventually(() => last('operator', `${command}/reply`)?.id).toBe(id);
      await eventually(() => last('operator', `reply/desk/${id}`)?.id).toBe(id);
      return last('operator', `${command}/reply`);
    };
    expect(await ask('command/ping', 'a-1')).toMatchObject({ outcome: 'done' });
    expect(await ask('unit-1/command/read', 'a-2')).toMatchObject({ outcome: 'done', values: { mark: 257 } });
    expect(await ask('unit-1/command/pause', 'a-3')).toMatchObject({ outcome: 'done' });

    // A status that was made after all of this.
    await eventually(() => last('reader', 'status')?.devices['unit-1']?.health).toBe('paused');
    expect(last('reader', 'status')).toMatchObject({
      mqtt: { connected: true, reconnects: 0, fault: null },
      outbox: { refused: 0, fault: null },
    });
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
    await eventually(() => heard.get(`reader ${P}/availability`)?.at(-1)).toBe('offline');
    expect(agent.stdout).not.toContain('refused');
    expect(fleet.broker.log).toContain(`PUBLISH from ${NAME}`);
    expect(fleet.broker.log).not.toMatch(/Denied PUBLISH/);
    // The operator sees no readings, the reader no commands and replies.
    const kinds = (who: string) => [...heard.keys()].filter((each) => each.startsWith(`${who} `)).join(' ');
    expect(kinds('operator')).not.toMatch(/\/(readings|state)\b/);
    expect(kinds('reader')).not.toMatch(/\/(command|reply)\b/);
  },
);
