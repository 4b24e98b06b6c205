import { appendFile, copyFile, cp, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import {
  agentFor,
  brokerFor,
  configFile,
  rigBus,
  rigDevice,
  rigFor,
  temporaryFolder,
} from '../support/agent-process.ts';
import { ConsoleClient } from '../support/console-client.ts';
import { Fleet, shipped } from '../support/fleet.ts';
import { mosquittoMissing } from '../support/mosquitto.ts';

const NAME = 'plant7-gw01';
const points = [
  { name: 'counter', register: 'holding', address: 0, type: 'uint16' },
  { name: 'mark', label: 'Mark', register: 'holding', address: 1, type: 'uint16', unit: 'kWh' },
  { name: 'level', register: 'holding', address: 4, type: 'uint16', writable: true, min: 0, max: 100, step: 5 },
  { name: 'breaker', register: 'coil', address: 5, type: 'bool', writable: true, confirm: 'select' },
];

/** The console with these arguments, and a browser at its address. */
async function consoleAt(args: readonly string[]) {
  const program = agentFor({ args: ['console', '--json', ...args], env: { USER: 'canary-user' } });
  await expect.poll(() => program.stdout).toContain('\n');
  const { url, port } = JSON.parse(program.stdout) as { url: string; port: number };
  const client = await ConsoleClient.open(url);
  client.listen();
  return { program, client, url, port };
}

it.skipIf(mosquittoMissing !== undefined)(
  'a person sees a gateway through the shipped broker, writes a point, and nobody sees whose broker it is',
  async () => {
    const fleet = await Fleet.start([NAME], ['operator']);
    onTestFinished(() => fleet.dispose());
    // an operator who may read too, as people.acl says of people at a console
    const reader = shipped('people.acl').split('user reader\n')[1]?.split('\n\n')[0] ?? '';
    await fleet.allow('people.acl', `${shipped('people.acl')}\n\nuser operator\n${reader}\n`);
    const folder = await temporaryFolder();
    const { cert, key } = fleet.pair(NAME, 'gateways');
    await copyFile(join(fleet.folder, 'broker-ca.pem'), join(folder, 'ca.pem'));
    await copyFile(cert, join(folder, 'gateway.pem'));
    await copyFile(key, join(folder, 'gateway.key'));
    const rig = await rigFor({ baud: 115_200, units: '1' });
    const file = await configFile(
      {
        gateway: NAME,
        mqtt: {
          url: fleet.url('gateways'),
          meta: true,
          caFile: 'ca.pem',
          certFile: 'gateway.pem',
          keyFile: 'gateway.key',
        },
        commands: { enabled: true, allow: ['read', 'write', 'reopen'] },
        buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points, label: 'Meter, cellar' })])],
      },
      folder,
    );
    const agent = agentFor({ args: ['run', '--config', file] });
    const pair = fleet.pair('operator', 'people');
    const url = fleet.url('people');
    const ca = join(folder, 'ca.pem');
    const { program, client } = await consoleAt([
      '--url',
      url,
      '--ca',
      ca,
      '--cert',
      pair.cert,
      '--key-file',
      pair.key,
    ]);
    const device = `${NAME}/unit-1`;

    await expect.poll(() => client.values.get(device)?.mark).toBe(257);
    await expect.poll(() => client.devices.get(device)?.label).toBe('Meter, cellar');
    await expect.poll(() => client.devices.get(device)?.health).toBe('online');
    expect(client.broker).toBe('connected');
    await expect.poll(() => client.gateways.get(NAME)?.buses[0]).toMatchObject({ id: 'line', open: true });
    expect(client.gateways.get(NAME)?.online).toBe(true);
    expect(client.devices.get(device)?.points).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'mark', label: 'Mark', unit: 'kWh', type: 'number' }),
        expect.objectContaining({ name: 'level', write: { min: 0, max: 100, step: 5, confirm: false } }),
        expect.objectContaining({ name: 'breaker', write: { confirm: true } }),
      ]),
    );

    const write = { gateway: NAME, device: 'unit-1', command: 'write' };
    expect(await client.command({ ...write, args: { level: 50 } })).toMatchObject({
      outcome: 'verified',
      values: { level: 50 },
    });
    await expect.poll(() => client.values.get(device)?.level).toBe(50);
    expect(await client.command({ ...write, args: { level: 52 } })).toMatchObject({
      ...{ outcome: 'refused', fault: { code: 'command/value', advice: expect.any(String) } },
    });
    const selected = await client.command({ ...write, args: { breaker: true } });
    expect(selected).toMatchObject({ outcome: 'selected', confirm: { token: expect.any(String) } });
    const confirm = selected.confirm.token;
    expect(await client.command({ ...write, args: { breaker: true }, confirm })).toMatchObject({ outcome: 'verified' });
    expect(await client.command({ gateway: NAME, command: 'reopen', args: { bus: 'line' } })).toMatchObject({
      outcome: 'done',
    });

    const history = JSON.parse((await client.get(`/api/history?gateway=${NAME}&device=unit-1&point=counter`)).body);
    expect(history.at.length).toBeGreaterThan(0);
    expect((await client.get(`/api/history.csv?gateway=${NAME}&series=unit-1/mark`)).body).toContain(
      ',unit-1,mark,257,kWh',
    );
    for (const path of ['/', '/console.js', '/console.css']) expect((await client.get(path)).status).toBe(200);

    // the plant goes on without its gateway, and without its broker
    agent.signal('SIGKILL');
    await expect.poll(() => client.gateways.get(NAME)?.online).toBe(false);
    await expect.poll(() => client.qualities.get(device)?.mark).toBe('stale');
    expect(await client.command({ ...write, args: { level: 5 } })).toMatchObject({ outcome: 'refused' });
    await fleet.broker.down();
    await expect.poll(() => client.broker).toBe('connecting');

    // neither the broker's place nor the user who asks, with any question
    const canaries = [
      new URL(url).port,
      'mqtts:',
      'localhost',
      fleet.folder,
      folder,
      'operator',
      'canary-user',
      '.pem',
      'operator.key',
    ];
    const own = client.text.replaceAll(/"token":"[^"]*"/g, '');
    for (const canary of canaries) expect([canary, own.includes(canary)]).toEqual([canary, false]);
    expect(await program.stop()).toEqual({ code: 0, signal: null });
  },
);

