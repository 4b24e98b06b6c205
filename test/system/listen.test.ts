import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openPty } from '../../scripts/sim/pty.ts';
import { compileC } from '../../scripts/testbed/compile.ts';
import {
  agentFor,
  brokerFor,
  configFile,
  rigBus,
  rigDevice,
  rigFor,
  runAgent,
  temporaryFolder,
} from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

const objects = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

it.each([9600, 115_200])(
  'hears every exchange of the running agent beside it at %i baud, and says nothing',
  async (baud) => {
    const folder = await temporaryFolder();
    const [tap, witness, pcap] = [join(folder, 'tap'), join(folder, 'witness'), join(folder, 'line.pcap')];
    const preload = await compileC('test/rig/tty-witness.c', ['-shared', '-fPIC', '-ldl']);
    const rig = await rigFor({ baud, units: '1-3', options: { tap } });
    const broker = await brokerFor();
    const listener = agentFor({
      args: ['listen', tap, '--baud', `${baud}`, '--json', '--summary', '--pcap', pcap],
      env: { LD_PRELOAD: preload, TTY_WITNESS: witness },
    });
    await expect.poll(() => listener.stderr, { timeout: 120_000 }).toContain('nothing is written');
    const agent = await runAgent({
      gateway: 'system',
      mqtt: { url: broker.url },
      buses: [
        rigBus(
          'line',
          rig.links[0] ?? '',
          [1, 2, 3, 4].map((unit) => rigDevice(unit, { pollMs: 0 })),
          {
            baudRate: baud,
          },
        ),
      ],
    });
    await expect.poll(async () => (await rig.summary()).lines[0]?.requests, { timeout: 180_000 }).toBeGreaterThan(50);
    await agent.stop();
    const served = await rig.summary();
    const answered = await rig.transactions();
    listener.signal('SIGTERM');
    expect(await listener.ended).toEqual({ code: 0, signal: null });
    const [{ summary }] = objects(listener.stdout);
    const of = (unit: number) => summary.units.find((each: { unit: number }) => each.unit === unit);
    for (const unit of [1, 2, 3])
      expect(of(unit)).toMatchObject({
        answers: answered.filter((each) => each.unit === unit && each.what === 'ok').length,
      });
    // the unit that is not there
    expect(of(4)).toMatchObject({ answers: 0, requests: answered.filter((each) => each.unit === 4).length });
    expect(summary).toMatchObject({ driver: 'modbus-rtu', checksumErrors: 0, noiseBytes: 0 });
    expect(summary.utilisation).toBeGreaterThan(0);
    expect((await readFile(pcap)).readUInt32BE(20)).toBe(250);
    // not a byte, no level of DTR or RTS, and no hang-up of DTR at the closing
    expect(served.tap_lost).toBe(0);
    expect((await rig.stop()).tap_in).toBe(0);
    expect(new Set((await readFile(witness, 'utf8')).trim().split('\n'))).toEqual(new Set(['settings']));
  },
);

it('publishes the points that another master reads, and never writes', async () => {
  const folder = await temporaryFolder();
  const tap = join(folder, 'tap');
  const rig = await rigFor({ baud: 115_200, units: '1', options: { tap } });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/listener');
  const master = {
    gateway: 'master',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  };
  const heard = {
    id: 'heard',
    driver: 'modbus-listen',
    options: { unit: 1 },
    points: [{ name: 'mark', register: 'holding', address: 1, type: 'uint16' }],
  };
  await runAgent({ gateway: 'listener', mqtt: { url: broker.url }, buses: [rigBus('line', tap, [heard])] });
  await runAgent(master);
  await witness.until('a reading', () => witness.readings('heard').some((each) => each.values?.mark === 0x0101));
  expect((await rig.stop()).tap_in).toBe(0);
});

it('finds speed and protocol by itself', async () => {
  const line = await openPty();
  onTestFinished(() => line.close());
  const talking = setInterval(
    () => void line.write(Buffer.from('$GPGLL,4916.45,N,12311.12,W,225444,A,*1D\r\n')).catch(() => undefined),
    200,
  );
  onTestFinished(() => clearInterval(talking));
  const listener = agentFor({ args: ['listen', line.path, '--baud', 'auto', '--json'] });
  await expect.poll(() => listener.stdout, { timeout: 180_000 }).toContain('"values"');
  listener.signal('SIGTERM');
  expect(await listener.ended).toEqual({ code: 0, signal: null });
  expect(listener.stderr).toContain('Decoding nmea0183.');
  const all = objects(listener.stdout);
  expect(all.at(-1)?.summary).toMatchObject({ driver: 'nmea0183' });
  expect(all[0]).toHaveProperty('values');
});

it('does not take a port that another program holds', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const config = {
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  };
  await runAgent(config);
  await expect.poll(async () => (await rig.summary()).lines[0]?.requests, { timeout: 180_000 }).toBeGreaterThan(1);
  const listener = agentFor({ args: ['listen', 'line', '--config', await configFile(config), '--for', '1s'] });
  expect(await listener.ended).toEqual({ code: 70, signal: null });
  expect(listener.stderr).toMatch(/another program holds the port[\s\S]*fieldward trace BUS/);
});

it('ends by its time, and says that nothing was heard', async () => {
  const line = await openPty();
  onTestFinished(() => line.close());
  const listener = agentFor({ args: ['listen', line.path, '--for', '500ms'] });
  expect(await listener.ended).toEqual({ code: 69, signal: null });
  expect(listener.stderr).toContain('Nothing was heard');
});
