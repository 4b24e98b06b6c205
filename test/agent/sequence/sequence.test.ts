import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../../agent/log/log.ts';
import { Sequence } from '../../../agent/sequence/sequence.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const never = new AbortController().signal;
const sumOf = (text: string) => crc32(text).toString(16).padStart(8, '0');
const WALL = Date.UTC(2026, 10, 23);

describe('the numbers of the readings', () => {
  let directory: string;
  let warnings: string[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fieldward-seq-'));
    warnings = [];
  });
  const started: Sequence[] = [];
  afterEach(async () => {
    for (const sequence of started.splice(0)) await sequence.close(never);
    await rm(directory, { recursive: true, force: true });
  });

  const start = async (block = 100, where: string | undefined = directory, wall = WALL) => {
    const log = { ...silentLog, warn: (event: string) => void warnings.push(event) };
    const sequence = new Sequence({ directory: where, clock: new FakeClock(wall), log, block });
    started.push(sequence);
    await sequence.open(never);
    return sequence;
  };
  /** The folder that a start after a power cut finds: the file as it is now. Later writes go where nobody looks. */
  const cut = async (where: string) => {
    const next = await mkdtemp(join(directory, 'run-'));
    await copyFile(join(where, 'sequence'), join(next, 'sequence'));
    return next;
  };
  const take = (sequence: Sequence, count: number) => Array.from({ length: count }, () => sequence.next());

  test('start at 1 without a folder, each time', async () => {
    const sequence = new Sequence({ clock: new FakeClock(), log: silentLog });
    await sequence.open(never);
    expect(sequence.last).toBe(0);
    expect(take(sequence, 3)).toEqual([1, 2, 3]);
    expect(sequence.durable).toBe(false);
    await sequence.close(never);
  });

  test('go on without a gap after a clean stop', async () => {
    const first = await start();
    expect(take(first, 7)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(first.durable).toBe(true);
    await first.close(never);
    expect(await readdir(directory)).toEqual(['sequence']);
    const second = await start();
    expect(second.last).toBe(7);
    expect(take(second, 2)).toEqual([8, 9]);
  });

  test('are saved in a folder that is not there yet, as below the state directory of a first start', async () => {
    const where = join(directory, 'outbox');
    const first = await start(100, where);
    expect(first.durable).toBe(true);
    expect(warnings).toEqual([]);
    await first.close(never);
    expect((await stat(where)).mode & 0o007).toBe(0);
    expect(await readdir(where)).toEqual(['sequence']);
  });

  test('never come twice after a power cut: they go on beyond what was reserved, and it is told', async () => {
    const first = await start();
    take(first, 40);
    const second = await start(100, await cut(directory));
    expect(warnings).toEqual(['numbers skipped']);
    expect(second.skipped).toBe(100);
    expect(second.next()).toBe(101);
  });

  test('a file as it was written before there were tails is read', async () => {
    await writeFile(join(directory, 'sequence'), `seq 501 ${sumOf('501')}\n`);
    const sequence = await start();
    expect(sequence.next()).toBe(501);
    expect(sequence.skipped).toBe(0);
    expect(warnings).toEqual([]);
  });

  test('what their file costs the disk is counted, and nothing more while a block lasts', async () => {
    const sequence = await start(1000);
    const before = sequence.writtenBytes;
    expect(before).toBe(3 * 4096);
    sequence.next();
    // the kernel writes the tail out, now and then: it lies in the same folder here
    expect(sequence.writtenBytes).toBe(before + 2 * 4096);
    take(sequence, 400);
    expect(sequence.writtenBytes).toBe(before + 2 * 4096);
  });

  test('a block is written ahead, before its first number is needed, and only once in a block', async () => {
    const sequence = await start(1000);
    const file = () => readFile(join(directory, 'sequence'), 'latin1');
    const before = await file();
    take(sequence, 400);
    expect(await file()).toBe(before);
    const written = sequence.writtenBytes;
    take(sequence, 200);
    // the file is there a moment before the numbers in it may be handed out
    await expect.poll(() => sequence.writtenBytes).toBeGreaterThan(written);
    expect(await file()).not.toBe(before);
    expect(take(sequence, 600).at(-1)).toBe(1200);
    expect(sequence.durable).toBe(true);
  });

  test('no number comes twice over any run of power cuts, clean stops and bursts beyond a block', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ count: fc.integer({ min: 0, max: 60 }), clean: fc.boolean() }), { maxLength: 8 }),
        async (runs) => {
          let where = await mkdtemp(join(directory, 'run-'));
          const seen = new Set<number>();
          let wall = WALL;
          for (const { count, clean } of runs) {
            wall += 10_000;
            const sequence = await start(20, where, wall);
            for (const seq of take(sequence, count)) {
              expect(seen.has(seq)).toBe(false);
              seen.add(seq);
            }
            if (clean) await sequence.close(never);
            else where = await cut(where);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test.each([
    ['empty', ''],
    ['cut', 'seq 100 12'],
    ['flipped', 'seq 900 00000000\n'],
    ['huge', `seq ${'9'.repeat(5000)}\n`],
    ['beyond safe integers', 'seq 9999999999999999 00000000\n'],
  ])('with a damaged file (%s) they leap to the wall clock, say so, and are saved again', async (_, text) => {
    await writeFile(join(directory, 'sequence'), text);
    const sequence = await start();
    expect(sequence.next()).toBe(WALL * 1000);
    expect(warnings).toContain('sequence file damaged');
    await sequence.close(never);
    expect((await start()).next()).toBe(WALL * 1000 + 1);
  });

  test('with a file that is damaged only by a mistake of ours the log says whose it was', async () => {
    const faults: unknown[] = [];
    const warn = (event: string, _fields?: object, fault?: Fault) => {
      if (event === 'sequence file damaged') faults.push(fault?.code);
    };
    await writeFile(join(directory, 'sequence'), 'seq 0\n');
    // no file system is ever asked about the second path
    for (const where of [directory, 'a\0b']) {
      const log = { ...silentLog, warn };
      const sequence = new Sequence({ directory: where, clock: new FakeClock(WALL), log });
      started.push(sequence);
      await sequence.open(never);
    }
    expect(faults).toEqual([undefined, 'internal/unexpected']);
  });

  test('where the file can not be written they come from the wall clock, grow by one, and the log says so once', async () => {
    const sequence = await start(100, join(directory, 'missing', 'outbox'));
    expect(take(sequence, 3)).toEqual([WALL * 1000, WALL * 1000 + 1, WALL * 1000 + 2]);
    expect(sequence.durable).toBe(false);
    expect(warnings).toEqual(['sequence tail can not be kept', 'sequence can not be saved']);
    take(sequence, 1000);
    await sequence.close(never);
  });

  test('a disk that comes back is used again', async () => {
    const disk = join(directory, 'disk');
    const late = join(disk, 'outbox');
    const sequence = await start(100, late);
    sequence.next();
    await mkdir(disk);
    take(sequence, 60);
    await expect.poll(() => sequence.durable).toBe(true);
    const last = sequence.next();
    expect((await start(100, late)).next()).toBeGreaterThan(last);
  });

  test('a disk that fails later costs one leap, and nothing comes twice', async () => {
    const sequence = await start(10, join(directory, 'outbox'));
    await chmod(directory, 0o500);
    await rm(directory, { recursive: true, force: true });
    const numbers: number[] = [];
    for (let index = 0; index < 30; index += 1) {
      numbers.push(sequence.next());
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(new Set(numbers).size).toBe(30);
    expect(numbers[29]).toBeGreaterThan(WALL * 1000);
    expect(numbers.every((seq, index) => index === 0 || seq > (numbers[index - 1] ?? 0))).toBe(true);
  });

  test('go on beyond what waits in the outbox where their file is gone, on disk before the first is given', async () => {
    const sequence = await start();
    await sequence.goBeyond(5_000, never);
    expect(sequence.durable).toBe(true);
    const next = await start(100, await cut(directory));
    expect(take(sequence, 2)).toEqual([5_001, 5_002]);
    expect(next.next()).toBeGreaterThan(5_002);
    await sequence.goBeyond(17, never);
    expect(sequence.next()).toBe(5_003);
    expect(warnings).toEqual(['sequence behind the outbox', 'numbers skipped']);
  });

  test('a number asked for after the stop is none that the next start hands out', async () => {
    const first = await start();
    take(first, 5);
    const closing = first.close(never);
    const stray = first.next();
    await closing;
    const second = await start();
    expect(take(second, 50)).not.toContain(stray);
    expect(second.last).toBe(55);
  });

  test('a start that may not wait goes on from the wall clock', async () => {
    const sequence = new Sequence({ directory, clock: new FakeClock(WALL), log: silentLog });
    await sequence.open(AbortSignal.abort());
    expect(sequence.next()).toBe(WALL * 1000);
    await sequence.close(never);
  });
});
