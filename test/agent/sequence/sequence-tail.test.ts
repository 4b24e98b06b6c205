import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { silentLog } from '../../../agent/log/log.ts';
import { Sequence } from '../../../agent/sequence/sequence.ts';
import { SequenceTail, tailPath } from '../../../agent/sequence/sequence-tail.ts';
import { cpuMs } from '../../support/cpu.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { newFolder } from '../../support/folder.ts';

const disk = vi.hoisted(() => ({ writes: true, removes: true }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const failing = <T extends (...words: never[]) => unknown>(name: keyof typeof disk, call: T): T =>
    ((...words: Parameters<T>) => {
      if (disk[name]) return call(...words);
      throw Object.assign(new Error(), { code: 'ENOSPC' });
    }) as T;
  return {
    ...fs,
    writeSync: failing('writes', fs.writeSync as never),
    unlinkSync: failing('removes', fs.unlinkSync),
    ftruncateSync: failing('removes', fs.ftruncateSync),
  };
});

const never = new AbortController().signal;
const WALL = Date.UTC(2026, 10, 23);
const HEADER = 44;
const SLOTS = [64, 80] as const;

interface Place {
  readonly directory: string;
  readonly runtimeDirectory?: string;
}

describe('the number of the newest reading', () => {
  let place: Required<Place>;
  let told: string[];
  beforeEach(async () => {
    const folder = await newFolder();
    place = { directory: join(folder, 'outbox'), runtimeDirectory: join(folder, 'run') };
    await mkdir(place.runtimeDirectory);
    told = [];
  });
  const started: Sequence[] = [];
  afterEach(async () => {
    disk.writes = true;
    disk.removes = true;
    for (const sequence of started.splice(0)) await sequence.close(never);
  });

  let wall = WALL;
  /** A process that starts: nothing of the one before it runs any more. */
  const start = async (where: Place = place, block = 100) => {
    wall += 60_000;
    const log = { ...silentLog, warn: (event: string) => void told.push(event) };
    const sequence = new Sequence({ ...where, clock: new FakeClock(wall), log, block });
    started.push(sequence);
    await sequence.open(never);
    return sequence;
  };
  /** The folder that a start after a SIGKILL finds: all as it is at this instant. Later writes go where nobody looks. */
  const killed = ({ directory, runtimeDirectory }: Place): Place => {
    const folder = mkdtempSync(join(place.directory, '..', 'killed-'));
    const next = { directory: join(folder, 'outbox'), ...(runtimeDirectory && { runtimeDirectory: folder }) };
    mkdirSync(next.directory);
    copyFileSync(join(directory, 'sequence'), join(next.directory, 'sequence'));
    const path = tailPath(directory, runtimeDirectory);
    if (existsSync(path)) copyFileSync(path, tailPath(next.directory, next.runtimeDirectory));
    return next;
  };
  const take = (sequence: Sequence, count: number) => Array.from({ length: count }, () => sequence.next());
  const tail = (where: Place = place) => tailPath(where.directory, where.runtimeDirectory);
  const alter = async (change: (bytes: Buffer) => void) => {
    const bytes = await readFile(tail());
    change(bytes);
    await writeFile(tail(), bytes);
  };
  const seal = (bytes: Buffer) => bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER - 4)), HEADER - 4);

  test.each([
    ['in the folder of the runtime', true],
    ['in the folder of the outbox, where there is none', false],
  ])('%s lets the numbers go on exactly after a SIGKILL, as often as it comes', async (_, isSet) => {
    let where: Place = isSet ? place : { directory: place.directory };
    const all: number[] = [];
    for (const count of [1, 0, 7, 300, 0, 0, 25]) {
      const sequence = await start(where, 400);
      for (let index = 0; index < count; index += 1) {
        all.push(sequence.next());
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(sequence.skipped).toBe(0);
      where = killed(where);
    }
    expect(all).toEqual(Array.from({ length: all.length }, (_, index) => index + 1));
    expect(told).toEqual([]);
  });

  test('is for its owner only, small, and gone after a clean stop', async () => {
    const sequence = await start();
    take(sequence, 50);
    const { mode, size } = await stat(tail());
    expect([mode & 0o777, size]).toEqual([0o600, 96]);
    await sequence.close(never);
    expect(await readdir(place.runtimeDirectory)).toEqual([]);
    expect((await start()).next()).toBe(51);
  });

  test('of several agents lie beside each other', async () => {
    const other = { ...place, directory: `${place.directory}-2` };
    take(await start(), 5);
    take(await start(other), 8);
    expect(await readdir(place.runtimeDirectory)).toHaveLength(2);
    expect((await start()).next()).toBe(6);
    expect((await start(other)).next()).toBe(9);
  });

  test('of another boot of the machine, as after a power cut, is not believed', async () => {
    take(await start(), 40);
    await alter((bytes) => seal(bytes.fill(0x5a, 12, 28)));
    const next = await start();
    expect(next.next()).toBe(101);
    expect(next.skipped).toBe(100);
    expect(told).toEqual(['numbers skipped']);
  });

  test('that is not there any more costs the reserved block', async () => {
    take(await start(), 40);
    await unlink(tail());
    expect((await start()).next()).toBe(101);
  });

  test('that another start did not write to is not believed: not one of its numbers comes again', async () => {
    const numbers = take(await start(), 40);
    for (const where of [{ directory: place.directory }, place, { directory: place.directory }, place, place]) {
      numbers.push(...take(await start(where), 10));
    }
    expect(new Set(numbers).size).toBe(numbers.length);
    const clean = await start({ directory: place.directory });
    const last = take(clean, 3).at(-1) ?? 0;
    await clean.close(never);
    expect((await start()).next()).toBe(last + 1);
  });

  test('of a folder that was emptied while the machine runs goes on all the same', async () => {
    take(await start(), 40);
    await rm(place.directory, { recursive: true });
    expect((await start()).next()).toBe(41);
  });

  test('whose one slot is damaged costs one number at the most, and never gives one twice', async () => {
    for (const at of SLOTS) {
      const last = take(await start(), 20).at(-1) ?? 0;
      await alter((bytes) => void bytes.fill(0, at, at + 16));
      const next = (await start()).next();
      expect([last + 1, last + 2]).toContain(next);
    }
  });

  test('never gives a number twice, whichever bit is flipped and wherever it is cut', async () => {
    take(await start(), 40);
    const whole = { tail: await readFile(tail()), block: await readFile(join(place.directory, 'sequence')) };
    const restart = async (bytes: Buffer) => {
      await writeFile(join(place.directory, 'sequence'), whole.block);
      await writeFile(tail(), bytes);
      return (await start()).next();
    };
    expect(await restart(whole.tail)).toBe(41);
    for (let bit = 0; bit < whole.tail.length * 8; bit += 3) {
      const flipped = Buffer.from(whole.tail);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await restart(flipped)).toBeGreaterThan(40);
    }
    for (let length = 0; length < whole.tail.length; length += 1) {
      expect(await restart(whole.tail.subarray(0, length))).toBeGreaterThan(40);
    }
  });

  test('is not followed through a link, and not taken from a file with two names', async () => {
    const target = join(place.directory, '..', 'precious');
    await writeFile(target, 'precious');
    await symlink(target, tail());
    const sequence = await start();
    expect(take(sequence, 3)).toEqual([1, 2, 3]);
    expect(await readFile(target, 'utf8')).toBe('precious');
    expect(told).toEqual(['sequence tail can not be kept']);
    await unlink(tail());
    await link(target, tail());
    await start();
    expect(await readFile(target, 'utf8')).toBe('precious');
    expect(told).toContain('sequence tail not ours');
  });

  test('of an agent that still runs is left alone', async () => {
    take(await start(), 40);
    const other = spawn('sleep', ['60']);
    try {
      const line = await readFile(`/proc/${other.pid}/stat`, 'latin1');
      const began = line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';
      await alter((bytes) => {
        bytes.writeUInt32LE(other.pid ?? 0, 28);
        bytes.writeBigUInt64LE(BigInt(began), 32);
        seal(bytes);
      });
      const before = await readFile(tail());
      const sequence = await start();
      expect(sequence.next()).toBe(101);
      expect(told).toContain('sequence tail not ours');
      expect(await readFile(tail())).toEqual(before);
    } finally {
      other.kill('SIGKILL');
    }
  });

  test('that can not be written any more is taken away: the next start leaves the block out', async () => {
    const sequence = await start();
    take(sequence, 10);
    disk.writes = false;
    expect(take(sequence, 5)).toEqual([11, 12, 13, 14, 15]);
    expect(await readdir(place.runtimeDirectory)).toEqual([]);
    expect(told).toEqual(['sequence tail can not be kept']);
    disk.writes = true;
    expect((await start()).next()).toBe(101);
  });

  test('that can neither be written nor be taken away sends the numbers where no next start goes', async () => {
    const sequence = await start();
    take(sequence, 10);
    disk.writes = false;
    disk.removes = false;
    const numbers = take(sequence, 5);
    const atOnce = killed(place);
    await vi.waitFor(() => expect(sequence.durable).toBe(true));
    numbers.push(...take(sequence, 5));
    disk.writes = true;
    disk.removes = true;
    expect(take(await start(atOnce), 3)).toEqual([11, 12, 13]);
    // once the block no longer names it, it is as if it were gone
    const next = await start();
    numbers.push(...take(next, 5));
    expect(new Set(numbers).size).toBe(15);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(WALL * 1000);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  test('that can not be written at the start is done without', async () => {
    take(await start(), 40);
    disk.writes = false;
    expect((await start()).next()).toBe(41);
    disk.writes = true;
    expect(await readdir(place.runtimeDirectory)).toEqual([]);
    expect((await start()).next()).toBeGreaterThan(41);
  });

  test('keeps the numbers going on the block of the start before, where the disk takes no new one', async () => {
    take(await start(), 40);
    // nobody can write a file where a folder is
    await mkdir(join(place.directory, 'sequence.new'));
    const sequence = await start();
    expect(sequence.durable).toBe(false);
    expect(take(sequence, 60).at(-1)).toBe(100);
    expect(sequence.next()).toBeGreaterThan(WALL * 1000);
  });

  test('without its folder the numbers are as after a power cut', async () => {
    const where = { ...place, runtimeDirectory: join(place.runtimeDirectory, 'missing') };
    take(await start(where), 40);
    expect(told).toEqual(['sequence tail can not be kept']);
    expect((await start(where)).next()).toBe(101);
  });

  test('no number comes twice over any run of kills, power cuts and clean stops', async () => {
    const run = fc.record({
      count: fc.integer({ min: 0, max: 60 }),
      end: fc.constantFrom('kill', 'clean', 'power', 'torn'),
    });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(run, { maxLength: 10 }), async (isSet, runs) => {
        // A folder of its own: the last life of the run before may still write into the one before.
        const folder = await newFolder();
        await mkdir(join(folder, 'run'));
        const fresh = { directory: join(folder, 'outbox'), runtimeDirectory: join(folder, 'run') };
        let where: Place = isSet ? fresh : { directory: fresh.directory };
        const seen = new Set<number>();
        for (const { count, end } of runs) {
          const sequence = await start(where, 20);
          for (const seq of take(sequence, count)) {
            expect(seen.has(seq)).toBe(false);
            seen.add(seq);
          }
          if (end === 'clean') await sequence.close(never);
          where = killed(where);
          if (end === 'torn') await writeFile(tail(where), Buffer.alloc(70, 7));
          if (end === 'power') await rm(tail(where), { force: true });
        }
      }),
      { numRuns: 30 },
    );
  });

  test('costs some microseconds', async () => {
    const folder = mkdtempSync('/dev/shm/fieldward-');
    const file = await SequenceTail.open(join(folder, 'tail'));
    expect(file?.inMemory).toBe(true);
    await file?.begin(0);
    for (let seq = 1; seq < 2000; seq += 1) file?.mark(seq);
    const before = cpuMs();
    for (let seq = 2000; seq < 22_000; seq += 1) file?.mark(seq);
    const each = ((cpuMs() - before) * 1000) / 20_000;
    await file?.close(true);
    await rm(folder, { recursive: true });
    // 1.7 µs on an idle machine of two cores
    expect(each).toBeLessThan(200);
  });
});
