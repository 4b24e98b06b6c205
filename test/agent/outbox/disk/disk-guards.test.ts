import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DISK } from '../../../../agent/files/disk.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { encodeHeader, SEGMENT_HEADER, segmentName } from '../../../../agent/outbox/segments/format.ts';
import { encode } from '../../../../agent/outbox/segments/record-format.ts';
import { scanRecords } from '../../../../agent/outbox/segments/record-scan.ts';
import { OutboxRecovery } from '../../../../agent/outbox/segments/recover.ts';
import type { Fault } from '../../../../drivers/contract/fault.ts';
import { newFolder } from '../../../support/folder.ts';
import { fakeHolder, MemoryDisk, refusal } from '../memory-disk.ts';
import { record } from '../outbox-contract.ts';
import { FOLDER, fill, never, opened, quiet, range, readAll, rig, written } from './disk-rig.ts';

const segment = (number: number, covers: number, ...seqs: number[]) =>
  Buffer.concat([encodeHeader({ number, covers }), encode(seqs.map((seq) => record(seq)))]);

function diskWith(...files: [number, Buffer][]): MemoryDisk {
  const disk = new MemoryDisk();
  disk.folders.add(FOLDER);
  for (const [number, data] of files) disk.files.set(join(FOLDER, segmentName(number)), { data, synced: data });
  return disk;
}

