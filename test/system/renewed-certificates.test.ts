import { copyFile, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { agentFor, configFile, rigBus, rigDevice, rigFor, temporaryFolder } from '../support/agent-process.ts';
import { makeCertificates, type Pair } from '../support/certificates.ts';
import { Mosquitto, mosquittoMissing, Subscriber } from '../support/mosquitto.ts';

const P = 'fieldward/system';

it.skipIf(mosquittoMissing !== undefined)(
  'counts the days of its certificates, and takes on renewed ones without a restart of a bus, on both connections',
  async () => {
    const folder = await temporaryFolder();
    const made = makeCertificates(folder);
    const [short, long, sparkplugShort] = [made.clientFor(5), made.clientFor(25), made.clientFor(9)];
    const put = async ({ cert, key }: Pair, name: string) => {
      for (const [from, to] of [
        [cert, `${name}.pem`],
        [key, `${name}.key`],
      ] as const) {
        await copyFile(from, join(folder, 'beside'));
        await rename(join(folder, 'beside'), join(folder, to));
      }
    };
    await put(short, 'gateway');
    await put(sparkplugShort, 'sparkplug');
    const broker = await Mosquitto.start({ tls: { ca: made.ca, server: made.server, requireCertificate: true } });
    onTestFinished(() => broker.dispose());
    const watcher = await Subscriber.open(broker.url, [`${P}/#`], {
      ...{ ca: await readFile(made.ca), cert: await readFile(made.client.cert), key: await readFile(made.client.key) },
    });
    onTestFinished(() => watcher.close());
    const rig = await rigFor({ baud: 115_200, units: '1' });
    const tls = (name: string) => ({ caFile: 'ca.pem', certFile: `${name}.pem`, keyFile: `${name}.key` });
    const file = await configFile({
      gateway: 'system',
      mqtt: { url: broker.url, ...tls('gateway'), reconnectMinMs: 100, reconnectMaxMs: 1000 },
      sparkplug: { groupId: 'plant', url: broker.url, ...tls('sparkplug') },
      buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
    });
    const agent = agentFor({ args: ['run', '--config', file], env: { CREDENTIALS_DIRECTORY: folder } });
    const status = () => JSON.parse(watcher.on(`${P}/status`).at(-1) ?? 'null');
    const eventually = (look: () => unknown) => expect.poll(look, { interval: 50 });

    await eventually(() => status()?.conventions.sparkplug.certificateDaysLeft).toBe(8);
    expect(status()).toMatchObject({
      mqtt: { certificateDaysLeft: 4, certificateFault: { code: 'link/certificate-ends' } },
      conventions: { sparkplug: { certificateFault: { code: 'link/certificate-ends' } } },
    });
    const { boot } = status();
    await put(long, 'gateway');
    await put(long, 'sparkplug');
    await eventually(() => status()?.mqtt.certificateDaysLeft).toBe(24);
    await eventually(() => status()?.conventions.sparkplug.certificateDaysLeft).toBe(24);
    expect(status()).toMatchObject({
      boot,
      mqtt: { connected: true, certificateFault: null, reconnects: 1, lastFault: null },
      conventions: { sparkplug: { certificateFault: null } },
      buses: { line: { open: true, reopens: 0, timeouts: 0 } },
    });
    const seqs = watcher.on(`${P}/unit-1/readings`).map((text) => JSON.parse(text).seq);
    expect(seqs).toEqual(seqs.map((_, index) => seqs[0] + index));
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
    expect(agent.stdout.match(/"event":"certificate ends"/g)?.length ?? agent.stdout).toBe(2);
    expect(agent.stdout).not.toContain(folder);
  },
);
