import { describe, expect, it } from 'vitest';
import { MemoryOutbox } from '../../../agent/outbox/memory-outbox.ts';
import type { Outbox, OutboxRecord } from '../../../agent/outbox/outbox.ts';
import { emptySegment, type Segment } from '../../../agent/outbox/segments/segment.ts';
import { Sifting } from '../../../agent/outbox/segments/sifting.ts';
import { never, opened, quiet, range, rig, until, written } from './disk/disk-rig.ts';
import { MemoryDisk, refusal } from './memory-disk.ts';
import { record, type WhenFull } from './outbox-contract.ts';

const MOST = 65_536;
const POLICIES: readonly WhenFull[] = ['drop-oldest', 'drop-newest', 'thin'];

/** One under test, and time for its disk. */
interface Place {
  readonly outbox: Outbox;
  readonly rest: () => Promise<void>;
}

async function place(kind: string, whenFull: WhenFull, disk = new MemoryDisk()): Promise<Place> {
  if (kind === 'in memory') return { outbox: new MemoryOutbox(MOST, whenFull), rest: async () => {} };
  const all = await opened({ whenFull, disk });
  return { outbox: all.outbox, rest: () => written(all) };
}

async function everything({ outbox }: Place): Promise<readonly OutboxRecord[]> {
  const found: OutboxRecord[] = [];
  for (let idle = 0; idle < 3; ) {
    const records = outbox.peek(100, found.at(-1)?.seq ?? 0);
    idle = records.length === 0 ? idle + 1 : 0;
    found.push(...records);
    await quiet();
  }
  return found;
}

/** The plant sends a reading of each device and then so many of the flood, over and over. @returns the newest number */
async function send(
  { outbox, rest }: Place,
  from: number,
  rounds: number,
  lines: number,
  devices = ['scale', 'meter'],
) {
  let seq = from;
  for (let round = 0; round < rounds; round += 1) {
    for (const device of devices) outbox.append(record(++seq, device, 100));
    for (let line = 0; line < lines; line += 1) outbox.append(record(++seq, 'flood', 100));
    await rest();
  }
  return seq;
}

for (const kind of ['in memory', 'on disk']) {
  describe(`an outbox ${kind} that one device floods`, () => {
    it.each(POLICIES)('keeps the readings of the others, and counts what went (%s)', async (whenFull) => {
      const all = await place(kind, whenFull);
      const taken = await send(all, 0, 30, 60);
      const found = await everything(all);
      for (const device of ['scale', 'meter']) {
        const kept = found.filter((each) => each.device === device);
        // old history gets sparse with `thin`, also of those that do not flood: later, and never as much
        if (whenFull === 'thin') expect(kept.length).toBeGreaterThanOrEqual(15);
        else expect(kept).toHaveLength(30);
      }
      const { held, dropped, bytes, damaged } = all.outbox.status();
      expect({ held, lost: dropped, damaged }).toEqual({ held: found.length, lost: taken - found.length, damaged: 0 });
      expect(bytes).toBeLessThanOrEqual(MOST);
      expect(found.length).toBeGreaterThan(150);
      const numbers = found.map(({ seq }) => seq);
      expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
      // of its own the newest stay, unless the oldest are what is to be kept
      if (whenFull !== 'drop-newest') expect(numbers.at(-1)).toBe(taken);
    });

    it.each(POLICIES)('still takes its readings while it has room, and all of a lone device (%s)', async (whenFull) => {
      const all = await place(kind, whenFull);
      for (let seq = 1; seq <= 150; seq += 1) expect(all.outbox.append(record(seq, 'flood', 100))).toBe(0);
      all.outbox.append(record(151, 'meter', 100));
      for (let seq = 152; seq <= 160; seq += 1) expect(all.outbox.append(record(seq, 'flood', 100))).toBe(0);
      const lone = await place(kind, whenFull);
      await send(lone, 0, 20, 60, []);
      const { bytes, held, dropped } = lone.outbox.status();
      expect(bytes).toBeGreaterThan(MOST / 2);
      expect(held + dropped).toBe(1200);
    });
  });
}

