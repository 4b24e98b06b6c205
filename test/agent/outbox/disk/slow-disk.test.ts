import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeHeader, segmentName } from '../../../../agent/outbox/segments/format.ts';
import { encode } from '../../../../agent/outbox/segments/record-format.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import type { FakeClock } from '../../../support/fake-clock.ts';
import { MemoryDisk, refusal } from '../memory-disk.ts';
import { record } from '../outbox-contract.ts';
import { FOLDER, fill, never, quiet, type Rig, range, rig, until } from './disk-rig.ts';

const GIB = 1_073_741_824;
const EACH = 3;

/** A folder with so many full segments of three records each: their content does not matter to how long they take. */
function full(segments: number): MemoryDisk {
  const disk = new MemoryDisk();
  disk.folders.add(FOLDER);
  for (let number = 1; number <= segments; number += 1) {
    const seqs = range((number - 1) * EACH + 1, number * EACH);
    const data = Buffer.concat([encodeHeader({ number, covers: number }), encode(seqs.map((seq) => record(seq)))]);
    disk.files.set(join(FOLDER, segmentName(number)), { data, synced: data });
  }
  return disk;
}

/** Each read takes so long; the other calls take no time. */
function slow(disk: MemoryDisk, clock: FakeClock, span: number): void {
  disk.before = (_, name) => (name === 'read' ? clock.sleep(milliseconds(span), never) : undefined);
}

/** A rig whose reads take so long. */
function slowRig(disk: MemoryDisk, span: number, options: object = {}): Rig {
  const made = rig({ disk, maxBytes: GIB, ...options });
  slow(disk, made.clock, span);
  return made;
}

/** Takes and acknowledges what can be had, as a broker does that is there. */
function taker({ outbox }: Rig): { readonly seqs: number[]; take(): void } {
  const seqs: number[] = [];
  const take = (): void => {
    for (let more = true; more; ) {
      const records = outbox.peek(64, seqs.at(-1) ?? 0);
      seqs.push(...records.map(({ seq }) => seq));
      more = records.length > 0;
      outbox.acknowledgeThrough(seqs.at(-1) ?? 0);
    }
  };
  outbox.onReadable(take);
  return { seqs, take };
}

