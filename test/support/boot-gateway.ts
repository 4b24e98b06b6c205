import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileC } from '../../scripts/testbed/compile.ts';
import { checkout } from '../../scripts/testbed/place.ts';
import type { BootedSystem } from './boot.ts';
import { makeCertificates } from './certificates.ts';

const built = new Map<string, Promise<string>>();

/** The path of a package of this tree, as scripts/package builds it: once in a run. @param version a version of our own, if any */
export function packageOf(architecture: 'amd64' | 'arm64', version?: string): Promise<string> {
  const name = `${architecture} ${version ?? ''}`;
  const path = built.get(name) ?? build(architecture, version);
  built.set(name, path);
  return path;
}

async function build(architecture: string, version: string | undefined): Promise<string> {
  // each package has a folder of its own, because several are built side by side
  const out = join(checkout(), '.cache/packages', `${version ?? 'own'}-${architecture}`);
  const args = [
    ...['--out', out, '--arch', architecture, '--without-node'],
    ...(version === undefined ? [] : ['--version', version]),
  ];
  const { stdout } = await promisify(execFile)(join(checkout(), 'scripts/package'), args);
  const path = stdout.split('\n').find((line) => line.endsWith('.deb'));
  if (path === undefined) throw new Error('scripts/package built no package');
  return path;
}

export const PREFIX = 'fieldward/boot-gw';
/** Where the simulated line appears, also after a hang-up. */
export const LINE = '/dev/line0';
export const CONFIG = '/etc/fieldward/fieldward.yaml';
const CREDENTIALS = '/etc/fieldward/credentials';

/** The config of the gateway: one bus, one device, a broker that wants TLS and a password. */
export function gatewayConfig(more: object = {}): string {
  const device = {
    id: 'unit-1',
    driver: 'modbus-rtu',
    options: { unit: 1, timeoutMs: 300 },
    pollMs: 200,
    points: [
      { name: 'counter', register: 'holding', address: 0, type: 'uint16' },
      { name: 'setpoint', register: 'holding', address: 7, type: 'uint16', writable: true },
    ],
  };
  const port = { path: LINE, baudRate: 19_200, reopenMinMs: 100, reopenMaxMs: 500 };
  return JSON.stringify({
    gateway: 'boot-gw',
    mqtt: {
      url: 'mqtts://localhost:8883',
      username: 'boot-gw',
      passwordFile: 'mqtt-password',
      caFile: 'ca.pem',
      reconnectMinMs: 100,
      reconnectMaxMs: 1000,
    },
    buses: [{ id: 'line', port, devices: [device] }],
    ...more,
  });
}

/** The agent's surroundings: a broker with TLS, its certificates, and a line with one Modbus unit. */
export async function furnish(system: BootedSystem): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'fieldward-boot-'));
  try {
    const { ca, server } = makeCertificates(folder);
    await system.copyIn(ca, `${CREDENTIALS}/ca.pem`, '600');
    await system.copyIn(ca, '/etc/mosquitto/certs/ca.pem');
    await system.copyIn(server.cert, '/etc/mosquitto/certs/server.pem');
    await system.copyIn(server.key, '/etc/mosquitto/certs/server.key', '640');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  await system.write(`${CREDENTIALS}/mqtt-password`, 'a password of this test', '600');
  await system.sh(
    "chgrp mosquitto /etc/mosquitto/certs/server.key && mosquitto_passwd -b -c /etc/mosquitto/passwd boot-gw 'a password of this test' && chgrp mosquitto /etc/mosquitto/passwd && chmod 640 /etc/mosquitto/passwd",
  );
  await system.write(
    '/etc/mosquitto/conf.d/test.conf',
    `listener 8883 localhost
certfile /etc/mosquitto/certs/server.pem
keyfile /etc/mosquitto/certs/server.key
password_file /etc/mosquitto/passwd
allow_anonymous false
`,
  );
  await system.write('/etc/hosts', '127.0.0.1 localhost\n');
  await system.sh('systemctl start mosquitto');
  await system.copyIn(await compileC('test/rig/wiresim.c', ['-lutil', '-lm']), '/usr/local/bin/wiresim', '755');
  await plugIn(system);
}

/** The line with its unit, as the service `rig`: SIGHUP unplugs it for a while, stopping it for good. */
export async function plugIn(system: BootedSystem): Promise<void> {
  const rig = `/usr/local/bin/wiresim --link ${LINE} --baud 19200 --units 1 --recreate-ms 1500`;
  await system.sh(`systemd-run --quiet --collect --unit=rig ${rig}`);
  await system.until('the line', async () => (await system.run(['test', '-e', LINE])).code === 0);
}

/** Names one secret to the unit, as an operator may; the others come with the whole folder. Shortens what a test would wait for. */
export async function dropIn(system: BootedSystem, lines: readonly string[] = [], name = 'test'): Promise<void> {
  const credentials = ['mqtt-password'].map((each) => `LoadCredential=${each}:${CREDENTIALS}/${each}`);
  const text = `[Service]\n${[...(name === 'test' ? credentials : []), ...lines].join('\n')}\n`;
  await system.write(`/etc/systemd/system/fieldward.service.d/${name}.conf`, text);
  await system.sh('systemctl daemon-reload');
}

const LOGIN =
  "-h localhost -p 8883 --cafile /etc/fieldward/credentials/ca.pem -u boot-gw -P 'a password of this test' -q 1";

/** Publishes a request below the gateway's topics. */
export async function ask(system: BootedSystem, topic: string, request: object): Promise<void> {
  await system.sh(`mosquitto_pub ${LOGIN} -t '${PREFIX}/${topic}' -m '${JSON.stringify(request)}'`);
}

/** Messages of a topic below the gateway's, as a subscriber inside gets them within the time. */
export async function heard(
  system: BootedSystem,
  topic: string,
  count: number,
  session = '',
): Promise<readonly string[]> {
  const line = `mosquitto_sub ${LOGIN} ${session} -t '${PREFIX}/${topic}' -C ${count} -W 20`;
  const { out } = await system.run(['sh', '-c', line]);
  return out.split('\n').filter((each) => each !== '');
}

/** A session for which the broker keeps the messages of a topic from now on, also over its restart; for `heard`. */
export async function keptFor(system: BootedSystem, topic: string): Promise<string> {
  const session = '-c -i keeper';
  await system.sh(`mosquitto_sub ${LOGIN} ${session} -t '${PREFIX}/${topic}' -E`);
  return session;
}
