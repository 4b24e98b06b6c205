import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_KEYS, pack, unpack } from '../../../../agent/outbox/blocks/block.ts';
import { BLOCK_HEAD, blockAt, encodeBlock, LARGEST_BLOCK } from '../../../../agent/outbox/blocks/block-format.ts';
import { DEFLATE_OPTIONS, type Deflate, deflateInThread } from '../../../../agent/outbox/blocks/deflating.ts';
import { rowsIn } from '../../../../agent/outbox/blocks/rows.ts';
import { varints } from '../../../../agent/outbox/blocks/varint.ts';
import type { OutboxRecord } from '../../../../agent/outbox/outbox.ts';
import { encode, encodedLength } from '../../../../agent/outbox/segments/record-format.ts';
import { scanRecords, segmentKeysIn, survey } from '../../../../agent/outbox/segments/record-scan.ts';
import { meterReading } from '../../../../scripts/testbed/meter-reading.ts';
import { record } from '../outbox-contract.ts';

const deflate: Deflate = async (bytes, dictionary) => {
  return deflateRawSync(bytes, { ...DEFLATE_OPTIONS, ...(dictionary && { dictionary }) });
};
const FRESH = { keys: NO_KEYS, isRepeated: false, mostDictionary: 16_384 };
const scan = (bytes: Buffer) => scanRecords(bytes, { from: 0, after: 0, isWhole: true });
const meters = (from: number, count: number, devices = 8) =>
  Array.from({ length: count }, (_, index) => meterReading(from + index, devices));
const rawOf = (records: readonly OutboxRecord[]) => records.reduce((sum, each) => sum + encodedLength(each), 0);

/** Three appends to one segment, as three syncs make them, and where each block begins. */
async function segment(): Promise<{ bytes: Buffer; all: OutboxRecord[]; starts: number[] }> {
  const all = meters(1, 30);
  let packing = FRESH;
  const parts: Buffer[] = [];
  for (const from of [0, 10, 20]) {
    const { bytes, keys } = await pack(all.slice(from, from + 10), packing, deflate);
    packing = { ...FRESH, keys };
    parts.push(bytes);
  }
  const bytes = Buffer.concat(parts);
  const starts: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const read = blockAt(bytes, at);
    if (read?.kind === 'block') starts.push(at);
    at = read?.end ?? bytes.length;
  }
  return { bytes, all, starts };
}

describe('a block of readings', () => {
  it('comes back byte for byte, whatever its texts are', async () => {
    const text = fc.oneof(
      fc.json(),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary-ascii' }),
      fc.double().map(String),
    );
    const one = fc.record({
      gap: fc.integer({ min: 1, max: 1e6 }),
      device: fc.string({ maxLength: 8 }),
      payload: text,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 40 }), async (list) => {
        let seq = 0;
        const records = list.map(({ gap, device, payload }) => {
          seq += gap;
          return { seq, device, payload };
        });
        const { bytes, rawBytes } = await pack(records, FRESH, deflate);
        expect(scan(bytes)).toMatchObject({ records, lost: 0, repeated: 0, why: 'more', end: bytes.length });
        expect([rawBytes, bytes.length <= rawBytes]).toEqual([rawOf(records), true]);
      }),
    );
  });

  it('is deflated in a thread to the same bytes', async () => {
    const records = meters(1, 20);
    const threaded = await pack(records, FRESH, deflateInThread);
    expect(threaded.bytes).toEqual((await pack(records, FRESH, deflate)).bytes);
  });

  it('of five seconds of meters takes a tenth of what its readings take one by one', async () => {
    for (const devices of [8, 36]) {
      const first = await pack(meters(1, 180, devices), FRESH, deflate);
      const next = await pack(meters(181, 180, devices), { ...FRESH, keys: first.keys }, deflate);
      expect(next.rawBytes / next.bytes.length).toBeGreaterThan(10);
    }
  });

  it('of a single reading is half as long with the keys of the segment as without', async () => {
    const { keys } = await pack(meters(1, 1), FRESH, deflate);
    const [with_, without] = [{ ...FRESH, keys }, FRESH];
    const length = async (packing: typeof FRESH) => (await pack(meters(2, 1), packing, deflate)).bytes.length;
    expect(await length(with_)).toBeLessThan(0.7 * (await length(without)));
  });

  it('is not made where it would be no smaller, or there is no memory for it', async () => {
    const tiny = [record(1, 'd', 30)];
    expect((await pack(tiny, FRESH, deflate)).bytes).toEqual(encode(tiny));
    const records = meters(1, 20);
    const refused = await pack(records, FRESH, async () => {
      throw new Error('no memory');
    });
    expect(refused.bytes).toEqual(encode(records));
    expect(refused.keys.dictionary).toBeUndefined();
  });

  it('never holds more than its bound, and what alone is longer stands by itself', async () => {
    const long = record(401, 'd', LARGEST_BLOCK);
    const { bytes } = await pack([...meters(1, 400), long], FRESH, deflate);
    const kinds: string[] = [];
    for (let at = 0; ; ) {
      const read = blockAt(bytes, at);
      if (read?.head === undefined) break;
      expect(read.head.rawBytes).toBeLessThanOrEqual(LARGEST_BLOCK);
      kinds.push(read.kind);
      at = read.end;
    }
    expect(kinds.length).toBeGreaterThan(4);
    expect(scan(bytes).records.at(-1)).toEqual(long);
  });
});