describe('an outbox on a slow disk', () => {
  it('brings a gibibyte back at 20 ms a read, sends it meanwhile, and what is new behind it', async () => {
    const all = slowRig(full(1024), 20);
    const { seqs, take } = taker(all);
    const from = all.clock.now();
    const open = all.outbox.open(never);
    let isOpen = false;
    void open.then(() => {
      isOpen = true;
    });
    await until(all, () => isOpen, 6000);
    const last = 1024 * EACH;
    expect(all.outbox.lastSeq).toBe(last);
    fill(all, last + 1, last + 10);
    take();
    expect(seqs.length).toBeLessThan(last);
    await until(all, () => all.outbox.status().durable, 120_000);
    // longer than any single errand may take
    expect(all.clock.now() - from).toBeGreaterThan(20_000);
    await until(all, () => seqs.length >= last + 10);
    expect(seqs).toEqual(range(1, last + 10));
    expect(all.outbox.status()).toMatchObject({ damaged: 0, dropped: 0, fault: null });
  });

  it('knows the newest number before anything is given out, so that no number comes twice', async () => {
    const all = slowRig(full(600), 20);
    void all.outbox.open(never);
    await until(all, () => all.outbox.lastSeq > 0, 1000);
    expect(all.outbox.lastSeq).toBe(600 * EACH);
  });

  it('holds the start no longer than its bound, however many errands take their time', async () => {
    const all = slowRig(full(50), 4000);
    let isOpen = false;
    void all.outbox.open(never).then(() => {
      isOpen = true;
    });
    await until(all, () => isOpen, 5100);
    fill(all, 50 * EACH + 1, 50 * EACH + 3);
    expect(all.outbox.peek(10, 0)).toEqual([]);
    await until(all, () => all.outbox.status().durable);
    expect(all.outbox.status()).toMatchObject({ held: 51 * EACH, damaged: 0, fault: null });
  });

  it('leaves the rest for the next start when one file hangs, and sends what is new', async () => {
    const disk = full(10);
    const all = slowRig(disk, 20);
    let reads = 0;
    let go = () => {};
    disk.before = (_, name) => {
      if (name === 'read') reads += 1;
      if (name !== 'read' || reads !== 8) return undefined;
      return new Promise<void>((resolve) => {
        go = resolve;
      });
    };
    const { seqs, take } = taker(all);
    void all.outbox.open(never);
    await until(all, () => all.outbox.status().fault !== null);
    fill(all, 10 * EACH + 1, 10 * EACH + 2);
    take();
    expect(seqs.slice(-2)).toEqual([31, 32]);
    const before = seqs.length;
    go();
    await until(all, () => all.outbox.status().durable);
    await quiet();
    take();
    expect(seqs.length).toBe(before);
    await all.outbox.close(never);
    const next = rig({ disk: disk.kill(), maxBytes: GIB });
    const later = taker(next);
    await next.outbox.open(never);
    later.take();
    await quiet();
    expect([...new Set([...seqs, ...later.seqs])].sort((a, b) => a - b)).toEqual(range(1, 32));
  });

  it('tries a file again that it can not read at first, and goes on from there', async () => {
    const disk = full(20);
    const all = rig({ disk, maxBytes: GIB });
    const reads = new Map<string, number>();
    const open = disk.open.bind(disk);
    disk.open = async (path, how) => {
      const count = (reads.get(path) ?? 0) + (how === 'read' ? 1 : 0);
      reads.set(path, count);
      // the first try of every third
      if (how === 'read' && /[369]\.segment$/.test(path) && count === 1) throw refusal('EIO');
      return open(path, how);
    };
    void all.outbox.open(never);
    await until(all, () => all.outbox.lastSeq > 0);
    const { seqs, take } = taker(all);
    fill(all, 20 * EACH + 1, 20 * EACH + 2);
    take();
    await until(all, () => seqs.length >= 20 * EACH + 2);
    expect(seqs).toEqual(range(1, 20 * EACH + 2));
    expect(all.outbox.status()).toMatchObject({ held: 0, damaged: 0 });
    // tried, tried again, and read once to be sent
    expect(reads.get(join(FOLDER, segmentName(3)))).toBe(3);
  });

  it('writes what has come at a stop in the middle of it, and the next start has all', async () => {
    const disk = full(200);
    const all = slowRig(disk, 20);
    void all.outbox.open(never);
    await until(all, () => all.outbox.lastSeq > 0);
    fill(all, 200 * EACH + 1, 200 * EACH + 5);
    await all.clock.advance(200);
    const close = all.outbox.close(never);
    await all.clock.advance(2500);
    await close;
    disk.before = () => {};
    const next = rig({ disk: disk.kill(), maxBytes: GIB });
    await next.outbox.open(never);
    expect(next.outbox.status()).toMatchObject({ held: 200 * EACH + 5, damaged: 0 });
  });

  it('drops the oldest of what is new while memory is full, and not what has not been found yet', async () => {
    const all = slowRig(full(100), 20);
    void all.outbox.open(never);
    await until(all, () => all.outbox.lastSeq > 0);
    const last = 100 * EACH;
    for (let seq = last + 1, dropped = 0; dropped < 3; seq += 1) {
      dropped += all.outbox.append(record(seq, 'd', 200_000));
    }
    await until(all, () => all.outbox.status().durable);
    const { taken, held, dropped } = all.outbox.status();
    expect([dropped, held]).toEqual([3, last + taken - 3]);
  });

  it.each(['drop-oldest', 'drop-newest', 'thin'] as const)(
    'keeps its bound when it is over, by the rule: %s',
    async (whenFull) => {
      const disk = full(100);
      const all = slowRig(disk, 20, { maxBytes: 65_536, whenFull });
      void all.outbox.open(never);
      await until(all, () => all.outbox.lastSeq > 0);
      const last = 100 * EACH;
      fill(all, last + 1, last + 400);
      await until(all, () => all.outbox.status().durable);
      const { held, dropped, bytes, damaged } = all.outbox.status();
      expect(bytes).toBeLessThanOrEqual(65_536);
      expect([held + dropped, damaged]).toEqual([last + 400, 0]);
      const { seqs, take } = taker(all);
      take();
      await until(all, () => all.outbox.status().held === 0);
      if (whenFull === 'drop-newest') expect(seqs).toEqual(range(1, held));
      else expect(seqs.at(-1)).toBe(last + 400);
    },
  );
});
