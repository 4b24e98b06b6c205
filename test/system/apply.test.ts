import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import {
  type AgentProcess,
  agentFor,
  brokerFor,
  rigBus,
  rigDevice,
  rigFor,
  temporaryFolder,
} from '../support/agent-process.ts';
import { until } from '../support/patience.ts';
import { randomForTest } from '../support/seed.ts';

interface Gateway {
  readonly file: string;
  /** SHA-256 of the config that the agent runs with, as it tells; empty while it tells nothing. */
  running(): Promise<string>;
  kill(): void;
  /** `fieldward apply …` for this gateway. */
  apply(...args: readonly string[]): AgentProcess;
}

/** The agent with this config under a manager that starts it again whenever it ends, but for a refused config. */
async function managed(config: object): Promise<Gateway> {
  const folder = await temporaryFolder();
  const [file, state, run] = [join(folder, 'fieldward.yaml'), join(folder, 'state'), join(folder, 'run')];
  const env = { STATE_DIRECTORY: state, RUNTIME_DIRECTORY: run };
  await Promise.all([mkdir(state), mkdir(run), writeFile(file, JSON.stringify(config), { mode: 0o640 })]);
  let [isOver, agent] = [false, agentFor({ args: ['run', '--config', file], env })];
  const manage = async () => {
    while ((await agent.ended).code !== 78 && !isOver) agent = agentFor({ args: ['run', '--config', file], env });
  };
  const managing = manage();
  onTestFinished(async () => {
    isOver = true;
    await agent.stop();
    await managing;
  });
  const running = async () => {
    const told = await readFile(join(run, 'status.json'), 'utf8').catch(() => '{}');
    const { pid, status } = JSON.parse(told) as { pid?: number; status?: { configHash: string } };
    return pid === agent.pid ? (status?.configHash ?? '') : '';
  };
  const gateway: Gateway = {
    ...{ file, running },
    kill: () => agent.signal('SIGKILL'),
    apply: (...args) => agentFor({ args: ['apply', ...args, '--config', file], env }),
  };
  await until('the agent runs', async () => (await running()) === hashOf(JSON.stringify(config)));
  return gateway;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The config in place is the running one. @returns its text */
async function settled({ file, running }: Gateway): Promise<string> {
  await until('the config in place runs', async () => hashOf(await readFile(file, 'utf8')) === (await running()));
  return readFile(file, 'utf8');
}

it('takes a good config on, and comes back from one that loses a device, is broken or refused', async () => {
  const [rig, broker] = [await rigFor({ baud: 115_200, units: '1', lines: 1 }), await brokerFor()];
  const config = (pollMs: number, options: object) => ({
    gateway: 'applied',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { pollMs, ...options })])],
  });
  const gateway = await managed(config(50, {}));
  const offered = `${gateway.file}.offered`;
  const apply = async (content: string, confirm: string) => {
    await writeFile(offered, content);
    const command = gateway.apply(offered, '--confirm', confirm);
    return { code: (await command.ended).code, said: command.stderr };
  };
  // at first the device may not have answered yet, and then nothing would be missed
  const status = async () => JSON.parse(await readFile(join(gateway.file, '..', 'run', 'status.json'), 'utf8'));
  const isWell = async () => (await status()).status.devices['unit-1'].health === 'online';
  await until('the device answers', isWell);

  const good = JSON.stringify(config(60, {}));
  expect((await apply(good, '60s')).code).toBe(0);
  expect(await settled(gateway)).toBe(good);
  expect((await stat(gateway.file)).mode & 0o777).toBe(0o640);
  await until('the device answers', isWell);

  const lost = await apply(
    JSON.stringify(config(60, { options: { unit: 9, timeoutMs: 100 }, minTimeoutMs: 100 })),
    '2s',
  );
  expect(lost).toMatchObject({
    code: 74,
    said: expect.stringMatching(/lacking: device unit-1 is (?:starting|offline)/),
  });
  expect(await apply('gateway: [', '2s')).toMatchObject({ code: 78, said: expect.stringContaining(`${offered}:1:`) });
  expect(await settled(gateway)).toBe(good);
});

it('ends in the old or the new config, running, whenever the command is killed', async () => {
  const [broker, random] = [await brokerFor(), randomForTest()];
  const kills = Array.from({ length: 3 }, () => Array.from({ length: 2 }, () => random() * 2500));
  const killAgain = async (delays: readonly number[], index: number) => {
    // nothing but the config is of interest here, so there is nothing on its line
    const buses = [rigBus('line', '/dev/serial/by-id/none', [])];
    const config = (syncIntervalMs: number) =>
      JSON.stringify({ gateway: `killed-${index}`, mqtt: { url: broker.url }, outbox: { syncIntervalMs }, buses });
    const gateway = await managed(JSON.parse(config(1000)));
    let inPlace = config(1000);
    for (const [kill, delay] of delays.entries()) {
      const offered = config(1001 + kill);
      await writeFile(`${gateway.file}.offered`, offered);
      const command = gateway.apply(`${gateway.file}.offered`, '--confirm', '1s');
      await wait(delay);
      command.signal('SIGKILL');
      await command.ended;
      // every other time the agent goes on: then it comes back by itself when the time of the trial is over
      if (kill % 2 === 0) gateway.kill();
      const text = await settled(gateway);
      expect([inPlace, offered]).toContain(text);
      inPlace = text;
      if (kill === delays.length - 1) return;
      const tidy = gateway.apply('rollback', '--confirm', '1s');
      await tidy.ended;
      inPlace = await settled(gateway);
    }
  };
  await Promise.all(kills.map(killAgain));
});
