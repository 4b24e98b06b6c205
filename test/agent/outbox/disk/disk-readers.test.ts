import { describe, expect, test } from 'vitest';
import type { DiskOutboxSetup } from '../../../../agent/outbox/disk/options.ts';
import type { OutboxReader } from '../../../../agent/outbox/outbox.ts';
import { encodePlaces, parsePlaces, placeKey } from '../../../../agent/outbox/segments/format.ts';
import type { MemoryDisk } from '../memory-disk.ts';
import { FOLDER, fill, never, quiet, type Rig, range, readAll, rig, written } from './disk-rig.ts';

interface Two extends Rig {
  readonly other: OutboxReader;
}

async function openTwo(options: Partial<DiskOutboxSetup> & { disk?: MemoryDisk } = {}, holds = true): Promise<Two> {
  const made = rig(options);
  const other = made.outbox.reader('other', holds);
  await made.outbox.open(never);
  await quiet();
  return { ...made, other };
}

const all = (reader: OutboxReader) => readAll({ outbox: reader as never });
const files = (disk: MemoryDisk, kind: string) => [...disk.files.keys()].filter((path) => path.includes(kind));

describe('the outbox on disk with several readers', () => {
  test('each place outlives a clean stop', async () => {
    const two = await openTwo();
    fill(two, 1, 300);
    await written(two);
    two.outbox.acknowledgeThrough(250);
    two.other.acknowledgeThrough(100);
    await two.outbox.close(never);
    const next = await openTwo({ disk: two.disk.kill() });
    expect(await all(next.outbox)).toEqual(range(251, 300));
    expect(await all(next.other)).toEqual(range(101, 300));
    expect(next.outbox.status()).toMatchObject({ held: 200, damaged: 0 });
  });

  test('each place outlives a power cut, an interval later at the most', async () => {
    const two = await openTwo();
    // records that the first reader has confirmed are written for the other one alone
    fill(two, 1, 300);
    two.outbox.acknowledgeThrough(300);
    await written(two);
    await written(two);
    const next = await openTwo({ disk: two.disk.cut() });
    expect(await all(next.outbox)).toEqual([]);
    expect(next.outbox.isEmpty).toBe(true);
    expect(await all(next.other)).toEqual(range(1, 300));
  });

  test('a reader that is no longer there holds nothing, and costs the first one no repeats', async () => {
    const two = await openTwo();
    fill(two, 1, 600);
    await written(two);
    two.outbox.acknowledgeThrough(550);
    await two.outbox.close(never);
    const alone = rig({ disk: two.disk.kill() });
    await alone.outbox.open(never);
    await quiet();
    expect(alone.outbox.status().held).toBe(50);
    expect(await all(alone.outbox)).toEqual(range(551, 600));
    alone.outbox.acknowledgeThrough(600);
    await quiet();
    expect(files(alone.disk, '.segment')).toEqual([]);
  });

  test('a reader that is new begins at the oldest that is held', async () => {
    const two = await openTwo();
    fill(two, 1, 300);
    await written(two);
    two.outbox.acknowledgeThrough(200);
    two.other.acknowledgeThrough(100);
    await two.outbox.close(never);
    const made = rig({ disk: two.disk.kill() });
    const [other, third] = [made.outbox.reader('other', true), made.outbox.reader('third', true)];
    await made.outbox.open(never);
    await quiet();
    expect(await all(other)).toEqual(range(101, 300));
    expect((await all(third)).at(-1)).toBe(300);
    expect((await all(third))[0]).toBeLessThanOrEqual(101);
  });

  test('one reader alone writes no places', async () => {
    const made = rig();
    await made.outbox.open(never);
    fill(made, 1, 300);
    await written(made);
    made.outbox.acknowledgeThrough(100);
    await written(made);
    await made.outbox.close(never);
    expect(files(made.disk, 'readers')).toEqual([]);
  });

  test('a reader that does not hold is no reason to keep a file', async () => {
    const two = await openTwo({}, false);
    fill(two, 1, 300);
    await written(two);
    two.outbox.acknowledgeThrough(300);
    await quiet();
    expect(files(two.disk, '.segment')).toEqual([]);
    expect(await all(two.other)).toEqual([]);
  });

  test.each([
    ['torn', (data: Buffer) => data.subarray(0, 50)],
    ['empty', () => Buffer.alloc(0)],
    ['flipped', (data: Buffer) => Buffer.from(data.map((byte, at) => (at === 30 ? byte ^ 4 : byte)))],
  ] as const)('places that are %s cost repeats, and no reading', async (_, damage) => {
    const two = await openTwo();
    fill(two, 1, 300);
    await written(two);
    two.outbox.acknowledgeThrough(250);
    await two.outbox.close(never);
    const disk = two.disk.kill();
    for (const path of files(disk, 'readers')) {
      const data = damage(disk.files.get(path)?.data ?? Buffer.alloc(0));
      disk.files.set(path, { data, synced: data });
    }
    const next = await openTwo({ disk });
    expect(await all(next.outbox)).toEqual(range(1, 300));
    expect(await all(next.other)).toEqual(range(1, 300));
  });

  test('places are believed of the segments that they are of, and of no later ones', async () => {
    const first = rig();
    await first.outbox.open(never);
    fill(first, 1, 100);
    await written(first);
    await first.outbox.close(never);
    const disk = first.disk.kill();
    // left by an earlier outbox whose segments were removed by hand, and whose numbers went further
    const stale = encodePlaces({ generation: 9, segment: 0, places: new Map([[placeKey('fieldward'), 1_000_000]]) });
    disk.files.set(`${FOLDER}/readers-a`, { data: stale, synced: stale });
    const next = await openTwo({ disk });
    expect(await all(next.outbox)).toEqual(range(1, 100));
    expect(await all(next.other)).toEqual(range(1, 100));
  });

  test('a place that goes beyond what was found leaves out nothing that comes', async () => {
    const two = await openTwo();
    fill(two, 1, 100);
    await written(two);
    await two.outbox.close(never);
    const disk = two.disk.kill();
    const places = new Map([
      [placeKey('fieldward'), 1_000_000],
      [placeKey('other'), 10],
    ]);
    const far = encodePlaces({ generation: 9, segment: 50, places });
    disk.files.set(`${FOLDER}/readers-a`, { data: far, synced: far });
    const next = await openTwo({ disk });
    expect(await all(next.outbox)).toEqual([]);
    fill(next, 101, 110);
    expect(await all(next.outbox)).toEqual(range(101, 110));
    expect(await all(next.other)).toEqual(range(11, 110));
  });

  test('killed or cut off at any call of the disk, no reader that holds loses what was on disk', async () => {
    const run = async (stopAt: number) => {
      const disk = rig().disk;
      let stopped: { killed: MemoryDisk; cut: MemoryDisk; confirmed: readonly [number, number] } | undefined;
      const two = await openTwo({ disk, maxBytes: 40_000 });
      const confirmed: [number, number] = [0, 0];
      let calls = 0;
      disk.before = () => {
        calls += 1;
        if (calls === stopAt) stopped = { killed: disk.kill(), cut: disk.cut(), confirmed: [...confirmed] };
      };
      for (let round = 0; round < 3; round += 1) {
        fill(two, round * 50 + 1, round * 50 + 50);
        await written(two);
        confirmed[0] = round * 50 + 30;
        two.outbox.acknowledgeThrough(confirmed[0]);
        confirmed[1] = round * 30 + 10;
        two.other.acknowledgeThrough(confirmed[1]);
        await written(two);
      }
      return stopped;
    };
    for (let stopAt = 1; ; stopAt += 1) {
      const stopped = await run(stopAt);
      if (stopped === undefined) {
        expect(stopAt).toBeGreaterThan(20);
        break;
      }
      for (const disk of [stopped.killed, stopped.cut]) {
        const next = await openTwo({ disk, maxBytes: 40_000 });
        const [first, other] = [await all(next.outbox), await all(next.other)];
        for (const [at, seqs] of [first, other].entries()) {
          const [from, to] = [seqs[0] ?? 0, seqs.at(-1) ?? 0];
          expect(seqs).toEqual(seqs.length === 0 ? [] : range(from, to));
          // repeats at the most: nothing is missing between the confirmed readings and those that are there
          if (seqs.length > 0) expect(from).toBeLessThanOrEqual((stopped.confirmed[at] ?? 0) + 1);
          if (seqs.length === 0)
            expect(stopped.confirmed[at] ?? 0).toBeGreaterThanOrEqual(Math.max(0, ...first, ...other));
        }
      }
    }
  });

  test('full, the oldest files go that the first reader has, also where the newest are to be refused', async () => {
    for (const whenFull of ['drop-oldest', 'drop-newest', 'thin'] as const) {
      const two = await openTwo({ whenFull });
      for (let seq = 1; seq <= 3000; seq += 50) {
        fill(two, seq, seq + 49);
        await written(two);
        two.outbox.acknowledgeThrough(seq + 29);
        await quiet();
        expect(await all(two.outbox)).toEqual(range(seq + 30, seq + 49));
      }
      const { held, dropped, bytes } = two.outbox.status();
      expect([held + dropped, bytes <= 65_536, held > 100]).toEqual([3000, true, true]);
      const rest = await all(two.other);
      expect(rest).toEqual([...rest].sort((a, b) => a - b));
      expect(rest.at(-1)).toBe(3000);
    }
  });

  test('both read on through a long backlog, each at its pace', async () => {
    const two = await openTwo({ maxBytes: 4_000_000 });
    for (let from = 1; from < 8000; from += 1000) {
      fill(two, from, from + 999, 200);
      await written(two);
    }
    const seen: [number[], number[]] = [[], []];
    for (let turn = 0; turn < 4000 && !(two.outbox.isEmpty && two.other.isEmpty); turn += 1) {
      for (const [at, reader] of [two.outbox, two.other].entries()) {
        if (at === 1 && turn % 3 > 0) continue;
        const records = reader.peek(50, 0);
        for (const { seq } of records) seen[at]?.push(seq);
        if (records.length > 0) reader.acknowledgeThrough(records.at(-1)?.seq ?? 0);
      }
      await quiet(3);
    }
    expect(seen[0]).toEqual(range(1, 8000));
    expect(seen[1]).toEqual(range(1, 8000));
    expect(two.outbox.status().held).toBe(0);
  });
});

describe('places on disk', () => {
  test('are read as they were written', () => {
    const places = new Map([
      [placeKey('fieldward'), 7],
      [placeKey('other'), 2 ** 50],
    ]);
    expect(parsePlaces(encodePlaces({ generation: 3, segment: 5, places }))).toEqual({
      generation: 3,
      segment: 5,
      places,
    });
  });
});
