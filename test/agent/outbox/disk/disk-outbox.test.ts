import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { segmentName } from '../../../../agent/outbox/segments/format.ts';
import { fakeHolder, MemoryDisk, refusal } from '../memory-disk.ts';
import { outboxContract, record } from '../outbox-contract.ts';
import { FOLDER, fill, never, opened, quiet, range, readAll, rig, written } from './disk-rig.ts';

outboxContract('the outbox on disk', async (maxBytes, whenFull) => ({
  outbox: rig({ maxBytes, whenFull }).outbox,
  dispose: async () => {},
}));

describe('the outbox on disk', () => {
  test('writes nothing while the broker takes readings as they come', async () => {
    const all = await opened();
    const { outbox, disk, clock } = all;
    const { writes } = disk;
    const { writtenBytes } = outbox.status();
    for (let seq = 1; seq <= 100; seq += 1) {
      outbox.append(record(seq));
      await clock.advance(500);
      outbox.acknowledgeThrough(seq);
    }
    expect(disk.writes).toBe(writes);
    expect(outbox.status()).toMatchObject({ writtenBytes, held: 0, bytes: 0, durable: true });
  });

  test('what waits is on disk by the interval: it survives a power cut, in its order', async () => {
    const all = await opened();
    fill(all, 1, 50);
    await all.clock.advance(3900);
    await quiet();
    const next = await opened({ disk: all.disk.cut() });
    expect(next.outbox.status()).toMatchObject({ held: 50, damaged: 0, durable: true });
    expect(next.outbox.lastSeq).toBe(50);
    expect(await readAll(next)).toEqual(range(1, 50));
  });

  test('acknowledged readings do not come back after a clean stop', async () => {
    const all = await opened();
    fill(all, 1, 300);
    await written(all);
    all.outbox.acknowledgeThrough(123);
    expect(all.outbox.status().held).toBe(177);
    await all.outbox.close(never);
    const next = await opened({ disk: all.disk.kill() });
    expect(await readAll(next)).toEqual(range(124, 300));
    expect(next.outbox.status().held).toBe(177);
  });

  test('what comes while readings wait on disk goes behind them', async () => {
    const all = await opened();
    fill(all, 1, 200);
    await written(all);
    fill(all, 201, 250);
    expect(await readAll(all)).toEqual(range(1, 250));
    expect(await readAll(all, 240)).toEqual(range(241, 250));
  });

  test('two readers at two places of a long backlog both get on', async () => {
    const all = await opened({ maxBytes: 8_000_000 });
    for (let from = 1; from < 20_000; from += 2000) {
      fill(all, from, from + 1999, 200);
      await written(all);
    }
    const places = [0, 15_000];
    for (let turn = 0; turn < 400; turn += 1) {
      for (const [index, place] of places.entries()) {
        const records = all.outbox.peek(50, place);
        expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => place + 1 + at));
        places[index] = records.at(-1)?.seq ?? place;
      }
      await quiet(3);
    }
    expect(places[0]).toBeGreaterThan(5000);
    expect(places[1]).toBe(20_000);
  });

  test('tells when what a short peek lacked can be had', async () => {
    const all = await opened();
    fill(all, 1, 300);
    await all.outbox.close(never);
    const next = rig({ disk: all.disk.kill() });
    let told = 0;
    next.outbox.onReadable(() => {
      told += 1;
    });
    await next.outbox.open(never);
    expect(next.outbox.peek(10, 0)).toEqual([]);
    const before = told;
    await quiet();
    expect(told).toBeGreaterThan(before);
    expect(next.outbox.peek(10, 0).map(({ seq }) => seq)).toEqual(range(1, 10));
  });

  for (const whenFull of ['drop-oldest', 'drop-newest', 'thin'] as const) {
    test(`the folder never takes more than its bound (${whenFull})`, async () => {
      const disk = new MemoryDisk();
      let most = 0;
      disk.after = () => {
        most = Math.max(most, disk.bytes);
      };
      const all = await opened({ disk, whenFull });
      let dropped = 0;
      for (let from = 1; from < 4000; from += 40) {
        dropped += fill(all, from, from + 39);
        await written(all);
        const { bytes, held } = all.outbox.status();
        expect(bytes).toBeLessThanOrEqual(65_536);
        if (whenFull !== 'thin') expect(held + dropped).toBe(from + 39);
      }
      expect(most).toBeLessThanOrEqual(65_536);
      expect(most).toBeGreaterThan(40_000);
      const { held, dropped: counted, durable } = all.outbox.status();
      expect(durable).toBe(true);
      expect(held + counted).toBe(4000);
      const seqs = await readAll(all);
      expect(seqs.length).toBe(held);
      if (whenFull === 'drop-oldest') expect(seqs).toEqual(range(4001 - held, 4000));
      if (whenFull === 'drop-newest') expect(seqs.slice(0, 100)).toEqual(range(1, 100));
      if (whenFull === 'thin') {
        expect(seqs[0]).toBeLessThan(200);
        expect(seqs.slice(-50)).toEqual(range(3951, 4000));
        expect(held).toBeGreaterThan(150);
      }
      await all.outbox.close(never);
      const next = await opened({ disk: disk.kill(), whenFull });
      expect(await readAll(next)).toEqual(seqs);
    });
  }

  test('goes on in memory while the disk is full, says so, and returns by itself', async () => {
    const all = await opened();
    fill(all, 1, 100);
    await written(all);
    all.disk.capacity = all.disk.bytes + 777;
    fill(all, 101, 200);
    await written(all);
    expect(all.outbox.status()).toMatchObject({ durable: false, fault: 'outbox/disk-full', held: 200 });
    expect(await readAll(all)).toEqual(range(1, 200));
    all.disk.capacity = Number.POSITIVE_INFINITY;
    await all.clock.advance(120_000);
    await quiet();
    expect(all.outbox.status()).toMatchObject({ durable: true, fault: null, held: 200 });
    const next = await opened({ disk: all.disk.cut() });
    expect(await readAll(next)).toEqual(range(1, 200));
    expect(next.outbox.status().damaged).toBe(0);
  });

  test('a folder that vanishes is made again; what was in it is counted, what it lies in is not made', async () => {
    const all = await opened();
    fill(all, 1, 100);
    await written(all);
    all.disk.files.clear();
    all.disk.folders.clear();
    fill(all, 101, 150);
    await written(all);
    fill(all, 151, 200, 4000);
    await written(all);
    expect(all.outbox.status()).toMatchObject({ durable: false, fault: 'outbox/disk' });
    expect(all.disk.folders.size).toBe(0);
    all.disk.folders.add('/state');
    await all.clock.advance(120_000);
    await quiet();
    expect(all.outbox.status()).toMatchObject({ durable: true, fault: null });
    expect((await readAll(all)).at(-1)).toBe(200);
    const { held, damaged, dropped } = all.outbox.status();
    expect(held + damaged + dropped).toBe(200);
  });

  test('a disk that never answers holds up neither append nor peek nor close', async () => {
    const all = await opened();
    fill(all, 1, 50);
    all.disk.before = () => new Promise(() => {});
    await written(all);
    await all.clock.advance(6000);
    expect(all.outbox.status()).toMatchObject({ durable: false, fault: 'outbox/disk' });
    fill(all, 51, 60);
    expect(all.outbox.peek(100, 0).length).toBe(60);
    const closed = all.outbox.close(never);
    await all.clock.advance(3000);
    await closed;
    expect(all.clock.pending).toBe(0);
  });

  test('a disk that never answers at the start holds up neither start nor readings', async () => {
    const disk = new MemoryDisk();
    disk.before = () => new Promise(() => {});
    const all = rig({ disk });
    const open = all.outbox.open(never);
    await all.clock.advance(6000);
    await open;
    all.outbox.append(record(1));
    expect(all.outbox.peek(9, 0).length).toBe(1);
  });

  test('a backlog that can not be read is given up after half a minute, counted, and left for the next start', async () => {
    const all = await opened();
    fill(all, 1, 300);
    await all.outbox.close(never);
    const next = await opened({ disk: all.disk.kill() });
    next.disk.before = (_, name) => {
      if (name === 'read') throw refusal('EIO');
    };
    fill(next, 301, 310);
    for (let turn = 0; turn < 60; turn += 1) {
      next.outbox.peek(100, 0);
      await next.clock.advance(1000);
    }
    next.disk.before = () => {};
    expect((await readAll(next)).slice(-10)).toEqual(range(301, 310));
    const { damaged, held } = next.outbox.status();
    expect(held + damaged).toBe(310);
    next.outbox.acknowledgeThrough(310);
    await next.outbox.close(never);
    const third = await opened({ disk: next.disk.kill() });
    expect((await readAll(third)).length).toBe(damaged);
  });

  test('files of another version are left as they are, and readings wait in memory', async () => {
    const all = await opened();
    fill(all, 1, 50);
    await all.outbox.close(never);
    const path = join(FOLDER, segmentName(1));
    const file = all.disk.files.get(path);
    file?.data.writeUInt16LE(3, 4);
    file?.data.writeUInt16LE(0xfffc, 6);
    const before = Buffer.from(file?.data ?? []);
    const names = [...all.disk.files.keys()].filter((each) => each.endsWith('.segment'));
    const next = await opened({ disk: all.disk.kill() });
    expect(next.outbox.status()).toMatchObject({ durable: false, fault: 'outbox/format', held: 0 });
    fill(next, 51, 60);
    await written(next);
    expect(next.outbox.peek(100, 0).length).toBe(10);
    await next.outbox.close(never);
    expect(next.disk.files.get(path)?.data).toEqual(before);
    expect([...next.disk.files.keys()].filter((each) => each.endsWith('.segment'))).toEqual(names);
  });

  test('the second of two agents on one folder waits in memory until the first has ended', async () => {
    const alive = new Set<string>();
    const holder = fakeHolder();
    alive.add(await holder.self());
    const first = await opened({ holder });
    const second = await opened({ disk: first.disk, holder: fakeHolder(alive) });
    expect(second.outbox.status()).toMatchObject({ durable: false, fault: 'outbox/in-use' });
    await first.outbox.close(never);
    await second.clock.advance(60_000);
    expect(second.outbox.status()).toMatchObject({ durable: true, fault: null });
  });

  test('a flipped bit anywhere costs at most the rest of its segment, and what is lost is counted', async () => {
    const all = await opened();
    fill(all, 1, 12);
    await all.outbox.close(never);
    const path = join(FOLDER, segmentName(1));
    const length = all.disk.files.get(path)?.data.length ?? 0;
    for (let bit = 0; bit < length * 8; bit += 3) {
      const disk = all.disk.kill();
      const data = Buffer.from(disk.files.get(path)?.data ?? []);
      data[bit >> 3] = (data[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      disk.files.set(path, { data, synced: data });
      const next = await opened({ disk });
      const seqs = await readAll(next);
      const { damaged, held, fault } = next.outbox.status();
      expect(fault).toBeNull();
      expect(held).toBe(seqs.length);
      expect(seqs.length === 12).toBe(damaged === 0);
      expect(seqs).toEqual(range(1, 12).filter((seq) => seqs.includes(seq)));
    }
  });

  test('damage that comes while it runs is found when it is read, counted, and passed over', async () => {
    const all = await opened();
    fill(all, 1, 300);
    await all.outbox.close(never);
    const next = await opened({ disk: all.disk.kill() });
    const data = next.disk.files.get(join(FOLDER, segmentName(2)))?.data;
    data?.fill(0, 1000);
    const seqs = await readAll(next);
    const { held, damaged } = next.outbox.status();
    expect(damaged).toBeGreaterThan(5);
    expect(seqs.length + damaged).toBe(300);
    expect(held).toBe(seqs.length);
    expect(seqs.at(-1)).toBe(300);
  });

  for (const code of ['EIO', 'ENOSPC', 'EROFS']) {
    for (const whenFull of ['drop-oldest', 'thin'] as const) {
      test(`a ${code} at any call loses no reading that was on disk or waits (${whenFull})`, async () => {
        let isDone = false;
        for (let fails = 1; !isDone; fails += 1) {
          const all = rig({ whenFull, maxBytes: 16_384 });
          all.disk.before = (call) => {
            if (call === fails) throw refusal(code);
          };
          const open = all.outbox.open(never);
          await all.clock.advance(1000);
          await open;
          let dropped = 0;
          for (let from = 1; from <= 150; from += 15) {
            dropped += fill(all, from, from + 14);
            await written(all);
            if (from === 31) all.outbox.acknowledgeThrough(20);
          }
          await all.clock.advance(5000);
          await readAll(all);
          await all.clock.advance(5000);
          const seqs = await readAll(all);
          const { held, fault, dropped: counted, damaged } = all.outbox.status();
          expect({ fails, fault, damaged, held }).toEqual({ fails, fault: null, damaged: 0, held: seqs.length });
          expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
          expect(counted).toBeGreaterThanOrEqual(dropped);
          const gone = 150 - 20 - seqs.length;
          // a reading that was both acknowledged and dropped is counted as one of them
          expect(counted).toBeGreaterThanOrEqual(gone);
          expect(counted).toBeLessThanOrEqual(gone + 20);
          isDone = all.disk.calls < fails;
          await all.outbox.close(never);
        }
      });
    }
  }

  test('killed or cut off at any call, the next start has every reading that was synced, once, in order', async () => {
    for (const whenFull of ['drop-oldest', 'thin'] as const) {
      let isDone = false;
      for (let stops = 3; !isDone; stops += 2) {
        const all = rig({ whenFull, maxBytes: 16_384 });
        all.disk.before = (call) => (call >= stops ? new Promise(() => {}) : undefined);
        const open = all.outbox.open(never);
        await quiet();
        let safe = 0;
        let acknowledged = 0;
        for (let from = 1; from <= 120 && all.disk.calls < stops; from += 15) {
          fill(all, from, from + 14);
          await written(all);
          if (all.disk.calls < stops) safe = from + 14;
          if (from === 31) {
            acknowledged = 20;
            all.outbox.acknowledgeThrough(20);
          }
        }
        isDone = all.disk.calls < stops;
        for (const left of [all.disk.cut(), all.disk.kill()]) {
          const next = await opened({ disk: left, whenFull, maxBytes: 16_384 });
          const seqs = await readAll(next);
          expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
          // thinned a moment before the end, a group is gone that nobody had counted yet
          const uncounted = whenFull === 'thin' ? 10 : 0;
          const dropped = all.outbox.status().dropped + next.outbox.status().dropped + uncounted;
          const missing = range(acknowledged + 1, safe).filter((seq) => !seqs.includes(seq));
          expect({ stops, whenFull, missing: missing.length > dropped ? missing : [] }).toEqual({
            stops,
            whenFull,
            missing: [],
          });
          expect(next.outbox.status().held).toBe(seqs.length);
        }
        const closed = all.outbox.close(never);
        await all.clock.advance(20_000);
        await Promise.all([open, closed]);
      }
    }
  });

  test('any run of appends, acknowledgements and crashes agrees with a model', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ do: fc.constant('ack' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ do: fc.constant('wait' as const) }),
      fc.record({ do: fc.constant('stop' as const) }),
      fc.record({ do: fc.constant('cut' as const) }),
      fc.record({ do: fc.constant('kill' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        let all = await opened({ maxBytes: 1_000_000 });
        let seq = 0;
        let floor = 0;
        let alive: number[] = [];
        let synced: number[] = [];
        for (const action of steps) {
          if (action.do === 'append') {
            fill(all, seq + 1, seq + action.count);
            alive.push(...range(seq + 1, seq + action.count));
            seq += action.count;
          } else if (action.do === 'ack') {
            floor += Math.floor((seq - floor) * action.share);
            all.outbox.acknowledgeThrough(floor);
            alive = alive.filter((each) => each > floor);
          } else if (action.do === 'wait') {
            await written(all);
            synced = [...alive];
          } else {
            if (action.do === 'stop') {
              await all.outbox.close(never);
              synced = [...alive];
            }
            const disk = action.do === 'cut' ? all.disk.cut() : all.disk.kill();
            all = await opened({ disk, maxBytes: 1_000_000 });
            const seqs = await readAll(all);
            expect(all.outbox.status()).toMatchObject({ damaged: 0, dropped: 0, held: seqs.length });
            const sure = synced.filter((each) => each > floor);
            expect(seqs.filter((each) => each > floor).slice(0, sure.length)).toEqual(sure);
            expect(seqs.filter((each) => each > floor)).toEqual(alive.slice(0, seqs.filter((e) => e > floor).length));
            if (action.do === 'stop') expect(seqs).toEqual(alive);
            all.outbox.acknowledgeThrough(floor);
            alive = seqs.filter((each) => each > floor);
            synced = [...alive];
          }
          expect(await readAll(all)).toEqual(alive);
          expect(all.outbox.status().held).toBe(alive.length);
        }
        await all.outbox.close(never);
      }),
      { numRuns: 25 },
    );
  });
});