describe('an outbox on disk that is sifted', () => {
  it('keeps what it saved over a restart, once, in order, and goes on sifting behind it', async () => {
    const disk = new MemoryDisk();
    const before = await place('on disk', 'drop-oldest', disk);
    const last = await send(before, 0, 40, 60);
    const left = disk.kill();
    const after = await place('on disk', 'drop-oldest', left);
    await send(after, last, 20, 60);
    const found = await everything(after);
    const numbers = found.map(({ seq }) => seq);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other));
    for (const device of ['scale', 'meter']) {
      expect(found.filter((each) => each.device === device)).toHaveLength(60);
    }
    expect(after.outbox.status()).toMatchObject({ held: found.length, damaged: 0, durable: true });
  });

  it('sends what it saved before what came later, and forgets it once it is acknowledged', async () => {
    const all = await place('on disk', 'drop-oldest');
    const last = await send(all, 0, 40, 60);
    const found = await everything(all);
    expect(found.slice(0, 2).map(({ device }) => device)).toEqual(['scale', 'meter']);
    all.outbox.acknowledgeThrough(found[9]?.seq ?? 0);
    expect(await everything(all)).toEqual(found.slice(10));
    expect(all.outbox.status().held).toBe(found.length - 10);
    all.outbox.acknowledgeThrough(last);
    await all.rest();
    expect(all.outbox.status()).toMatchObject({ held: 0, bytes: 0 });
  });

  it.each(['EIO', 'ENOSPC', 'ENOENT'])('loses nothing over a disk that refuses any call of it (%s)', async (code) => {
    let isDone = false;
    for (let fails = 40; !isDone; fails += 7) {
      const all = rig({ maxBytes: 16_384 });
      all.disk.before = (call) => {
        if (call === fails) throw refusal(code);
      };
      const open = all.outbox.open(never);
      await all.clock.advance(1000);
      await open;
      const one = { outbox: all.outbox, rest: () => written(all) };
      const taken = await send(one, 0, 12, 12);
      await all.clock.advance(5000);
      await everything(one);
      await all.clock.advance(5000);
      const found = await everything(one);
      const { held, dropped, damaged, fault } = all.outbox.status();
      expect({ fails, fault, held, sum: held + dropped + damaged }).toEqual({
        ...{ fails, fault: null, held: found.length, sum: taken },
      });
      const numbers = found.map(({ seq }) => seq);
      expect(numbers).toEqual([...new Set(numbers)].toSorted((first, other) => first - other));
      isDone = all.disk.calls < fails;
      await all.outbox.close(never);
    }
  });

  it('writes at most half as much again for it', async () => {
    const quietly = await opened();
    const flooded = await opened();
    let seq = 0;
    const writtenBy = async (all: typeof quietly, device: (seq: number) => string) => {
      seq = 0;
      for (let round = 0; round < 60; round += 1) {
        for (let line = 0; line < 40; line += 1) all.outbox.append(record(++seq, device(seq), 100));
        await written(all);
      }
      return all.outbox.status().writtenBytes;
    };
    const plain = await writtenBy(quietly, () => 'flood');
    const sifted = await writtenBy(flooded, (number) => (number % 20 === 0 ? 'meter' : 'flood'));
    expect(sifted).toBeGreaterThan(plain);
    expect(sifted).toBeLessThan(plain * 1.5);
  });

  it('leaves a plant in which none floods as it is: the oldest go, whole', async () => {
    const all = await opened();
    const names: string[] = [];
    all.disk.before = (_, name) => void names.push(name);
    for (let seq = 1; seq <= 3000; seq += 1) {
      all.outbox.append(record(seq, `d${seq % 5}`, 100));
      if (seq % 40 === 0) await written(all);
    }
    await until(all, () => all.outbox.status().durable);
    expect(names).not.toContain('rename');
    const found = await everything({ outbox: all.outbox, rest: async () => {} });
    expect(found.map((each) => each.seq)).toEqual(range(3001 - found.length, 3000));
  });
});

describe('what is sifted next', () => {
  const segment = (number: number, over: Partial<Segment> = {}): Segment => ({
    ...{ ...emptySegment(number, 1000), first: number * 10, last: number * 10 + 9, count: 10, end: 1000 },
    ...over,
  });
  const sifting = new Sifting(1000, 500);
  const numbers = (live: readonly Segment[]) => {
    const next = sifting.next(live);
    return next && { group: next.group.map((each) => each.number), onto: next.onto?.number, isBehind: next.isBehind };
  };

  it('is the two oldest that were not, and what was saved before them if it has room', () => {
    const plain = [3, 4, 5, 6].map((number) => segment(number));
    expect(numbers(plain)).toEqual({ group: [3, 4], onto: undefined, isBehind: false });
    expect(numbers([segment(1, { covers: 2, end: 400 }), ...plain])).toEqual({
      group: [3, 4],
      onto: 1,
      isBehind: true,
    });
    expect(numbers([segment(1, { covers: 2, end: 600 }), ...plain])).toEqual({
      ...{ group: [3, 4], onto: undefined, isBehind: true },
    });
  });

  it('is nothing where only the newest is left, or what was saved takes half', () => {
    expect(numbers([segment(1), segment(2)])).toBeUndefined();
    const saved = [1, 3, 5, 7].map((number) => segment(number, { covers: number + 1 }));
    expect(numbers([...saved, segment(9), segment(10), segment(11)])).toBeUndefined();
    expect(numbers(saved)).toBeUndefined();
  });
});