describe('damage', () => {
  it('of any bit costs the block that it is in, and is counted to the reading', async () => {
    const { bytes, all, starts } = await segment();
    const [, second = 0, third = 0] = starts;
    for (let bit = second * 8; bit < third * 8; bit += 5) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const found = scan(flipped);
      expect(found.records).toEqual([...all.slice(0, 10), ...all.slice(20)]);
      expect([found.lost, found.why]).toEqual([10, 'more']);
      expect(survey(flipped, 0, 0, 0)).toMatchObject({ count: 20, lost: 10, first: 1, last: 30 });
    }
  });

  it('that cuts a segment anywhere leaves the blocks before it, and a torn rest is told from none', async () => {
    const { bytes, all, starts } = await segment();
    const ends = [0, ...starts.slice(1), bytes.length];
    for (let length = 0; length <= bytes.length; length += 7) {
      const found = scan(bytes.subarray(0, length));
      const whole = starts.filter((_, index) => (ends[index + 1] ?? 0) <= length).length;
      expect(found.records).toEqual(all.slice(0, 10 * whole));
      const rest = length - (starts[whole] ?? length);
      // a head that is there says how many readings were behind it
      if (rest >= BLOCK_HEAD) expect(found.lost).toBe(10);
      if (rest > 0) expect(found.lost).toBeGreaterThan(0);
    }
    expect(scan(bytes).lost).toBe(0);
  });

  it.each([1, 7])('of any head is counted to the reading, where every %d. number was taken', async (step) => {
    const all = meters(1, 60).map((each) => ({ ...each, seq: each.seq * step }));
    let packing = FRESH;
    const parts: Buffer[] = [];
    const counts = [3, 30, 12, 15];
    for (const [index, count] of counts.entries()) {
      const from = counts.slice(0, index).reduce((sum, each) => sum + each, 0);
      const { bytes, keys } = await pack(all.slice(from, from + count), packing, deflate);
      packing = { ...FRESH, keys, isRepeated: index === 1 };
      parts.push(bytes);
    }
    const bytes = Buffer.concat(parts);
    const heads: { at: number; count: number }[] = [];
    for (let at = 0; at < bytes.length; ) {
      const read = blockAt(bytes, at);
      heads.push({ at, count: read?.head?.count ?? 0 });
      at = read?.end ?? bytes.length;
    }
    expect(heads.map(({ count }) => count)).toEqual([0, 3, 30, 0, 12, 15]);
    for (const { at, count } of heads.slice(0, -1)) {
      for (let byte = at; byte < at + BLOCK_HEAD; byte += 1) {
        const flipped = Buffer.from(bytes);
        flipped[byte] = (flipped[byte] ?? 0) ^ 0x10;
        const found = scan(flipped);
        expect([found.records.length, found.lost, found.why]).toEqual([60 - count, count, 'more']);
        expect(survey(flipped, 0, 0, 0)).toMatchObject({ count: 60 - count, lost: count });
        expect(segmentKeysIn(flipped, 0).records).toBe(60);
      }
    }
    // two of them in a row: the one behind tells both
    const [, , second, , fourth, fifth] = heads;
    const hole = Buffer.from(bytes).fill(0, second?.at, (fourth?.at ?? 0) + BLOCK_HEAD);
    expect([scan(hole).lost, scan(hole).records.length]).toEqual([42, 18]);
    // of the last one nothing behind tells it: its length does
    const last = Buffer.from(bytes).fill(0, fifth?.at, (fifth?.at ?? 0) + 4);
    expect(scan(last).lost).toBe(15);
  });

  it('at the end is counted to the reading, also where zeros took several heads with them', async () => {
    const counts = [22, 38, 31, 9, 17, 3, 28];
    let packing = FRESH;
    let from = 1;
    const parts: Buffer[] = [];
    for (const count of counts) {
      const { bytes, keys } = await pack(meters(from, count), packing, deflate);
      packing = { ...FRESH, keys };
      parts.push(bytes);
      from += count;
    }
    const bytes = Buffer.concat(parts);
    for (let zeros = 1; zeros < Buffer.concat(parts.slice(-4)).length; zeros += 37) {
      const found = scan(Buffer.from(bytes).fill(0, bytes.length - zeros));
      expect(found.records.length + found.lost).toBe(148);
    }
  });

  it('of the end is counted to the reading where no block is sound, and the head of one tells how long they are', async () => {
    const first = await pack(meters(1, 47), FRESH, deflate);
    const second = await pack(meters(48, 11), { ...FRESH, keys: first.keys }, deflate);
    const bytes = Buffer.concat([first.bytes, second.bytes]).fill(0, first.bytes.length - 100);
    expect(scan(bytes)).toMatchObject({ records: [], lost: 58 });
    expect(survey(bytes, 0, 0, 0)).toMatchObject({ count: 0, lost: 58 });
  });

  it('of the keys costs nothing where they lie there twice', async () => {
    const first = await pack(meters(1, 10), FRESH, deflate);
    const again = { ...FRESH, keys: first.keys, isRepeated: true };
    const next = await pack(meters(11, 10), again, deflate);
    const bytes = Buffer.concat([first.bytes, next.bytes]);
    expect(segmentKeysIn(bytes, 0)).toMatchObject({ copies: 2, records: 20 });
    bytes[BLOCK_HEAD + 5] = (bytes[BLOCK_HEAD + 5] ?? 0) ^ 1;
    expect(scan(bytes)).toMatchObject({ records: meters(1, 20), lost: 0 });
    // without the second copy no block can be read, and each is counted
    const alone = Buffer.from(first.bytes);
    alone[BLOCK_HEAD + 5] = (alone[BLOCK_HEAD + 5] ?? 0) ^ 1;
    expect(scan(alone)).toMatchObject({ records: [], lost: 10 });
  });
});

