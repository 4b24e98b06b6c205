import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { gpsEpoch } from '../../scripts/sim/gps.ts';
import { meterModel } from '../../scripts/sim/meter-model.ts';
import { serve } from '../../scripts/sim/modbus-server.ts';
import { openPty, type Pty } from '../../scripts/sim/pty.ts';
import { checkout } from '../../scripts/testbed/place.ts';
import { agentFor, temporaryFolder } from '../support/agent-process.ts';

/** A person at a terminal: the text that the program shows there, and the typed keys. */
function terminal(...args: string[]) {
  const main = join(checkout(), 'dist/agent/main.js');
  const words = [process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  // `exec`: a shell that stays between the terminal and the program would be ended by Ctrl-C, and give its own exit code
  const child = spawn('script', ['-qec', `exec ${words}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, SHELL: '/bin/sh' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    ended,
    screen: () => shown,
    /** Waits for the words, then types the answer. */
    async answer(prompt: string, text: string) {
      await expect.poll(() => shown, { timeout: 60_000 }).toContain(prompt);
      child.stdin.write(text);
    },
  };
}

async function line(): Promise<Pty> {
  const pty = await openPty();
  onTestFinished(() => pty.close());
  return pty;
}

it('makes a config with a meter and a receiver that it found itself, at a terminal', async () => {
  const root = await temporaryFolder();
  await mkdir(join(root, 'usr/lib/systemd/system'), { recursive: true });
  await writeFile(join(root, 'usr/lib/systemd/system/fieldward.service'), '');
  const [bus, gps] = [await line(), await line()];
  const meter = await meterModel('eastron-sdm630', { unit: 2, now: () => performance.now() });
  serve(bus, [meter]);
  const talk = setInterval(
    () => void gps.write(Buffer.from(gpsEpoch(Date.now()).join(''))).catch(() => undefined),
    100,
  );
  onTestFinished(() => clearInterval(talk));

  const person = terminal('init', '--root', root, '--units', '2');
  await person.answer('Broker (', 'broker.example\n');
  await person.answer('Name of this gateway', 'plant7-gw01\n');
  await person.answer('HOST:PORT, more than one', `${bus.path} ${gps.path}\n`);
  await person.answer('User name at the broker', 'plant7-gw01\n');
  await person.answer('Password (it is not shown): ', 'open sesame\r');
  await person.answer('File of the authority', '\n');
  expect(await person.ended, person.screen()).toBe(0);
  expect(person.screen()).not.toContain('sesame');
  expect(person.screen()).toContain('Next:');

  const text = await readFile(join(root, 'etc/fieldward/fieldward.yaml'), 'utf8');
  expect(text).toMatch(/- \{ id: unit-2, driver: modbus-rtu, options: \{ unit: 2, profile: eastron-sdm\w+ \} \}/);
  expect(text).toContain('- { id: nmea0183, driver: nmea0183 }');
  expect(text).not.toContain('sesame');
  // both are terminals without a driver of their own in the unit's list
  expect(await readFile(join(root, 'etc/systemd/system/fieldward.service.d/override.conf'), 'utf8')).toMatch(
    /^DeviceAllow=char-13[6-9] rw$/m,
  );
  const credentials = join(root, 'etc/fieldward/credentials');
  expect(await readFile(join(credentials, 'mqtt-password'), 'utf8')).toBe('open sesame\n');
  const check = agentFor({
    args: ['check', join(root, 'etc/fieldward/fieldward.yaml'), '--security', '--json'],
    env: { CREDENTIALS_DIRECTORY: credentials },
  });
  await check.ended;
  const findings = JSON.parse(check.stdout) as readonly { name: string; state: string }[];
  const own = findings.filter(({ name }) => /^(config|folder of the config|mqtt\.)/.test(name));
  expect(own.length).toBeGreaterThan(4);
  expect(own.filter(({ state }) => state !== 'good')).toEqual([]);
});

it('ends without having made anything where the person gives up', async () => {
  const root = await temporaryFolder();
  const person = terminal('init', '--root', root);
  await person.answer('Broker (', '\u0003');
  expect(await person.ended).toBe(73);
  expect(await readdir(root)).toEqual([]);
});

it('asks nobody where there is no terminal, and makes what the options say', async () => {
  const root = await temporaryFolder();
  const bus = await line();
  const units = [1, 2, 3];
  const meter = (unit: number) => meterModel('eastron-sdm630', { unit, now: () => performance.now() });
  serve(bus, await Promise.all(units.map(meter)));
  const silent = agentFor({ args: ['init', '--root', root] });
  expect(await silent.ended).toEqual({ code: 64, signal: null });
  const args = ['init', '--root', root, '--url', 'broker.example', '--gateway', 'gw', '--port', bus.path];
  const made = agentFor({ args: [...args, '--baud', '9600', '--units', '1-3', '--json'] });
  expect(await made.ended, made.stderr).toEqual({ code: 0, signal: null });
  expect(JSON.parse(made.stdout).buses).toEqual([
    {
      id: 'line-1',
      port: { path: bus.path, baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 },
      devices: units.map((unit) => ({
        id: `unit-${unit}`,
        driver: 'modbus-rtu',
        profile: expect.stringContaining('eastron'),
      })),
    },
  ]);
  // once a second is more than this line can give
  expect(made.stderr).not.toContain('warning');
  expect(await readFile(join(root, 'etc/fieldward/fieldward.yaml'), 'utf8')).toMatch(/pollMs: (?:[2-9]|\d\d)000\b/);
});
