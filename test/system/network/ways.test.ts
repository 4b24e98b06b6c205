import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../../support/agent-process.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { httpProxy } from '../../support/http-proxy.ts';
import { webSocketFront } from '../../support/web-socket-front.ts';
import { askOf, witnessOf } from '../../support/witness.ts';

it('reaches a broker by WebSocket and TLS through a proxy that wants credentials, and comes back when that cuts it', async () => {
  const certificates = makeCertificates(await temporaryFolder());
  const broker = await brokerFor();
  const port = await webSocketFront(certificates.server, broker.port);
  const proxy = await httpProxy('gateway:s3cret-of-the-proxy');
  const proxyCredentialsFile = join(await temporaryFolder(), 'proxy');
  await writeFile(proxyCredentialsFile, 'gateway:s3cret-of-the-proxy\n', { mode: 0o600 });
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const agent = await runAgent({
    gateway: 'system',
    mqtt: {
      ...{ url: `wss://127.0.0.1:${port}/mqtt`, caFile: certificates.ca },
      ...{ proxy: `http://127.0.0.1:${proxy.port}`, proxyCredentialsFile },
      ...{ reconnectMinMs: 100, reconnectMaxMs: 1000 },
    },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  });
  await witness.until('readings', () => witness.readings('unit-1').length > 10);
  expect(new Set(proxy.asked)).toEqual(new Set([`127.0.0.1:${port}`]));
  proxy.cut();
  const before = witness.readings('unit-1').length;
  await witness.until('readings', () => witness.readings('unit-1').length > before + 10);
  expect((await askOf(witness, 'command/status')).values.mqtt).toMatchObject({ connected: true });
  const seqs = witness.readings('unit-1').map(({ seq }) => seq);
  expect(new Set(seqs).size).toBe(Math.max(...seqs) - Math.min(...seqs) + 1);
  expect(agent.stdout + agent.stderr).not.toContain('s3cret');
  expect(witness.messages.map(({ text }) => text).join('\n')).not.toContain('s3cret');

  await writeFile(proxyCredentialsFile, 'gateway:other\n');
  proxy.cut();
  await expect.poll(() => agent.stdout).toContain('link/proxy-credentials');
});
