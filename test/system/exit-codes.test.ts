import { cp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import {
  agentFor,
  brokerFor,
  configFile,
  rigBus,
  rigDevice,
  runAgent,
  temporaryFolder,
} from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

const MISSING = '/dev/serial/by-id/usb-nothing-of-this-name';
const config = (url: string) => ({
  gateway: 'system',
  mqtt: { url },
  buses: [rigBus('line', MISSING, [rigDevice(1)])],
});

/** The file that holds a command of the command line. */
async function chunkOf(dist: string, command: string): Promise<string> {
  const name = (await readdir(join(dist, 'chunks'))).find((file) => file.startsWith(`${command}-`));
  return join(dist, 'chunks', name ?? 'none');
}

const NOWHERE = 'mqtt://127.0.0.1:9';

describe('the exit code is', () => {
  it.each([[['no-such-command']], [['run', '--no-such-option']], [['run', 'too', 'many']]])(
    '64 for %j, with nothing on stdout',
    async (args) => {
      const agent = agentFor({ args });
      expect(await agent.ended).toEqual({ code: 64, signal: null });
      expect(agent.stdout).toBe('');
      expect(agent.stderr).not.toBe('');
    },
  );

  it('78 for a config that is refused, with every place', async () => {
    const file = join(await temporaryFolder(), 'bad.yaml');
    await writeFile(
      file,
      `gateway: Plant 7
mqtt: { url: mqtt://127.0.0.1:1883, colour: red }
buses:
  - id: line
    port: { path: /dev/ttyUSB0, baudRate: -5 }
    devices:
      - { id: meter, driver: modbus-rtu, options: { unit: 300 } }
`,
    );
    for (const args of [
      ['check', file],
      ['run', '--config', file],
    ]) {
      const agent = agentFor({ args });
      expect(await agent.ended).toEqual({ code: 78, signal: null });
      const places = agent.stderr
        .split('\n')
        .flatMap((line) => line.match(/^.*bad\.yaml:(\d+):\d+: (\S+):/)?.slice(1) ?? []);
      expect(places).toEqual(
        expect.arrayContaining(['1', 'gateway', '2', 'buses[0].port.baudRate', 'buses[0].devices[0].options.unit']),
      );
      expect(agent.stderr).not.toMatch(/Plant 7|\bred\b|-5|\b300(?! to)/);
    }
  });

  it('78 for a config that is not there', async () => {
    const agent = agentFor({ args: ['run', '--config', '/nonexistent/fieldward.yaml'] });
    expect(await agent.ended).toEqual({ code: 78, signal: null });
  });

  it('78 for a credential that is not there', async () => {
    const file = await configFile({
      ...config(NOWHERE),
      mqtt: { url: NOWHERE, username: 'a', passwordFile: 'not-there' },
    });
    expect(await agentFor({ args: ['run', '--config', file] }).ended).toEqual({ code: 78, signal: null });
  });

  it('0 for a config that is fine', async () => {
    expect(await agentFor({ args: ['check', await configFile(config(NOWHERE))] }).ended).toEqual({
      code: 0,
      signal: null,
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('0 after %s, also with no port and no broker', async (signal) => {
    const agent = await runAgent(config(NOWHERE));
    const running = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (agent.stdout.trim() === '') return;
        clearInterval(look);
        resolve();
      }, 20);
    });
    await running;
    agent.signal(signal);
    expect(await agent.ended).toEqual({ code: 0, signal: null });
  });

  it('0 after SIGTERM while its parts are still being loaded', async () => {
    const folder = await temporaryFolder();
    await cp(join(checkout(), 'dist'), join(folder, 'dist'), { recursive: true });
    await symlink(join(checkout(), 'node_modules'), join(folder, 'node_modules'));
    const part = await chunkOf(join(folder, 'dist'), 'run');
    await writeFile(part, `process.kill(process.pid, 'SIGTERM');\n${await readFile(part, 'utf8')}`);
    const agent = await runAgent(config(NOWHERE), { dist: join(folder, 'dist') });
    expect(await agent.ended).toEqual({ code: 0, signal: null });
    expect(agent.stderr).toBe('');
  });

  it('70 where a part of it can not be loaded, with nothing of its text', async () => {
    const folder = await temporaryFolder();
    await cp(join(checkout(), 'dist'), join(folder, 'dist'), { recursive: true });
    await symlink(join(checkout(), 'node_modules'), join(folder, 'node_modules'));
    await rm(await chunkOf(join(folder, 'dist'), 'run'));
    const agent = await runAgent(config(NOWHERE), { dist: join(folder, 'dist') });
    expect(await agent.ended).toEqual({ code: 70, signal: null });
    expect(agent.stderr).toMatch(/^fieldward: .* \(internal\/unexpected\)\n$/);
    expect(agent.stdout).toBe('');
  });

  it('75 after the restart command, once the reply is out', async () => {
    const broker = await brokerFor();
    const witness = await witnessOf(broker.url, 'fieldward/system');
    const agent = await runAgent({ ...config(broker.url), commands: { enabled: true, allow: ['restart'] } });
    await witness.until('online', () => witness.latest('availability') === 'online');
    const request = { id: 'r-1', expiresAt: new Date(Date.now() + 10_000).toISOString() };
    await witness.client.publishAsync('fieldward/system/command/restart', JSON.stringify(request), { qos: 1 });
    expect(await agent.ended).toEqual({ code: 75, signal: null });
    const reply = await witness.until('reply', () => witness.latest('command/restart/reply'));
    expect(JSON.parse(reply)).toMatchObject({ id: 'r-1', outcome: 'done' });
    await witness.until('offline', () => witness.latest('availability') === 'offline');
  });
});
