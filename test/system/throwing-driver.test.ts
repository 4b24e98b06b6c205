import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import { agentFor, brokerFor, configFile, rigDevice, temporaryFolder } from '../support/agent-process.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { WillfulDevice } from '../support/willful-device.ts';
import { witnessOf } from '../support/witness.ts';

const TEXT = 's3cret';

/** The built tree with these drivers in place of its own, by folder, each made of the one it replaces and listed in the manifest. */
async function builtWith(drivers: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  const dist = join(folder, 'dist');
  await cp(join(checkout(), 'dist'), dist, { recursive: true });
  await cp(join(checkout(), 'package.json'), join(folder, 'package.json'));
  await symlink(join(checkout(), 'node_modules'), join(folder, 'node_modules'));
  const list = join(dist, 'drivers', 'manifest.json');
  const manifest = JSON.parse(await readFile(list, 'utf8'));
  for (const [room, create] of Object.entries(drivers)) {
    const at = (file: string) => join(dist, 'drivers', room, file);
    await rename(at('driver.js'), at('good.js'));
    await writeFile(
      at('driver.js'),
      `import { driver as good } from './good.js';
const fail = () => { throw new TypeError('${TEXT}'); };
export const driver = { ...good, create(setup) { const device = good.create(setup); return ${create}; } };
`,
    );
    for (const file of ['driver.js', 'good.js']) {
      const digest = createHash('sha256').update(await readFile(at(file)));
      manifest.files[`drivers/${room}/${file}`] = digest.digest('hex');
    }
  }
  await writeFile(list, `${JSON.stringify(manifest, undefined, 1)}\n`);
  return dist;
}

function sentence(body: string): string {
  const sum = [...body].reduce((all, char) => all ^ char.charCodeAt(0), 0);
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`;
}

/** A serial server on which somebody talks. @returns its port */
async function talker(): Promise<number> {
  const server = createServer((socket) => {
    const talking = setInterval(() => socket.write(sentence('HEHDT,123.4,T')), 50);
    socket.on('error', () => undefined).on('close', () => clearInterval(talking));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

it(
  'what is thrown where nobody can catch it ends the agent with 70, its place and none of its text',
  async () => {
    const dist = await builtWith({ nmea0183: '(setTimeout(() => fail()), device)' });
    const gps = { id: 'gps', port: { host: '127.0.0.1', tcpPort: 1 }, devices: [{ id: 'gnss', driver: 'nmea0183' }] };
    const config = { gateway: 'system', mqtt: { url: 'mqtt://127.0.0.1:1' }, buses: [gps] };
    const agent = agentFor({ args: ['run', '--config', await configFile(config)], dist });
    expect(await agent.ended).toMatchObject({ code: 70 });
    expect(agent.stderr).toMatch(
      /^fieldward: an unexpected internal error \(internal\/unexpected\) at drivers\/nmea0183\/driver\.js:2:\d+\n$/,
    );
  },
  2 * PATIENCE_MS,
);

it(
  'a driver that throws in every call harms its own device alone, and the log says where',
  async () => {
    const dist = await builtWith({
      'modbus/rtu': `setup.options.unit === 1 ? device : setup.options.unit === 2
      ? { ...device, plan: fail, write: fail, agrees: fail, raw: fail }
      : { ...device, plan: (names) => device.plan(names).map((one) => ({ ...one, split: fail, begin: () => {
        const step = one.begin(); return { ...step, exchange: { ...step.exchange, judge: () => fail() } }; } })) }`,
      nmea0183: '{ ...device, decode: fail }',
    });
    const device = await WillfulDevice.start({});
    const broker = await brokerFor();
    const witness = await witnessOf(broker.url, 'fieldward/system');
    const config = {
      gateway: 'system',
      mqtt: { url: broker.url },
      buses: [
        {
          ...{ id: 'line', port: { host: '127.0.0.1', tcpPort: device.tcpPort, silentReopenMs: 0 } },
          devices: [rigDevice(1), rigDevice(2), rigDevice(3)],
        },
        {
          ...{ id: 'gps', port: { host: '127.0.0.1', tcpPort: await talker() } },
          devices: [{ id: 'gnss', driver: 'nmea0183', staleAfterMs: 1000 }],
        },
      ],
    };
    const file = await configFile(config);
    const agent = agentFor({ args: ['run', '--config', file], dist });
    for (const id of ['unit-2', 'unit-3', 'gnss']) {
      const bad = await witness.until(`${id} offline`, () => {
        const found = witness.status()?.devices[id];
        return found?.fault?.code === 'driver/threw' && found.health !== 'online' ? found : undefined;
      });
      expect(bad.fault?.message).toBe('the driver failed at its own work');
    }
    const before = witness.readings('unit-1').length;
    await witness.until('readings of the device in order', () => witness.readings('unit-1').length > before + 50);
    expect(witness.status()?.devices['unit-1']).toMatchObject({ health: 'online', fault: null });
    const failures = agent.stdout
      .split('\n')
      .filter((line) => line.includes('"driver failed"'))
      .map((line) => JSON.parse(line));
    for (const [id, room] of [
      ['unit-2', 'modbus/rtu'],
      ['unit-3', 'modbus/rtu'],
      ['gnss', 'nmea0183'],
    ]) {
      const failed = failures.find((line) => line.device === id);
      expect(failed?.fault).toMatchObject({
        code: 'driver/threw',
        at: expect.stringMatching(`^drivers/${room}/driver\\.js:2:\\d+$`),
      });
    }
    expect(agent.stdout + agent.stderr).not.toContain(TEXT);
    expect(agent.stdout + agent.stderr).not.toContain(dist);
    expect(await agent.stop()).toMatchObject({ code: 0 });
    const check = agentFor({ args: ['check', file], dist });
    expect(await check.ended).toMatchObject({ code: 0 });
    expect(check.stdout + check.stderr).toMatch(/devices\[1\]: the driver failed at its own work \(driver\/threw\)/);
  },
  2 * PATIENCE_MS,
);
