import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { askOf, witnessOf } from '../support/witness.ts';

const points = [
  { name: 'mark', register: 'holding', address: 1, type: 'uint16' },
  { name: 'relay', register: 'coil', address: 3, type: 'bool', writable: true },
];

it.each([true, false])('reads and writes on a line that returns what is sent, with echo: %s', async (echo) => {
  const rig = await rigFor({ baud: 115_200, units: '1', options: { echo: true } });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    commands: { enabled: true, allow: ['write', 'pause', 'status'] },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points })], { echo })],
  });
  await witness.until('readings', () => witness.readings('unit-1').length > 10);
  for (const relay of [true, false, true]) {
    expect(await askOf(witness, 'unit-1/command/write', { relay })).toMatchObject({
      outcome: 'verified',
      values: { relay },
    });
  }
  for (const reading of witness.readings('unit-1')) expect(reading).toMatchObject({ values: { mark: 257 } });
  // In the middle of an exchange its echo may be counted and it itself not yet.
  expect(await askOf(witness, 'unit-1/command/pause')).toMatchObject({ outcome: 'done' });
  await expect
    .poll(async () => {
      const { echoes, exchanges } = (await askOf(witness, 'command/status')).values.buses.line;
      return echoes - exchanges;
    })
    .toBe(0);
  const { values } = await askOf(witness, 'command/status');
  const { echoes, exchanges, timeouts, noise } = values.buses.line;
  expect({ timeouts, noise, echoes }).toEqual({ timeouts: 0, noise: 0, echoes: exchanges });
});

it('takes no wrong value while another program reads the same port, and recovers', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  // It has the terminal open before the agent takes it for itself.
  const thief = spawn('sh', ['-c', `exec 3<${rig.links[0]}; read go; exec cat <&3`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  onTestFinished(() => void thief.kill());
  await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [
      rigBus('line', rig.links[0] ?? '', [
        rigDevice(1, { options: { unit: 1, timeoutMs: 100, lateMs: 100 }, offlineAfter: 1 }),
      ]),
    ],
  });
  await witness.until('readings', () => witness.readings('unit-1').length > 5);
  thief.stdin.write('go\n');
  await witness.until('the loss', () => witness.latest('unit-1/availability') === 'offline');
  thief.kill();
  await witness.until('back', () => witness.latest('unit-1/availability') === 'online');
  const served = new Map((await rig.transactions()).map((each) => [each.counter, each.what]));
  for (const { values } of witness.readings('unit-1')) {
    if (values === undefined) continue;
    expect(values.mark).toBe(257);
    expect(served.get(Number(values.counter))).toBe('ok');
  }
});
