import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

/** Root obeys the modes of files too, without these. */
const AS_OTHERS =
  process.getuid?.() === 0
    ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-dac_override,-dac_read_search']
    : [];

it('says of each port why it does not open, runs the others, and opens each as soon as that is over', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1', lines: 3 });
  const [free = '', held = '', forbidden = ''] = rig.links;
  const holder = spawn('flock', ['--exclusive', '--no-fork', held, 'sh', '-c', 'echo held; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void holder.kill());
  await once(holder.stdout, 'data');
  await chmod(await realpath(forbidden), 0);
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const bus = (id: string, path: string) => rigBus(id, path, [rigDevice(1, { id: `at-${id}` })]);
  const agent = await runAgent(
    {
      gateway: 'system',
      mqtt: { url: broker.url },
      buses: [bus('free', free), bus('held', held), bus('forbidden', forbidden), bus('file', file)],
    },
    { through: AS_OTHERS },
  );
  const why = (id: string) => witness.status()?.buses[id]?.fault?.code;
  await witness.until('why each is closed', () => {
    return why('held') === 'port/busy' && why('forbidden') === 'port/permission' && why('file') === 'port/not-a-device';
  });
  await witness.until('offline', () =>
    ['held', 'forbidden', 'file'].every((id) => witness.latest(`at-${id}/availability`) === 'offline'),
  );
  await witness.until('the free one', () => witness.readings('at-free').length > 20);
  expect(witness.readings('at-free').filter((each) => each.quality !== 'good')).toEqual([]);

  holder.kill();
  await chmod(await realpath(forbidden), 0o666);
  await witness.until('both are back', () =>
    ['held', 'forbidden'].every((id) => witness.latest(`at-${id}/availability`) === 'online'),
  );
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  expect(agent.stdout).not.toContain(free);
});
