import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeHeader, SEGMENT_HEADER, segmentName } from '../../../../agent/outbox/segments/format.ts';
import { encode, encodedLength } from '../../../../agent/outbox/segments/record-format.ts';
import { segmentKeysIn } from '../../../../agent/outbox/segments/record-scan.ts';
import { meterReading } from '../../../../scripts/testbed/meter-reading.ts';
import { MemoryDisk } from '../memory-disk.ts';
import { record } from '../outbox-contract.ts';
import { FOLDER, never, opened, quiet, type Rig, range, readAll, rig, written } from './disk-rig.ts';

const DEVICES = 8;
/** Segments of a mebibyte. */
const LARGE = 16_777_216;
const path = (number: number) => join(FOLDER, segmentName(number));

async function sync(all: Rig, from: number, to: number): Promise<number> {
  let dropped = 0;
  for (let seq = from; seq <= to; seq += 1) dropped += all.outbox.append(meterReading(seq, DEVICES));
  await written(all);
  return dropped;
}

/** The header of a segment as the version before blocks wrote it. */
function plainHeader(number: number): Buffer {
  const bytes = encodeHeader({ number, covers: number });
  bytes.writeUInt16LE(1, 4);
  bytes.writeUInt16LE(0xfffe, 6);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, SEGMENT_HEADER - 4)), SEGMENT_HEADER - 4);
  return bytes;
}

