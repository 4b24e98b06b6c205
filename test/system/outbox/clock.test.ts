import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/agent-process.ts';
import { fakeTime } from '../../support/fake-time.ts';
import { recordsOnDisk } from '../../support/outbox-folder.ts';
import { caughtUp, expectGapless, outboxScene } from '../../support/outbox-scene.ts';
import { until } from '../../support/patience.ts';

const HOUR_S = 3_600;

it('keeps order, numbers and drain while the clock jumps and the broker is away', async () => {
  const folder = await temporaryFolder();
  const directory = join(folder, 'outbox');
  const time = join(folder, 'time');
  await writeFile(time, '+0');
  const scene = await outboxScene(directory);
  await scene.run(fakeTime(time));
  await scene.witness.until('readings', () => scene.readings().length > 20);
  await scene.passage.cut();
  for (const offset of [-HOUR_S, 24 * HOUR_S, 0, -HOUR_S]) {
    await writeFile(time, `${offset < 0 ? '' : '+'}${offset}`);
    const from = (await recordsOnDisk(directory)).length;
    // waiting readings reach the disk by the monotonic clock
    await until('more on disk', async () => (await recordsOnDisk(directory)).length > from + 40);
  }
  await scene.passage.open();
  await caughtUp(scene);
  expectGapless(scene.readings());
  const backlog = scene.readings().filter(({ backfill }) => backfill);
  const seqs = backlog.map(({ seq }) => seq);
  expect(seqs.length).toBeGreaterThan(160);
  expect(seqs).toEqual(seqs.toSorted((one, other) => one - other));
  // the jumps were seen: the times are those of the faked clock
  const times = backlog.map(({ at }) => Date.parse(at));
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(24 * HOUR_S * 1000);
});
