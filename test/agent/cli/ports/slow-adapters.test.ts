import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CliIo } from '../../../../agent/cli/io.ts';
import { ports } from '../../../../agent/cli/ports/ports.ts';
import { describeSlowAdapter, slowAdapters } from '../../../../agent/cli/ports/slow-adapters.ts';
import { type LoadedConfig, loadConfig } from '../../../../config/load.ts';
import type { FoundPort } from '../../../../drivers/port/list.ts';
import { catalogueWith } from '../../../config/support.ts';
import { newFolder } from '../../../support/folder.ts';

const CONFIG = `
gateway: gw
mqtt: { url: "mqtt://127.0.0.1:1883" }
buses:
  - id: a
    port: { path: /dev/ttyUSB0, baudRate: 115200 }
    devices:
      - { id: m, driver: asked, options: { unit: 1 }, points: [{ name: p, address: 1 }, { name: q, address: 2 }] }
  - { id: b, port: { path: /dev/ttyUSB1, lowLatency: false } }
  - { id: c, port: { path: /dev/ttyUSB2 } }
  - { id: d, port: { path: /dev/ttyS0 } }
  - { id: e, port: { host: 127.0.0.1, tcpPort: 4001 } }
`;
const TIMERS: Readonly<Record<string, number>> = { '/dev/ttyUSB0': 16, '/dev/ttyUSB1': 2, '/dev/ttyUSB2': 1 };

async function loaded(): Promise<LoadedConfig> {
  const file = join(await newFolder(), 'c.yaml');
  await writeFile(file, CONFIG);
  const result = await loadConfig({ file, environment: {}, catalogue: await catalogueWith() });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}

test('check tells of each slow adapter that is plugged in what it costs in the cycle, and who can help', async () => {
  const asked: string[] = [];
  const slow = await slowAdapters(await loaded(), async (path) => {
    asked.push(path);
    return TIMERS[path];
  });
  expect(asked).toEqual(['/dev/ttyUSB0', '/dev/ttyUSB1', '/dev/ttyUSB2', '/dev/ttyS0']);
  // Each question: 1.75 ms, 8 characters, 1.75 ms, 9 characters at 115200 baud, 4.98 ms; there are two.
  expect(slow).toEqual([
    { bus: 'a', latencyTimerMs: 16, cycleMs: 32, quickCycleMs: 10, lowered: true },
    { bus: 'b', latencyTimerMs: 2, cycleMs: 0, quickCycleMs: 0, lowered: false },
  ]);
  expect(slow.map(describeSlowAdapter)).toEqual([
    'note: bus a: its adapter holds answers back for up to 16 ms: all are read once in 32 ms, at 1 ms in 10 ms; the agent lowers it to 1 ms when it opens the port',
    'warning: bus b: its adapter holds answers back for up to 2 ms; set port.lowLatency to true, or install systemd/60-fieldward.rules',
  ]);
});

test('check says nothing of ports that are not there', async () => {
  expect(await slowAdapters(await loaded(), async () => undefined)).toEqual([]);
});

test('ports shows which adapters are slow, and what that costs', async () => {
  const [printed, said]: [string[], string[]] = [[], []];
  const io: CliIo = {
    out: (text) => printed.push(text),
    err: (text) => said.push(text),
    environment: {},
    isTerminal: false,
  };
  const found: FoundPort[] = [
    { path: '/dev/ttyUSB0', driver: 'ftdi_sio', latencyTimerMs: 16 },
    { path: '/dev/ttyUSB1', driver: 'ftdi_sio', latencyTimerMs: 1 },
    { path: '/dev/ttyUSB2', driver: 'ch341' },
  ];
  expect(await ports([], io, async () => found)).toBe(0);
  const [, slow, quick, other] = printed.join('\n').split('\n');
  expect(slow).toMatch(/ftdi_sio .*16 ms \(slow: set to 1\)$/);
  expect(quick).toMatch(/ftdi_sio .* 1 ms$/);
  expect(other).not.toContain('ms');
  expect(said.join('\n')).toContain('With 16 ms a line keeps of its rate 65 % at 19200 baud, 40 % at 115200 baud.');

  said.length = printed.length = 0;
  expect(await ports(['--json'], io, async () => found)).toBe(0);
  expect(JSON.parse(printed.join('')).map((port: FoundPort) => port.latencyTimerMs)).toEqual([16, 1, undefined]);
  expect(await ports([], io, async () => found.slice(1))).toBe(0);
  expect(said).toEqual([]);
});
