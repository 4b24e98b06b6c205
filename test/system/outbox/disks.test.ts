import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/agent-process.ts';
import { mountMissing, smallDisk } from '../../support/mounts.ts';
import { recordsOnDisk } from '../../support/outbox-folder.ts';
import { caughtUp, expectGapless, outboxScene, saysSoon } from '../../support/outbox-scene.ts';
import { until } from '../../support/patience.ts';

const MEBIBYTE = 1_048_576;
const LEAST = 65_536;
const POLLS = 150;
/** The most readings that go to the broker before an acknowledgement comes back. */
const IN_FLIGHT = 64;

/** Takes all that is left of a disk. @returns the file */
async function fill(folder: string): Promise<string> {
  const file = join(folder, 'somebody-else');
  await writeFile(file, Buffer.alloc(8 * MEBIBYTE)).catch(() => undefined);
  return file;
}

/** Bytes in the folder of an outbox. */
async function taken(folder: string, names: readonly string[]): Promise<number> {
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe.skipIf(mountMissing !== undefined)(mountMissing ?? 'on a disk in trouble, the agent', () => {
  it('polls on while it is full, says so, returns to it when there is room, and loses nothing', async () => {
    const disk = await smallDisk(4);
    const directory = join(disk.folder, 'outbox');
    const scene = await outboxScene(directory, { backfillPerS: 50 });
    const agent = await scene.run();
    await scene.witness.until('readings', () => scene.readings().length > 20);
    expect(scene.outbox()).toMatchObject({ durable: true, diskFault: null });
    const file = await fill(disk.folder);
    await scene.passage.cut();
    await saysSoon(agent, /"outbox not durable".*outbox\/disk-full|outbox\/disk-full.*"outbox not durable"/);
    await scene.polls(POLLS);
    await scene.passage.open();
    const full = await scene.witness.until('the fault', () => {
      const outbox = scene.outbox();
      return outbox?.diskFault === null ? undefined : outbox;
    });
    expect(full).toMatchObject({ durable: false, diskFault: { code: 'outbox/disk-full' }, dropped: 0 });
    await scene.passage.cut();
    const said = agent.stdout.length;
    await rm(file);
    await saysSoon(agent, /"outbox durable"/, said);
    expect((await recordsOnDisk(directory)).length).toBeGreaterThan(0);
    await scene.passage.open();
    await caughtUp(scene);
    const after = await scene.untilOutbox('durable', ({ durable }) => durable);
    expect(after).toMatchObject({ dropped: 0, damaged: 0, diskFault: null });
    expectGapless(scene.readings());
  });

  it('goes on in memory while it is read-only, and writes again when it is not', async () => {
    const disk = await smallDisk(4);
    const directory = join(disk.folder, 'outbox');
    const runtime = join(await temporaryFolder(), 'run');
    await mkdir(runtime);
    const scene = await outboxScene(directory);
    const agent = await scene.run({ RUNTIME_DIRECTORY: runtime });
    await scene.witness.until('readings', () => scene.readings().length > 20);
    // the kernel refuses it while a file is open for writing: nothing was written yet
    await disk.remount('ro');
    await scene.passage.cut();
    await saysSoon(agent, /outbox\/disk"/);
    await scene.polls(POLLS);
    const said = agent.stdout.length;
    await disk.remount('rw');
    await saysSoon(agent, /"outbox durable"/, said);
    await scene.passage.open();
    await caughtUp(scene);
    expect(await scene.untilOutbox('durable', ({ durable }) => durable)).toMatchObject({ dropped: 0, damaged: 0 });
    expectGapless(scene.readings());
  });
});

it('keeps its bound of bytes on disk, drops the oldest and counts them', async () => {
  const directory = join(await temporaryFolder(), 'outbox');
  const scene = await outboxScene(directory, { maxBytes: LEAST });
  // from the start: one that came without its acknowledgement would be dropped and counted though it was not lost
  await scene.passage.cut();
  const agent = await scene.run();
  let most = 0;
  await until('a full outbox', async () => {
    // the folder may not be there yet, and a file may go between the two looks
    const names = await readdir(directory).catch(() => []);
    most = Math.max(most, await taken(directory, names).catch(() => 0));
    return agent.stdout.includes('"outbox full"');
  });
  await scene.polls(POLLS);
  expect(most).toBeGreaterThan(LEAST / 2);
  expect(most).toBeLessThanOrEqual(LEAST);
  await scene.passage.open();
  await scene.witness.until('live ones', () => scene.readings().at(-1)?.backfill === false);
  const { dropped } = await scene.untilOutbox('the loss', (each) => each.dropped > 0 && each.held < 20);
  const seqs = new Set(scene.readings().map(({ seq }) => seq));
  const missing = Math.max(...seqs) - seqs.size;
  // each that is missing is counted; a reading that was under way as the outbox dropped it is counted too, and may have
  // arrived
  expect(missing).toBeLessThanOrEqual(dropped);
  expect(dropped - missing).toBeLessThanOrEqual(IN_FLIGHT);
});

it('lives through the loss of its folder, counts what was in it, and makes it anew', async () => {
  const directory = join(await temporaryFolder(), 'outbox');
  const scene = await outboxScene(directory);
  const agent = await scene.run();
  await scene.witness.until('readings', () => scene.readings().length > 20);
  await scene.passage.cut();
  await until('a backlog on disk', async () => (await recordsOnDisk(directory)).length > 50);
  await rm(directory, { recursive: true });
  await until('the folder anew', async () => (await recordsOnDisk(directory)).length > 20);
  await saysSoon(agent, /"outbox damaged"/);
  await scene.passage.open();
  await scene.witness.until('live ones', () => scene.readings().at(-1)?.backfill === false);
  const { damaged } = await scene.untilOutbox('all sent', (each) => each.durable && each.held < 20);
  const seqs = new Set(scene.readings().map(({ seq }) => seq));
  const lost = Math.max(...seqs) - seqs.size;
  expect(lost).toBeGreaterThan(0);
  // readings in its window in memory came all the same
  expect(lost).toBeLessThanOrEqual(damaged);
});
