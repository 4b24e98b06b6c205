import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';

/** The program that `./scripts/demo` runs once it has set up and built; a test's end ends it too. */
function demo(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(checkout(), 'dist', 'scripts', 'demo-program', 'main.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { child, ended, lines: createInterface(child.stdout), told: () => told };
}

it('the demo shows meters that go on while the GPS is unplugged and returns by itself, one JSON object a line', async () => {
  const { child, ended, lines, told: complaints } = demo('--json');
  const gps: unknown[] = [];
  const readings = new Set<string>();
  let whileUnplugged = 0;
  const availability = new Map<string, unknown>();
  for await (const line of lines) {
    const told = JSON.parse(line);
    expect(told).toEqual({ topic: expect.stringMatching(/^fieldward\/demo\//), payload: expect.anything() });
    const { topic, payload } = told as { topic: string; payload: string | { values?: object } };
    const [device, what] = topic.slice('fieldward/demo/'.length).split('/');
    if (what === 'readings' && typeof payload === 'object' && payload.values !== undefined) {
      readings.add(device ?? '');
      if (gps.at(-1) === 'offline' && device !== 'gnss') whileUnplugged += 1;
    }
    if (topic.endsWith('/availability')) availability.set(topic, payload);
    if (topic !== 'fieldward/demo/gnss/availability' || gps.at(-1) === payload) continue;
    // a device that nobody has heard yet is offline
    if (gps.length === 0 && payload === 'offline') continue;
    gps.push(payload);
    if (gps.length === 3) child.kill('SIGINT');
  }
  expect(gps.slice(0, 3)).toEqual(['online', 'offline', 'online']);
  expect([...readings].sort()).toEqual(['gnss', 'heat-meter', 'main-meter', 'p1-meter', 'pump-meter']);
  expect(whileUnplugged).toBeGreaterThan(2);
  expect([...availability.values()]).toEqual(Array(6).fill('offline'));
  expect([await ended, complaints()]).toEqual([0, '']);
});

it('the demo ends by itself when it is told for how long, and where there is no terminal prints what changes', async () => {
  const { ended, lines } = demo('--seconds', '8');
  const seen: string[] = [];
  for await (const line of lines) seen.push(line);
  expect(await ended).toBe(0);
  expect(seen.join('\n')).toMatch(/device \S+ online/);
  expect(seen.join('\n')).not.toContain('\u001b');
});

it('the demo refuses what it does not know, with its usage', async () => {
  const { ended, told } = demo('--seconds', '0');
  expect(await ended).toBe(64);
  expect(told()).toMatch(/--seconds takes a whole number from 1 to 999999\n\nscripts\/demo: /);
});