it('says what is wrong with its port and its broker, and ends when it is told to', async () => {
  const broker = await brokerFor();
  const first = await consoleAt(['--url', broker.url, '--gateway', 'a', '--gateway', 'b']);
  const second = agentFor({ args: ['console', '--url', broker.url, '--port', String(first.port)] });
  expect(await second.ended).toEqual({ code: 69, signal: null });
  expect(second.stderr).toContain('(console/port)');
  expect(await first.program.stop()).toEqual({ code: 0, signal: null });
  const wrong = [['--port', '0'], ['--gateway', 'A'], ['--sign-id', 'a'], ['word']];
  const ends = await Promise.all(wrong.map((words) => agentFor({ args: ['console', ...words] }).ended));
  for (const [at, end] of ends.entries()) expect([wrong[at], end]).toEqual([wrong[at], { code: 64, signal: null }]);
  const away = agentFor({ args: ['console', '--url', 'mqtt://127.0.0.1:9'] });
  await expect.poll(() => away.stderr).toContain('(link/unreachable)');
  expect(away.stdout).toMatch(/^The console is at http:\/\/127\.0\.0\.1:\d+\/\?token=\S+\n/);
});

it('the page is small: its script and its style sheet take less than 100 KB on the way', async () => {
  const folder = join(checkout(), 'dist', 'agent', 'console');
  expect((await readdir(folder)).sort()).toEqual(['console.css', 'console.html', 'console.js', 'icon.svg']);
  const files = await Promise.all(['console.js', 'console.css'].map((name) => readFile(join(folder, name))));
  expect(files.reduce((sum, file) => sum + gzipSync(file).length, 0)).toBeLessThan(100_000);
  // nothing is loaded from elsewhere, and nothing is inline
  const shell = await readFile(join(folder, 'console.html'), 'utf8');
  expect(shell).not.toMatch(/https?:|style=|<style|<script(?![^>]*src=)|\son\w+=/);
});

it('a page that is not as it was built is not served', async () => {
  const copy = join(await temporaryFolder(), 'dist');
  await cp(join(checkout(), 'dist'), copy, { recursive: true });
  await symlink(join(checkout(), 'node_modules'), join(copy, '..', 'node_modules'));
  await appendFile(join(copy, 'agent', 'console', 'console.js'), '\n');
  const program = agentFor({ args: ['console'], dist: copy });
  expect(await program.ended).toEqual({ code: 70, signal: null });
  expect(program.stderr).toContain('(console/altered)');
});
