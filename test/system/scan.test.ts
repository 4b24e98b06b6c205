import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { gpsEpoch } from '../../scripts/sim/gps.ts';
import { meterModel } from '../../scripts/sim/meter-model.ts';
import { serve } from '../../scripts/sim/modbus-server.ts';
import { openPty } from '../../scripts/sim/pty.ts';
import { agentFor, configFile, rigBus, rigDevice, rigFor } from '../support/agent-process.ts';
import { toolFor } from '../support/tool.ts';

const lines = (text: string) => text.trimEnd().split('\n');
/** The units that answer, without the models that the probes of profiles make of registers that hold a counter. */
const answers = (text: string) => lines(text).filter((line) => line.endsWith(': answers'));
/** Short waits: the rig answers at once, and these tests are not about a slow machine. */
const argsOf = (path: string, ...more: string[]) => [
  ...['scan', path, '--baud', '115200', '--timeout-ms', '250', '--listen-ms', '50'],
  ...more,
];
const scanOf = (...words: Parameters<typeof argsOf>) => toolFor({ args: argsOf(...words) });

it('finds the units of a line that returns what is sent, and says that it does', async () => {
  const rig = await rigFor({ baud: 115_200, units: '2', options: { echo: true } });
  const found = scanOf(rig.links[0] ?? '', '--units', '1-3');
  expect(await found.ended).toEqual({ code: 0, signal: null });
  expect(answers(found.stdout)).toEqual(['unit 2: answers']);
  expect(found.stderr).toContain('The line returns what is sent: set `echo: true` on its port.');
  const nobody = scanOf(rig.links[0] ?? '', '--units', '5-7');
  expect(await nobody.ended).toEqual({ code: 69, signal: null });
  expect(nobody.stdout).toBe('');
  expect(nobody.stderr).toContain('Only our own requests came back');
});

it('asks nobody where something talks by itself, and says what it looks like', async () => {
  const line = await openPty();
  onTestFinished(() => line.close());
  let written = 0;
  line.onBytes((chunk) => {
    written += chunk.length;
  });
  const talking = setInterval(
    () => void line.write(Buffer.from(gpsEpoch(Date.now()).join(''))).catch(() => undefined),
    100,
  );
  onTestFinished(() => clearInterval(talking));
  const gps = agentFor({ args: ['scan', line.path, '--units', '1-20'] });
  expect(await gps.ended).toEqual({ code: 69, signal: null });
  expect(gps.stdout).toBe('');
  expect(gps.stderr).toMatch(/talks by itself: units are not asked\. It looks like NMEA 0183.* driver is `nmea0183`/);
  expect(written).toBe(0);
  // also where it begins to talk when units are being asked already
  const later = agentFor({ args: ['scan', line.path, '--units', '1-20', '--listen-ms', '0', '--timeout-ms', '1000'] });
  expect(await later.ended).toEqual({ code: 69, signal: null });
  expect(later.stdout).toBe('');
  expect(later.stderr).toContain('It looks like NMEA 0183');
});

it('names a unit that answers late, and one whose answers come damaged', async () => {
  const slow = await rigFor({ baud: 115_200, units: '2', options: { late: 1, 'late-ms': 300 } });
  const late = toolFor({
    args: [
      'scan',
      slow.links[0] ?? '',
      '--baud',
      '115200',
      '--listen-ms',
      '0',
      '--units',
      '1-3',
      '--timeout-ms',
      '100',
    ],
  });
  expect(await late.ended).toEqual({ code: 0, signal: null });
  expect(lines(late.stdout)).toEqual(['unit 2: answers, but late: raise --timeout-ms']);
  const noisy = await rigFor({ baud: 115_200, units: '2', options: { badcrc: 1 } });
  const damaged = scanOf(noisy.links[0] ?? '', '--units', '2', '--json');
  expect(await damaged.ended).toEqual({ code: 69, signal: null });
  expect(JSON.parse(damaged.stdout)).toEqual({ unit: 2, answer: 'answers, but the answer had a wrong checksum' });
  expect(damaged.stderr).toMatch(/No valid answer, but \d+ bytes came: try another baud rate and parity/);
});

