import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../../agent/cli/check.ts';
import type { CliIo } from '../../../agent/cli/io.ts';
import { newFolder } from '../../support/folder.ts';

/** The config of systemd/docs/line-budget.md, with the output of `check` for it. */
const CONFIG = `gateway: plant7-gw01
mqtt: { url: 'mqtts://broker.example:8883' }
buses:
  - id: rs485-a
    port: { path: /dev/ttyUSB9, baudRate: 19200, parity: even }
    devices:
      - { id: meter-1, driver: modbus-rtu, options: { unit: 1, timeoutMs: 300, profile: eastron-sdm630 }, pollMs: 5000 }
      - { id: meter-2, driver: modbus-rtu, options: { unit: 2, timeoutMs: 300, profile: eastron-sdm120 }, pollMs: 2000 }
      - { id: meter-3, driver: modbus-rtu, options: { unit: 3, timeoutMs: 300, profile: eastron-sdm120 }, pollMs: 0, commands: { allow: [] } }
`;

const TCP = `gateway: gw
mqtt: { url: 'mqtts://broker.example:8883' }
commands: { enabled: false }
buses:
  - id: far
    port: { host: 10.0.0.7, tcpPort: 4001 }
    devices:
      - { id: m, driver: modbus-rtu, options: { unit: 1, timeoutMs: 300, profile: eastron-sdm120 } }
`;

async function run(text: string, ...flags: string[]) {
  const path = join(await newFolder(), 'c.yaml');
  await writeFile(path, text);
  const [printed, said]: [string[], string[]] = [[], []];
  // the ports of a machine are not part of this: absent-ports.test.ts
  const out = (line: string) => line.startsWith('note: these ports') || printed.push(line);
  const io: CliIo = { out, err: (line) => said.push(line), environment: {}, isTerminal: false };
  const code = await check([path, ...flags], io);
  return { code, printed: printed.join('\n'), said: said.join('\n') };
}

test('check prints what each bus can carry and how long its devices wait', async () => {
  const { code, printed, said } = await run(CONFIG);
  expect([code, said]).toEqual([0, '']);
  expect(printed.replace(/sha256 \w+/, 'sha256')).toMatchInlineSnapshot(`
    "The config of gateway plant7-gw01 is good.
      bus rs485-a: meter-1, meter-2, meter-3
        all are read once in 553 ms when they answer at once, 1088 ms when none does, 10673 ms at the worst
        the periods need 8 % of the line, 92 % is left
        a command has the line after 395 ms at the most
        device   requests  read in  every    waits at most  with commands
        meter-1  8         301 ms   5000 ms  10675 ms       62575 ms
        meter-2  4         127 ms   2000 ms  13415 ms       77890 ms
        meter-3  4         127 ms   turn     13415 ms       77890 ms
      outbox: holds 4 h without a broker, at up to 9 readings a second of 499 bytes
      flash, if it had a folder: 1.9 MB a day, without a broker up to 285 MB (0.1 TB a year)
      3 devices, outbox in memory only, sha256"
  `);
});

test('check says how long a folder holds deflated readings, by estimate', async () => {
  const { code, printed } = await run(`${CONFIG}outbox: { directory: /var/lib/fieldward/outbox }\n`);
  expect(code).toBe(0);
  // of 499 bytes in memory
  expect(printed).toContain(
    'outbox: holds about 45 h without a broker, at up to 9 readings a second of 46 bytes (deflated, by estimate)',
  );
});

test('check says what it can not know of a serial server, and nothing of commands where none are taken', async () => {
  const { code, printed } = await run(TCP);
  expect(code).toBe(0);
  expect(printed).toContain('the speed of the line is not known: only timeouts and gaps count');
  expect(printed).not.toContain('command');
  expect(printed).not.toContain('% of the line');
});

test('check --json --budget prints an object with the budgets, --json alone the array as ever', async () => {
  const { code, printed } = await run(CONFIG, '--json', '--budget');
  expect(code).toBe(0);
  const report = JSON.parse(printed);
  expect(Object.keys(report)).toEqual(['problems', 'warnings', 'buses', 'outbox']);
  expect(report.outbox).toMatchObject({
    onDisk: false,
    holdsS: expect.any(Number),
    outageBytesPerDay: expect.any(Number),
  });
  expect(report.buses[0]).toMatchObject({ id: 'rs485-a', speedKnown: true, devices: [{ id: 'meter-1' }, {}, {}] });
  for (const key of ['cycleMs', 'silentCycleMs', 'worstCycleMs', 'load', 'headroom', 'commandWaitMs']) {
    expect(report.buses[0][key]).toBeGreaterThan(0);
  }
  for (const device of report.buses[0].devices) {
    expect(device.waitWithCommandsMs).toBeGreaterThan(device.waitMs);
    expect(device.waitMs).toBeGreaterThan(device.pollMs);
  }
  expect(JSON.parse((await run(CONFIG, '--json')).printed)).toEqual([]);
  const far = JSON.parse((await run(TCP, '--json', '--budget')).printed).buses[0];
  expect(far).toMatchObject({ speedKnown: false, cycleMs: null, load: null, headroom: null, commandWaitMs: 0 });
});

test('check --json --budget of a refused config names its problems', async () => {
  const { code, printed } = await run(CONFIG.replace('pollMs: 2000', 'pollMs: 5'), '--json', '--budget');
  expect(code).toBe(78);
  const report = JSON.parse(printed);
  expect(report).toMatchObject({ warnings: [], buses: [] });
  expect(report.problems.map(({ path }: { path: string }) => path)).toContain('buses[0].devices[1].pollMs');
});

test('--budget is for programs: without --json it is wrong usage', async () => {
  expect((await run(CONFIG, '--budget')).code).toBe(64);
});
