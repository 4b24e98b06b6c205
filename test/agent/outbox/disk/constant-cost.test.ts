import { describe, expect, it } from 'vitest';
import type { OutboxRecord } from '../../../../agent/outbox/outbox.ts';
import { RecordQueue } from '../../../../agent/outbox/record-queue.ts';
import { Backlog } from '../../../../agent/outbox/segments/backlog.ts';
import { emptySegment, type Segment } from '../../../../agent/outbox/segments/segment.ts';
import { systemFault } from '../../../../drivers/contract/fault.ts';
import { MemoryDisk, refusal } from '../memory-disk.ts';
import { record } from '../outbox-contract.ts';
import { fill, opened, quiet, range, readAll, rig, until, written } from './disk-rig.ts';

/** The segments of the largest outbox that the config allows: 16 GiB in segments of 1 MiB. */
const SEGMENTS = 16_384;

/** A backlog of that many segments, and how often one of them is looked at. */
function large(): { readonly backlog: Backlog; readonly segments: readonly Segment[]; looks: () => number } {
  let looks = 0;
  const backlog = new Backlog();
  const segments = range(1, SEGMENTS).map((number): Segment => {
    const first = number * 1000;
    const plain = { ...emptySegment(number, 1000), first, last: first + 999, count: 1000, end: 1000 };
    return new Proxy(plain, {
      get: (target, name) => {
        looks += 1;
        return Reflect.get(target, name);
      },
    });
  });
  for (const segment of segments) backlog.add(segment);
  return { backlog, segments, looks: () => looks };
}

describe('an outbox of the largest size', () => {
  it('looks at a bounded number of segments for each reading, however many there are', () => {
    const { backlog, segments, looks } = large();
    const before = looks();
    for (let reading = 0; reading < 100; reading += 1) {
      const newest = segments.at(-1) ?? emptySegment(0);
      expect([backlog.bytes, backlog.isEmpty]).toEqual([SEGMENTS * 1000 + reading, false]);
      expect(backlog.held).toBe(SEGMENTS * 1000 - reading);
      backlog.change(newest, { end: newest.end + 1 });
      backlog.passThrough(1000 + reading, () => undefined);
      backlog.add(newest);
    }
    expect(looks() - before).toBeLessThan(100 * 40);
  });

  it('drops a segment at either end by looking at that one', () => {
    const { backlog, looks } = large();
    const before = looks();
    for (let drop = 0; drop < 100; drop += 1) expect(backlog.dropOldest()?.records).toBe(1000);
    expect(backlog.bytes).toBe((SEGMENTS - 100) * 1000);
    expect(looks() - before).toBeLessThan(100 * 20);
  });

  it('keeps its sums whatever becomes of a segment', () => {
    const { backlog, segments } = large();
    const [one, two, three, four, five] = segments;
    if (!one || !two || !three || !four || !five) throw new Error('there are none');
    backlog.setAside([one]);
    backlog.cut(two, 4, 2003, 400);
    backlog.vanished([three, one]);
    backlog.doom([four]);
    backlog.removed(four);
    backlog.replace([five], { ...emptySegment(5, 500), first: 5000, last: 5998, count: 5, end: 500 });
    backlog.passThrough(2001, () => undefined);
    const live = backlog.live;
    expect(backlog.held).toBe(live.reduce((sum, { count, passed }) => sum + count - passed, 0));
    expect(backlog.bytes).toBe(live.reduce((sum, { end }) => sum + end, 0));
    expect(backlog.files).toHaveLength(live.length);
  });

  it('counts acknowledged readings of a thinned segment without looking at each', () => {
    let looks = 0;
    const queue = new RecordQueue();
    for (let seq = 1; seq <= 20_000; seq += 1) {
      const found: OutboxRecord = {
        ...record(seq),
        get seq() {
          looks += 1;
          return seq;
        },
      };
      queue.push(found);
    }
    looks = 0;
    expect(queue.countBetween(100, 15_100)).toBe(15_000);
    expect(looks).toBeLessThan(100);
  });

  it('never reads its folder for a write', async () => {
    const all = await opened();
    const names: string[] = [];
    all.disk.before = (_, name) => void names.push(name);
    for (let from = 1; from <= 200; from += 10) {
      fill(all, from, from + 9);
      await written(all);
    }
    expect(names.filter((name) => name === 'sync').length).toBeGreaterThanOrEqual(20);
    expect(names).not.toContain('readdir');
  });
});

describe('a write that is under way', () => {
  it('is not counted as dropped when memory is full, and what is dropped is what is never sent', async () => {
    const all = await opened({ maxBytes: 1_073_741_824 });
    fill(all, 1, 5);
    await written(all);
    let go = () => {};
    all.disk.before = (_, name) => {
      if (name !== 'sync') return undefined;
      return new Promise<void>((resolve) => {
        go = resolve;
      });
    };
    // more than memory takes while the disk does not answer
    const size = 200_000;
    let seq = 5;
    for (let dropped = 0; dropped < 20; seq += 1) {
      dropped += all.outbox.append(record(seq + 1, 'd', size));
      if (seq % 5 === 0) await quiet(2);
    }
    all.disk.before = () => undefined;
    go();
    await until(all, () => all.outbox.status().durable);
    await quiet();
    const { held, dropped, taken } = all.outbox.status();
    expect(held + dropped).toBe(taken);
    expect(await readAll(all)).toHaveLength(held);
  });
});

describe('what went wrong with a disk', () => {
  it.each([
    [refusal('EIO'), 'outbox/disk'],
    [Object.assign(new Error(), { code: 'UNKNOWN', syscall: 'read' }), 'outbox/disk'],
    [new TypeError('x is not a function'), 'internal/unexpected'],
    [Object.assign(new TypeError(), { code: 'ERR_INVALID_ARG_TYPE' }), 'internal/unexpected'],
  ])("is the disk's only if the operating system said so: %s", (error, code) => {
    expect(systemFault(error, 'outbox/disk').code).toBe(code);
  });

  it('stands in the status, also where it is a mistake of ours', async () => {
    const disk = new MemoryDisk();
    disk.before = () => {
      throw new TypeError('x is not a function');
    };
    const all = rig({ disk });
    const open = all.outbox.open(new AbortController().signal);
    await all.clock.advance(3000);
    await open;
    expect(all.outbox.status()).toMatchObject({ durable: false, fault: 'internal/unexpected' });
  });
});