describe('an outbox on disk of meters', () => {
  it('holds ten times the readings that its bytes would take one by one, within its bound', async () => {
    const disk = new MemoryDisk();
    const all = await opened({ disk, maxBytes: 1_048_576 });
    let most = 0;
    disk.after = () => {
      most = Math.max(most, disk.bytes);
    };
    let dropped = 0;
    let last = 0;
    for (; dropped === 0; last += 40) dropped += await sync(all, last + 1, last + 40);
    const { held, bytes } = all.outbox.status();
    expect(most).toBeLessThanOrEqual(1_048_576);
    expect(bytes).toBeLessThanOrEqual(1_048_576);
    expect((held * encodedLength(meterReading(1, DEVICES))) / 1_048_576).toBeGreaterThan(10);
    expect(await readAll(all)).toEqual(range(last - held + 1, last));
  });

  it('writes less than a fifth of what its readings take, each once', async () => {
    const all = await opened({ maxBytes: LARGE });
    const before = all.outbox.status().writtenBytes;
    for (let from = 1; from <= 900; from += 180) await sync(all, from, from + 179);
    const raw = range(1, 900).reduce((sum, seq) => sum + encodedLength(meterReading(seq, DEVICES)), 0);
    expect(all.outbox.status().writtenBytes - before).toBeLessThan(raw / 5);
    expect([...all.disk.files.keys()].filter((name) => name.endsWith('.segment'))).toHaveLength(1);
  });

  it.each([4, 40])('deflates at the end no more than it has time for (%i readings at once)', async (count) => {
    let deflated = 0;
    const deflate = async (bytes: Buffer) => {
      deflated += bytes.length;
      return deflateRawSync(bytes);
    };
    const all = await opened({ deflate });
    for (let seq = 1; seq <= count; seq += 1) all.outbox.append(meterReading(seq, DEVICES));
    await all.outbox.close(never);
    // of its 64 KiB it gathers 8 in memory: more waits only where the disk was away
    expect(deflated).toBeGreaterThan(0);
    expect(deflated).toBeLessThanOrEqual(8192);
    expect(await readAll(await opened({ disk: all.disk.kill() }))).toEqual(range(1, count));
  });

  it('keeps its place within a block over a stop', async () => {
    const all = await opened({ maxBytes: LARGE });
    await sync(all, 1, 60);
    await sync(all, 61, 120);
    all.outbox.acknowledgeThrough(77);
    expect(all.outbox.status().held).toBe(43);
    await all.outbox.close(never);
    const next = await opened({ disk: all.disk.kill(), maxBytes: LARGE });
    expect(next.outbox.status()).toMatchObject({ held: 43, damaged: 0 });
    expect(await readAll(next)).toEqual(range(78, 120));
    expect(next.outbox.peek(1, 0)).toEqual([meterReading(78, DEVICES)]);
  });

  it('goes on after a start with the keys that its segment has', async () => {
    let disk = new MemoryDisk();
    for (let from = 1; from <= 150; from += 10) {
      const all = await opened({ disk, maxBytes: LARGE });
      await sync(all, from, from + 9);
      await all.outbox.close(never);
      disk = all.disk.kill();
    }
    const data = disk.files.get(path(1))?.data ?? Buffer.alloc(0);
    expect(disk.files.has(path(2))).toBe(false);
    // one more once it is longer than a page
    expect(segmentKeysIn(data, SEGMENT_HEADER)).toMatchObject({ copies: 2, records: 150 });
    expect(await readAll(await opened({ disk, maxBytes: LARGE }))).toEqual(range(1, 150));
  });

  it('loses one block to a flipped bit, counts its readings, and gives the others', async () => {
    const all = await opened({ maxBytes: LARGE });
    for (let from = 1; from <= 90; from += 30) await sync(all, from, from + 29);
    await all.outbox.close(never);
    const length = all.disk.files.get(path(1))?.data.length ?? 0;
    for (let at = SEGMENT_HEADER + 1; at < length; at += 31) {
      const disk = all.disk.kill();
      const data = Buffer.from(disk.files.get(path(1))?.data ?? []);
      data[at] = (data[at] ?? 0) ^ 4;
      disk.files.set(path(1), { data, synced: data });
      const next = await opened({ disk, maxBytes: LARGE });
      const seqs = await readAll(next);
      const { held, damaged, fault } = next.outbox.status();
      expect({ held, fault }).toEqual({ held: seqs.length, fault: null });
      // the keys lie there twice: where one copy is damaged nothing is lost, and nothing counted
      expect([60, 90]).toContain(seqs.length);
      expect(damaged).toBe(90 - seqs.length);
    }
  });

  it('reads what the version before blocks wrote, and writes nothing more to it', async () => {
    const disk = new MemoryDisk();
    disk.folders.add(FOLDER);
    const data = Buffer.concat([plainHeader(1), encode(range(1, 5).map((seq) => record(seq)))]);
    disk.files.set(path(1), { data, synced: data });
    const all = await opened({ disk });
    expect(all.outbox.status()).toMatchObject({ held: 5, damaged: 0, durable: true });
    await sync(all, 6, 20);
    expect(disk.files.get(path(1))?.data).toEqual(data);
    expect(disk.files.has(path(2))).toBe(true);
    expect(await readAll(all)).toEqual(range(1, 20));
  });

  it.each(['drop-oldest', 'thin'] as const)(
    'cut off at any call, the next start has every reading that was synced, once (%s)',
    async (whenFull) => {
      let isDone = false;
      for (let stops = 3; !isDone; stops += 3) {
        const all = rig({ whenFull, maxBytes: 1_048_576 });
        all.disk.before = (call) => (call >= stops ? new Promise(() => {}) : undefined);
        void all.outbox.open(never);
        await quiet();
        let safe = 0;
        for (let from = 1; from <= 160 && all.disk.calls < stops; from += 40) {
          await sync(all, from, from + 39);
          if (all.disk.calls < stops) safe = from + 39;
        }
        isDone = all.disk.calls < stops;
        for (const left of [all.disk.cut(), all.disk.kill()]) {
          const next = await opened({ disk: left, whenFull, maxBytes: 1_048_576 });
          const seqs = await readAll(next);
          expect(seqs).toEqual(range(1, seqs.length));
          expect(seqs.length).toBeGreaterThanOrEqual(safe);
          expect(next.outbox.status().damaged).toBe(0);
        }
      }
    },
  );
});
