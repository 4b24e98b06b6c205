import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

/** The files of the folder: names, sizes, and when each was last written. */
async function lookAt(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).sort();
  const looks = names.map(async (name) => {
    const { size, mtimeNs, ino } = await stat(join(folder, name), { bigint: true });
    return `${name} ${ino} ${size} ${mtimeNs}`;
  });
  return Promise.all(looks);
}

/** Bytes that the process made the kernel send to a disk (proc(5)). */
async function diskBytes(pid: number): Promise<number> {
  const [, digits] = /^write_bytes: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'latin1')) ?? [];
  return Number(digits);
}

it('writes nothing to the disk while the broker takes readings as they come', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const memory = await mkdtemp('/dev/shm/fieldward-');
  onTestFinished(() => rm(memory, { recursive: true, force: true }));
  const folder = join(await temporaryFolder(), 'outbox');
  const agent = await runAgent(
    {
      gateway: 'system',
      mqtt: { url: broker.url },
      // half of it is what a reading may wait for its acknowledgement, also on a busy machine
      outbox: { directory: folder, syncIntervalMs: 10_000 },
      buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { pollMs: 20 })])],
    },
    { env: { RUNTIME_DIRECTORY: memory } },
  );
  const count = () => witness.readings('unit-1').length;
  await witness.until('the first readings', () => count() > 50);
  const before = { files: await lookAt(folder), bytes: await diskBytes(agent.pid), readings: count() };
  await witness.until('many more', () => count() > before.readings + 300);
  expect(await lookAt(folder)).toEqual(before.files);
  expect((await diskBytes(agent.pid)) - before.bytes).toBe(0);
  // the tail and the status alone were written, to memory
  expect((await readdir(memory)).sort()).toEqual([expect.stringMatching(/^sequence-[0-9a-f]{16}$/), 'status.json']);
});
