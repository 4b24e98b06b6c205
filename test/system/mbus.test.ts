import { expect, it, onTestFinished } from 'vitest';
import { type ServeMetersOptions, type SimulatedMeter, serveMeters } from '../../scripts/sim/mbus-bus.ts';
import { heatMeter, waterMeter } from '../../scripts/sim/mbus-meters.ts';
import { openPty } from '../../scripts/sim/pty.ts';
import { agentFor, configFile } from '../support/agent-process.ts';

const now = () => Date.UTC(2026, 10, 29, 20, 15);
const METERS: readonly SimulatedMeter[] = [heatMeter(5, '24083001', now), waterMeter(6, '70011234', now)];

async function lineWith(meters: readonly SimulatedMeter[], options: ServeMetersOptions = {}): Promise<string> {
  const line = await openPty();
  onTestFinished(() => line.close());
  serveMeters(line, meters, options);
  return line.path;
}

const scanOf = (path: string, ...more: string[]) =>
  agentFor({ args: ['scan', path, '--driver', 'mbus', '--baud', '38400', ...more] });

it('reads meters by primary and by secondary address, with noise and echo on the line', async () => {
  const path = await lineWith(METERS, { echo: true, noise: [0x00, 0xff] });
  const file = await configFile({
    gateway: 'gw',
    mqtt: { url: 'mqtt://127.0.0.1:1883' },
    buses: [
      {
        id: 'heat',
        port: { path, baudRate: 38_400, parity: 'even', echo: true },
        devices: [
          { id: 'cellar', driver: 'mbus', options: { address: 5 }, pollMs: 3_600_000 },
          {
            id: 'water',
            driver: 'mbus',
            options: { secondary: '70011234' },
            pollMs: 3_600_000,
            points: [{ name: 'volume', record: 1, unit: 'm³' }],
          },
        ],
      },
    ],
  });
  const read = async (device: string) => {
    const poll = agentFor({ args: ['poll', device, '--once', '--json', '--config', file] });
    expect(await poll.ended, poll.stderr).toEqual({ code: 0, signal: null });
    return JSON.parse(poll.stdout).values;
  };
  expect(await read('cellar')).toMatchObject({
    energy: 48_213_000,
    volume: 1480.31,
    'date-time': '2026-11-29T20:15:00',
  });
  expect(await read('water')).toEqual({ volume: 91.734 });
});

it('finds meters by primary address, and shows them as devices of the config', async () => {
  const scan = scanOf(await lineWith(METERS), '--units', '0-8');
  expect(await scan.ended, scan.stderr).toEqual({ code: 0, signal: null });
  expect(scan.stdout).toContain(`- id: meter-70011234
  driver: mbus
  options: { address: 6 }
  # maker FWD, water, version 7, status power-low
  pollMs: 3600000
  points:
    - { name: fabrication-number, record: 0, quantity: fabrication-number }  # now 70011234
    - { name: volume, record: 1, quantity: volume, unit: m³, counts: total-increasing }  # now 91.734
    - { name: volume-s1, record: 2, quantity: volume, unit: m³ }  # now 88.41
`);
  // of the heat meter also the second telegram
  expect(scan.stdout).toContain('type: text }  # now "FW-H2"');
  expect(scan.stderr).toMatch(/^Asking: \d+ s where no meter answers/);
});

it('finds meters by their numbers, and says where none answers', async () => {
  const scan = scanOf(await lineWith(METERS, { noise: [0x00] }), '--secondary', '--json');
  expect(await scan.ended, scan.stderr).toEqual({ code: 0, signal: null });
  const found = scan.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(found).toMatchObject([
    { secondary: '24083001', manufacturer: 'FWD', version: 1, medium: 4, records: { length: 16 } },
    { secondary: '70011234', manufacturer: 'FWD', version: 7, medium: 7, records: { length: 4 } },
  ]);
  const nobody = scanOf(await lineWith([]), '--secondary');
  expect(await nobody.ended).toEqual({ code: 69, signal: null });
  expect(nobody.stderr).toContain('No meter answered.');
});
