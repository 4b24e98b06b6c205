import { expect, it } from 'vitest';
import { agentFor, brokerFor, configFile, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

it('goes on when nobody reads its log, and stops when asked', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1', options: { drop: 0.3 } });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: broker.url },
    log: { level: 'debug' },
    buses: [
      rigBus('line', rig.links[0] ?? '', [
        rigDevice(1, { pollMs: 0, options: { unit: 1, timeoutMs: 20, lateMs: 20 } }),
      ]),
    ],
  });
  const agent = agentFor({ args: ['run', '--config', file], unread: true });
  // At the debug level that many polls and timeouts say far more than the 64 KiB that a pipe holds.
  await witness.until('500 readings', () => witness.readings('unit-1').length >= 500, 60_000);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
});

it('logs one JSON object a line, and only on stdout', async () => {
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', '/dev/serial/by-id/usb-none', [rigDevice(1)])],
  });
  const agent = agentFor({ args: ['run', '--config', file] });
  await witness.until('online', () => witness.latest('availability') === 'online');
  await agent.stop();
  const lines = agent.stdout.trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(JSON.parse(line)).toBeTypeOf('object');
  expect(agent.stderr).toBe('');
});

it('prints nothing of what it sends and receives because a variable asks for it', async () => {
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const agent = await runAgent(
    {
      gateway: 'system',
      mqtt: { url: broker.url },
      buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
    },
    { env: { DEBUG: '*' } },
  );
  await witness.until('readings', () => witness.readings('unit-1').length > 3);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  expect(agent.stderr).toBe('');
});