describe('a block that somebody made up', () => {
  const content = { first: 1, last: 1000, count: 1000, rawBytes: LARGEST_BLOCK };
  const made = (body: Buffer, over: Partial<typeof content & { before: number }> = {}) => {
    const bytes = encodeBlock(deflateRawSync(body), { ...content, before: 0, ...over, dictionary: 0 });
    const read = blockAt(bytes, 0);
    return read?.kind === 'block' ? unpack(bytes, 0, read.head, undefined) : 'no block';
  };
  const ones = Array.from({ length: 1000 }, () => 0);

  it('is not inflated beyond what a block ever is', () => {
    expect(made(Buffer.alloc(64 * LARGEST_BLOCK))).toBeUndefined();
  });

  it('makes no more text of a template than it says', () => {
    const template = Buffer.alloc(60_000, 'x');
    const body = Buffer.concat([
      ...[varints([1, template.length]), template, varints([1, 1]), Buffer.from('d')],
      varints([...ones, ...ones, ...Array.from({ length: 999 }, () => 1)]),
    ]);
    expect(made(body)).toBeUndefined();
  });

  it('makes no more text of shared beginnings than it says', () => {
    const slots = Buffer.alloc(100);
    const numbers = Buffer.alloc(100 * 1000, 0x80 + 127);
    const body = Buffer.concat([
      ...[varints([1, slots.length]), slots, varints([1, 1]), Buffer.from('d')],
      varints([...ones, ...ones, ...Array.from({ length: 999 }, () => 1)]),
      numbers,
    ]);
    expect(made(body)).toBeUndefined();
  });

  it.each([
    { rawBytes: LARGEST_BLOCK + 1 },
    { count: 10_000 },
    { before: 500_000 },
    { last: 500 },
    { first: 0 },
    { last: 2 ** 60 },
  ])('is none with a head that can not be: %j', (over) => {
    expect(made(Buffer.from('x'), over)).toBe('no block');
  });

  it('is read without an exception, whatever its body is', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 20 }), (noise, count) => {
        const found = rowsIn(Buffer.from(noise), { first: 1, last: count, count, rawBytes: 1000 });
        expect(found === undefined || found.length === count).toBe(true);
      }),
    );
  });
});
