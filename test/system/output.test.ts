import { expect, it } from 'vitest';
import { agentFor, brokerFor, configFile, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { askOf, witnessOf } from '../support/witness.ts';

it('goes on when nobody reads its log, and stops when asked', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1', lines: 4, options: { drop: 0.3 } });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: broker.url },
    log: { level: 'debug' },
    commands: { enabled: true, allow: ['diagnostics'] },
    buses: rig.links.map((link, index) =>
      rigBus(`line-${index}`, link, [
        rigDevice(1, {
          ...{ id: `a-long-name-so-that-there-is-much-to-say-${index}`, offlineAfter: 100, pollMs: 0 },
          options: { unit: 1, timeoutMs: 10, lateMs: 0 },
        }),
      ]),
    ),
  });
  const agent = agentFor({ args: ['run', '--config', file], unread: true });
  const readings = () => witness.messages.filter((each) => each.topic.endsWith('/readings')).length;
  // At the debug level polls say more than the pipe and the log's own buffer hold.
  for (let lost = 0; lost === 0; ) {
    const before = readings();
    await witness.until('readings', () => readings() > before + 200);
    lost = (await askOf(witness, 'command/diagnostics')).values.logLinesDropped;
  }
  const before = readings();
  await witness.until('readings', () => readings() > before + 200);
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

/** The agent with its standard output led somewhere by the shell. */
const into = (redirection: string, ...args: string[]) =>
  agentFor({ args, through: ['sh', '-c', `exec "$@" ${redirection}`, 'sh'] });

it('ends with 74 and says so where the output of a command is not taken', async () => {
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    buses: [rigBus('line', '/dev/serial/by-id/usb-none', [rigDevice(1)])],
  });
  const commands = [
    'run',
    'check',
    'reload',
    'ports',
    'scan',
    'identify',
    'poll',
    'top',
    'audit',
    'ctl',
    'drivers',
    'profiles',
    'profile',
  ];
  const printing = [
    ['--help'],
    ['--version'],
    ...[...commands, 'schema'].map((command) => [command, '--help']),
    ['schema'],
    ['drivers', '--json'],
    ['profiles'],
    ['ports', '--json'],
    ['check', file],
    ['check', file, '--json'],
  ];
  for (const args of printing) {
    const agent = into('>/dev/full', ...args);
    expect([args, await agent.ended]).toEqual([args, { code: 74, signal: null }]);
    expect(agent.stderr).toContain('fieldward: the output could not be written: no space is left');
  }
});

it('ends quietly where the reader of a command has seen enough', async () => {
  const agent = agentFor({ args: ['schema'], through: ['sh', '-c', '"$@" | head -c 1; echo done', 'sh'] });
  expect(await agent.ended).toEqual({ code: 0, signal: null });
  expect(agent.stdout).toBe('{done\n');
  expect(agent.stderr).toBe('');
});

it('goes on where its log is not taken', async () => {
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', '/dev/serial/by-id/usb-none', [rigDevice(1)])],
  });
  const agent = into('>/dev/full', 'run', '--config', file);
  await witness.until('online', () => witness.latest('availability') === 'online');
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
});
