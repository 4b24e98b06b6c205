import { expect, it } from 'vitest';
import { brokerFor, configFile, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { toolFor } from '../support/tool.ts';
import { askOf, witnessOf } from '../support/witness.ts';

const point = (address: number) => ({ name: `p${address}`, register: 'holding', address, type: 'uint16' });

it('reads what lies around a request that is never answered, and names the point everywhere', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1', options: { mute: 1000 } });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const points = [point(0), point(1000), point(2000)];
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    commands: { enabled: true, allow: ['read'] },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { options: { unit: 1, timeoutMs: 200 }, points })])],
  });
  const unreadable = () => witness.status()?.devices['unit-1']?.unreadable;
  await witness.until('the point in the status', () => (unreadable() ?? []).length > 0);
  expect(unreadable()).toMatchObject([{ point: 'p1000', fault: { code: 'device/partly-silent' } }]);
  expect(witness.status()?.devices['unit-1']?.health).toBe('online');
  await witness.until('readings of the others', () => witness.readings('unit-1').length > 20);
  const lines = agent.stderr + agent.stdout;
  expect(lines.match(/point cannot be read/g)).toHaveLength(1);
  expect(lines).toMatch(/point cannot be read.*unit-1.*p1000.*device\/partly-silent/);
  expect(await askOf(witness, 'unit-1/command/read')).toMatchObject({
    ...{ outcome: 'failed', values: { p0: expect.any(Number), p2000: expect.any(Number) } },
    faults: { p1000: 'device/partly-silent' },
  });
  const asked = (await rig.transactions()).filter(({ address }) => address === 1000);
  expect(asked.length).toBeLessThan(8);
});

it('poll --once reads a device that answers short questions only, and names the option', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1', options: { 'mute-above': 28 } });
  const points = Array.from({ length: 40 }, (_, address) => point(address));
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { options: { unit: 1, timeoutMs: 200 }, points })])],
  });
  const polled = toolFor({ args: ['poll', 'unit-1', '--once', '--config', file] });
  expect(await polled.ended).toEqual({ code: 0, signal: null });
  expect(polled.stdout.match(/^ {2}p\d+/gm)).toHaveLength(40);
  expect(polled.stderr).toMatch(/device\/too-long\)\. Set maxRegisters/);
});

it('poll --once gives the points that it can, names the one that it can not, and ends with 70', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1', options: { forbid: 30_001 } });
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points: [point(0), point(30_001)] })])],
  });
  const polled = toolFor({ args: ['poll', 'unit-1', '--once', '--json', '--config', file] });
  expect(await polled.ended).toEqual({ code: 70, signal: null });
  const lines = polled.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { values: { p0: expect.any(Number) } },
    { point: 'p30001', fault: { code: 'modbus/illegal-address' } },
  ]);
});

it('tells a device whose answers come too late, and the option that helps', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1', options: { late: 1, 'late-ms': 600 } });
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { options: { unit: 1, timeoutMs: 300 } })])],
  });
  const polled = toolFor({ args: ['poll', 'unit-1', '--once', '--config', file] });
  expect(await polled.ended).toEqual({ code: 70, signal: null });
  expect(polled.stderr).toMatch(/answers come, but too late: raise timeoutMs \(device\/late\)/);
});

it('tells a line that returns nothing but what is sent', async () => {
  const rig = await rigFor({ baud: 115_200, units: '9', options: { echo: true } });
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { options: { unit: 1, timeoutMs: 300 } })])],
  });
  const polled = toolFor({ args: ['poll', 'unit-1', '--once', '--json', '--config', file] });
  expect(await polled.ended).toEqual({ code: 70, signal: null });
  const codes = polled.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).fault.code);
  expect(codes).toEqual(['modbus/echo']);
});
