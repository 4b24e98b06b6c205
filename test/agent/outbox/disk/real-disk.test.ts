import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SystemClock } from '../../../../agent/clock/system-clock.ts';
import { DISK } from '../../../../agent/files/disk.ts';
import { processHolder } from '../../../../agent/files/lock.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { DiskOutbox } from '../../../../agent/outbox/disk/disk-outbox.ts';
import { segmentName } from '../../../../agent/outbox/segments/format.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { settle } from '../../../support/fake-clock.ts';
import { newFolder } from '../../../support/folder.ts';
import { record } from '../outbox-contract.ts';
import { never } from './disk-rig.ts';

describe('the outbox on a real disk', () => {
  const real = (directory: string, over: { maxBytes?: number; whenFull?: 'thin' } = {}) =>
    new DiskOutbox({
      ...{ directory, maxBytes: 262_144, whenFull: 'drop-oldest', ...over },
      ...{ syncInterval: milliseconds(100), clock: new SystemClock(), log: silentLog, random: Math.random },
      ...{ disk: DISK, holder: processHolder() },
    });
  const until = async (condition: () => boolean) => {
    await expect.poll(condition).toBe(true);
  };
  const size = (folder: string) =>
    readdirSync(folder).reduce(
      (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );

  test('keeps its bound, leaves foreign files alone, follows no links, and comes back', async () => {
    const folder = join(await newFolder(), 'outbox');
    const first = real(folder, { whenFull: 'thin' });
    await first.open(never);
    const victim = join(await newFolder(), 'victim');
    writeFileSync(victim, 'mine');
    symlinkSync(victim, join(folder, segmentName(1)));
    symlinkSync(victim, join(folder, 'cursor-a'));
    writeFileSync(join(folder, 'notes.txt'), 'foreign');
    let most = 0;
    for (let seq = 1; seq <= 6000; seq += 1) {
      first.append(record(seq, `d${seq % 3}`, 200));
      if (seq % 20 === 0) await settle();
      if (seq % 100 === 0) most = Math.max(most, size(folder));
    }
    await until(() => first.status().durable);
    await first.close(never);
    expect(most).toBeLessThanOrEqual(262_144 + 4 + 4 + 7);
    expect(readFileSync(victim, 'utf8')).toBe('mine');
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('foreign');
    const { held } = first.status();
    const second = real(folder, { whenFull: 'thin' });
    await second.open(never);
    expect(second.status()).toMatchObject({ held, damaged: 0 });
    await second.close(never);
    rmSync(folder, { recursive: true });
  });

  test('counts at least the bytes that the kernel says it wrote', async () => {
    const kernel = () => Number(/^write_bytes: (\d+)/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);
    const folder = join(await newFolder(), 'outbox');
    const outbox = real(folder);
    await outbox.open(never);
    const [before, counted] = [kernel(), outbox.status().writtenBytes];
    for (let group = 0; group < 10; group += 1) {
      for (let seq = group * 20 + 1; seq <= group * 20 + 20; seq += 1) outbox.append(record(seq, 'meter', 300));
      const { writtenBytes } = outbox.status();
      await until(() => outbox.status().writtenBytes > writtenBytes);
    }
    const wrote = kernel() - before;
    const claimed = outbox.status().writtenBytes - counted;
    await outbox.close(never);
    expect(claimed).toBeGreaterThan(0.8 * wrote);
    expect(claimed).toBeLessThan(6 * wrote + 400_000);
  });
});
