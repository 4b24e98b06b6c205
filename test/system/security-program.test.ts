import { chmod } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { agentFor, configFile, temporaryFolder } from '../support/agent-process.ts';
import { makeCertificates } from '../support/certificates.ts';

// Only a process of its own shows it: whether certificates can be used depends on what Node was asked for before.
it('the built program uses the certificates whose names it has read', async () => {
  const folder = await temporaryFolder();
  const { ca, client } = makeCertificates(folder);
  await chmod(client.key, 0o600);
  const mqtt = { url: 'mqtts://localhost:1', caFile: ca, certFile: client.cert, keyFile: client.key };
  const bus = { id: 'a', port: { path: '/dev/ttyS9' }, devices: [{ id: 'gnss', driver: 'nmea0183' }] };
  const file = await configFile({ gateway: 'gw', mqtt, buses: [bus] }, folder);
  const program = agentFor({ args: ['check', '--security', file] });
  await program.ended;
  const said = program.stdout + program.stderr;
  expect(said).toContain('broker: connection');
  expect(said).not.toContain('config/credential');
  expect(said).toContain('link/unreachable');
});
