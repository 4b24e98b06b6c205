import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { askOf, witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';
const coil = (name: string, address: number, more: object = {}) => {
  return { name, register: 'coil', address, type: 'bool', writable: true, ...more };
};

async function scene() {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const folder = await temporaryFolder();
  const [outbox, commands] = [join(folder, 'outbox'), join(folder, 'commands')];
  for (const each of [outbox, commands]) mkdirSync(each, { mode: 0o700 });
  const config = {
    gateway: 'system',
    mqtt: { url: broker.url },
    outbox: { directory: outbox },
    commands: { enabled: true, allow: ['write'], directory: commands },
    buses: [
      rigBus('line', rig.links[0] ?? '', [
        rigDevice(1, { points: [coil('relay', 3), coil('worn', 4, { dailyWrites: 100 })] }),
      ]),
    ],
  };
  return { witness: await witnessOf(broker.url, P), outbox, commands, config };
}

it.each(['pipes', 'links to a device'])('works and ends in order where its state files are %s', async (kind) => {
  const { witness, outbox, commands, config } = await scene();
  const files = [outbox, commands].flatMap((folder, index) =>
    ['', '.new'].map((ending) => join(folder, `${index === 0 ? 'sequence' : 'writes.json'}${ending}`)),
  );
  for (const file of files) {
    if (kind === 'pipes') execFileSync('mkfifo', [file]);
    else symlinkSync('/dev/zero', file);
  }
  const agent = await runAgent(config);
  await witness.until('readings', () => witness.readings('unit-1').length > 3);
  expect(await askOf(witness, 'unit-1/command/write', { relay: true })).toMatchObject({ outcome: 'verified' });
  // The count of the day is lost with the file: the day counts as used up.
  expect(await askOf(witness, 'unit-1/command/write', { worn: true })).toMatchObject({ outcome: 'refused' });
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
});

it('ends though a call to a disk never returns', async () => {
  const { witness, config } = await scene();
  const folder = await temporaryFolder();
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const hang = join(folder, 'hang.cjs');
  // As a dead disk does: the call takes one of Node's threads and keeps it.
  writeFileSync(hang, `require('node:fs').open(${JSON.stringify(pipe)}, 'r', () => {});\n`);
  const agent = await runAgent(config, { nodeArgs: ['--require', hang] });
  await witness.until('readings', () => witness.readings('unit-1').length > 3);
  expect(await agent.stop()).toEqual({ code: null, signal: 'SIGTERM' });
});
