import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { agentFor, configFile, rigBus, rigDevice, rigFor, temporaryFolder } from '../support/agent-process.ts';
import { makeCertificates } from '../support/certificates.ts';
import { Mosquitto, Subscriber } from '../support/mosquitto.ts';

const P = 'fieldward/system';
const ACL = ['user gateway', `topic readwrite ${P}/#`, 'user watcher', `topic read ${P}/#`];

it('publishes over mutual TLS to a broker with passwords and an access list, and to no other', async () => {
  const folder = await temporaryFolder();
  const credentials = join(folder, 'credentials');
  await mkdir(credentials);
  const { ca, otherCa, server, client } = makeCertificates(folder);
  await copyFile(ca, join(credentials, 'ca.pem'));
  await copyFile(client.cert, join(credentials, 'gateway.pem'));
  await copyFile(client.key, join(credentials, 'gateway.key'));
  await writeFile(join(credentials, 'mqtt-password'), 'the-password\n');
  const broker = await Mosquitto.start({
    tls: { ca, server, requireCertificate: true },
    passwords: { gateway: 'the-password', watcher: 'other' },
    acl: ACL,
  });
  onTestFinished(() => broker.dispose());
  const watcher = await Subscriber.open(broker.url, [`${P}/#`], {
    ...{ username: 'watcher', password: 'other' },
    ...{ ca: await readFile(ca), cert: await readFile(client.cert), key: await readFile(client.key) },
  });
  onTestFinished(() => watcher.close());
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const config = {
    gateway: 'system',
    mqtt: {
      ...{ url: broker.url, username: 'gateway', passwordFile: 'mqtt-password', caFile: 'ca.pem' },
      ...{ certFile: 'gateway.pem', keyFile: 'gateway.key', reconnectMinMs: 100, reconnectMaxMs: 1000 },
    },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  };
  const file = await configFile(config);
  const start = () => agentFor({ args: ['run', '--config', file], env: { CREDENTIALS_DIRECTORY: credentials } });
  const eventually = (look: () => unknown) => expect.poll(look, { interval: 20 });

  const agent = start();
  await eventually(() => watcher.on(`${P}/unit-1/readings`).length).toBeGreaterThan(5);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  await eventually(() => watcher.on(`${P}/availability`).at(-1)).toBe('offline');

  // The same broker, but not one of ours: nothing is sent, and polling goes on.
  await copyFile(otherCa, join(credentials, 'ca.pem'));
  const heard = watcher.received.length;
  const stranger = start();
  await eventually(() => stranger.stdout).toMatch(/"code":"link\/[a-z-]+"/);
  const asked = (await rig.summary()).lines[0]?.requests ?? 0;
  await expect.poll(async () => (await rig.summary()).lines[0]?.requests ?? 0).toBeGreaterThan(asked + 5);
  expect(await stranger.stop()).toEqual({ code: 0, signal: null });
  expect(watcher.received.slice(heard)).toEqual([]);
  expect(stranger.stdout).not.toContain('the-password');
});