describe('the outbox on disk', () => {
  test('takes nothing from behind a link, and writes nothing through one', async () => {
    const elsewhere = await newFolder();
    const folder = join(await newFolder(), 'outbox');
    mkdirSync(folder);
    const victim = join(elsewhere, 'victim');
    const planted = join(elsewhere, 'planted');
    writeFileSync(victim, 'mine');
    writeFileSync(planted, segment(1, 1, 900));
    symlinkSync(planted, join(folder, segmentName(1)));
    const recovery = new OutboxRecovery(DISK, folder);
    await recovery.list();
    expect([recovery.isOver, await recovery.next()]).toEqual([false, undefined]);
    for (const name of ['cursor-a', 'cursor-b', 'lock']) {
      symlinkSync(victim, join(folder, name));
      await expect(DISK.open(join(folder, name), 'write')).rejects.toMatchObject({ code: 'ELOOP' });
      await expect(DISK.open(join(folder, name), 'make')).rejects.toMatchObject({ code: 'EEXIST' });
    }
    expect(readFileSync(victim, 'utf8')).toBe('mine');
  });

  test('writes no more into a segment whose folder has gone, counts what was in it, and begins anew', async () => {
    const all = await opened();
    fill(all, 1, 10);
    await written(all);
    all.disk.files.clear();
    all.disk.folders.delete(FOLDER);
    fill(all, 11, 20);
    await written(all);
    await written(all);
    expect(all.outbox.status()).toMatchObject({ durable: true, damaged: 10 });
    expect([...all.disk.files.keys()]).toContain(join(FOLDER, segmentName(2)));
  });

  test('cuts a write back that the disk took in part', async () => {
    const all = await opened();
    fill(all, 1, 10);
    await written(all);
    all.disk.capacity = all.disk.bytes + 300;
    fill(all, 11, 20);
    await written(all);
    expect(all.outbox.status().durable).toBe(false);
    const data = all.disk.files.get(join(FOLDER, segmentName(1)))?.data ?? Buffer.alloc(0);
    expect(scanRecords(data, { from: SEGMENT_HEADER, after: 0, isWhole: true })).toMatchObject({
      why: 'more',
      lost: 0,
      end: data.length,
    });
  });

  test('a thinned segment stands for those that it covers, also where these were not removed any more', async () => {
    const disk = diskWith([1, segment(1, 2, 1, 3)], [2, segment(2, 2, 4, 5)], [3, segment(3, 3, 6)]);
    const all = await opened({ disk });
    expect(await readAll(all)).toEqual([1, 3, 6]);
    expect(all.outbox.status()).toMatchObject({ held: 3, damaged: 0, dropped: 0 });
    expect(disk.files.has(join(FOLDER, segmentName(2)))).toBe(false);
  });

  test('segments that overlap give each reading once', async () => {
    const disk = diskWith([1, segment(1, 1, 1, 2, 3)], [2, segment(2, 2, 2, 3, 4)], [3, segment(3, 3, 4)]);
    const all = await opened({ disk });
    expect(await readAll(all)).toEqual([1, 2, 3, 4]);
    expect(all.outbox.status().held).toBe(4);
  });

  test('what lies on a disk that comes late is neither taken for acknowledged nor lost', async () => {
    const disk = diskWith([1, segment(1, 1, 1, 2, 3)]);
    disk.before = () => {
      throw refusal('EIO');
    };
    const all = rig({ disk });
    const open = all.outbox.open(never);
    await all.clock.advance(3000);
    await open;
    fill(all, 10, 12);
    expect(all.outbox.peek(9, 0).length).toBe(3);
    disk.before = () => {};
    await all.clock.advance(60_000);
    await quiet();
    all.outbox.acknowledgeThrough(12);
    fill(all, 13, 14);
    await all.outbox.close(never);
    const next = await opened({ disk: disk.kill() });
    expect(await readAll(next)).toEqual([1, 2, 3, 13, 14]);
  });

  test('no cursor says that what was left for the next start is done', async () => {
    const disk = diskWith([1, segment(1, 1, 1, 2, 3)]);
    disk.before = () => {
      throw refusal('EIO');
    };
    const all = rig({ disk });
    const open = all.outbox.open(never);
    await all.clock.advance(3000);
    await open;
    fill(all, 10, 14);
    all.outbox.peek(9, 0);
    disk.before = () => {};
    await all.clock.advance(60_000);
    await quiet();
    all.outbox.acknowledgeThrough(12);
    await all.outbox.close(never);
    expect((await readAll(await opened({ disk: disk.kill() }))).slice(0, 3)).toEqual([1, 2, 3]);
  });

  test('the folder keeps its bound also where half-written ends can not be cut off', async () => {
    for (const whenFull of ['drop-oldest', 'drop-newest'] as const) {
      const disk = new MemoryDisk();
      let most = 0;
      let syncs = 0;
      disk.after = () => {
        most = Math.max(most, disk.bytes);
      };
      const all = await opened({ disk, whenFull });
      disk.before = (_, name) => {
        if (name === 'sync') syncs += 1;
        if (name === 'truncate' || (name === 'sync' && syncs % 2 === 0)) throw refusal('EIO');
      };
      for (let from = 1; from < 2000; from += 10) {
        fill(all, from, from + 9);
        await written(all);
      }
      expect(most).toBeGreaterThan(50_000);
      expect(most).toBeLessThanOrEqual(65_536);
    }
  });

  test('what is written behind readings that are acknowledged meanwhile does not go with them', async () => {
    const all = await opened();
    fill(all, 1, 5);
    await written(all);
    let go = () => {};
    all.disk.before = (_, name) =>
      name === 'sync'
        ? new Promise<void>((resolve) => {
            go = resolve;
          })
        : undefined;
    fill(all, 6, 9);
    await written(all);
    all.outbox.acknowledgeThrough(5);
    all.disk.before = () => {};
    go();
    await written(all);
    expect(await readAll(all)).toEqual([6, 7, 8, 9]);
    await quiet();
    expect(await readAll(await opened({ disk: all.disk.cut() }))).toEqual([6, 7, 8, 9]);
  });

  test('the bound may be lowered between two runs', async () => {
    const all = await opened({ maxBytes: 200_000 });
    for (let from = 1; from < 1000; from += 100) {
      fill(all, from, from + 99);
      await written(all);
    }
    await all.outbox.close(never);
    for (const whenFull of ['drop-oldest', 'drop-newest', 'thin'] as const) {
      const next = await opened({ disk: all.disk.kill(), maxBytes: 65_536, whenFull });
      const { held, dropped, bytes } = next.outbox.status();
      expect(bytes).toBeLessThanOrEqual(65_536);
      expect(held + dropped).toBe(1000);
      await quiet();
      expect(next.disk.bytes).toBeLessThanOrEqual(65_536);
      const seqs = await readAll(next);
      if (whenFull === 'drop-newest') expect(seqs).toEqual(range(1, held));
      else expect(seqs.at(-1)).toBe(1000);
    }
  });

  test('a lock of a process that is gone does not hold', async () => {
    const gone = await opened({ holder: fakeHolder() });
    fill(gone, 1, 5);
    await written(gone);
    const next = await opened({ disk: gone.disk.kill(), holder: fakeHolder() });
    expect(next.outbox.status()).toMatchObject({ durable: true, held: 5 });
  });
});

test('an outbox that is not closed says whether the disk or a mistake of ours was the reason', async () => {
  const codes: unknown[] = [];
  const log = { ...silentLog, warn: (_event: string, _fields?: object, fault?: Fault) => codes.push(fault?.code) };
  for (const thrown of [refusal('EIO'), new TypeError('x')]) {
    const { disk, outbox } = await opened({ log });
    disk.before = (_call, name) => {
      if (name === 'unlink') throw thrown;
    };
    await outbox.close(never);
  }
  expect(codes).toEqual(['outbox/disk', 'internal/unexpected']);
});