it('says how far it is while nobody answers', async () => {
  const rig = await rigFor({ baud: 115_200, units: '200' });
  const silent = scanOf(rig.links[0] ?? '', '--units', '1-12');
  expect(await silent.ended).toEqual({ code: 69, signal: null });
  expect(silent.stderr).toContain('Listening for 0.1 s, then asking 12 units: 3 s where none answers.');
  expect(silent.stderr).toMatch(/^Asked \d+ of 12 units, 0 answered\.$/m);
  expect(silent.stderr).toContain('Nobody answered. Check wiring, A and B');
});

it('says that a server speaks Modbus TCP, whether it is mute or hangs up', async () => {
  for (const hangsUp of [false, true]) {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (request) => {
        if (request.readUInt16BE(2) === 0 && request.readUInt16BE(4) === request.length - 6) {
          socket.write(Buffer.from([...request.subarray(0, 4), 0, 5, request[6] ?? 0, 3, 2, 0, 1]));
        } else if (hangsUp) socket.destroy();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const file = await configFile({
      gateway: 'system',
      mqtt: { url: 'mqtt://127.0.0.1:1' },
      buses: [{ id: 'hall', port: { host: '127.0.0.1', tcpPort: port } }],
    });
    const agent = agentFor({ args: argsOf('hall', '--config', file, '--units', '1-2') });
    expect(await agent.ended).toEqual({ code: 69, signal: null });
    expect(agent.stderr).toContain('The server speaks Modbus TCP, and not the raw bytes of a line');
  }
});

it.each([
  // once a second, the default, is kept on the average
  ['one setting', 3, []],
  ['a sweep', 3, ['--parity', 'all']],
  // it is refused
  ['a full line', 5, []],
])('ends with a config whose periods the line keeps: %s', async (_, meters, more) => {
  const bus = await openPty();
  onTestFinished(() => bus.close());
  const meter = (unit: number) => meterModel('eastron-sdm630', { unit, now: () => performance.now() });
  serve(bus, await Promise.all(Array.from({ length: meters }, (_, index) => meter(index + 1))));
  const args = ['scan', bus.path, '--units', `1-${meters}`, '--timeout-ms', '250', '--listen-ms', '50', ...more];
  const scan = agentFor({ args });
  expect(await scan.ended, scan.stderr).toEqual({ code: 0, signal: null });
  const file = await configFile({}, undefined, () => scan.stdout.slice(scan.stdout.indexOf('# A config')));
  const check = agentFor({ args: ['check', file] });
  expect(await check.ended, check.stderr).toEqual({ code: 0, signal: null });
  expect(check.stdout).toContain(`unit-${meters}`);
  expect(check.stderr).not.toContain('warning');
});

it('names the program that holds the port', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const held = rig.links[0] ?? '';
  const holder = spawn('flock', ['--exclusive', '--no-fork', held, 'sh', '-c', 'echo held; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void holder.kill());
  await once(holder.stdout, 'data');
  const scan = scanOf(held, '--units', '1');
  expect(await scan.ended).toEqual({ code: 70, signal: null });
  expect(scan.stderr).toContain('another program holds the port');
  expect(scan.stderr).toMatch(new RegExp(`^Process ${holder.pid} holds it \\(sleep`, 'm'));
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    buses: [rigBus('line', held, [rigDevice(1)])],
  });
  const poll = toolFor({ args: ['poll', 'unit-1', '--once', '--config', file] });
  expect(await poll.ended).toEqual({ code: 70, signal: null });
  expect(poll.stderr).toMatch(new RegExp(`^Process ${holder.pid} holds it \\(sleep`, 'm'));
});
