import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeCursor,
  encodeHeader,
  newestSlot,
  parseCursor,
  parseHeader,
  segmentName,
  segmentNumber,
} from '../../../../agent/outbox/segments/format.ts';
import { encode, encodedLength, LEAST_RECORD, readAt } from '../../../../agent/outbox/segments/record-format.ts';
import { scanRecords } from '../../../../agent/outbox/segments/record-scan.ts';
import { emptySegment, passedBy, segmentBytes } from '../../../../agent/outbox/segments/segment.ts';
import { record } from '../outbox-contract.ts';

const records = [record(5), record(6, 'ä→漢', 90), record(9, 'meter', 33)];
const bytes = encode(records);
const ends = records.map((_, index) => encode(records.slice(0, index + 1)).length);
const scan = (from: Buffer, after = 0, isWhole = true) => scanRecords(from, { from: 0, after, isWhole });
const seqs = (found: ReturnType<typeof scanRecords>) => found.records.map(({ seq }) => seq);

describe('records on disk', () => {
  test('come back as they were', () => {
    const { records: found, why, lost } = scan(bytes);
    expect(found).toEqual(records);
    expect({ why, lost }).toEqual({ why: 'more', lost: 0 });
    expect(bytes.length).toBe(records.reduce((sum, each) => sum + encodedLength(each), 0));
  });

  test('cut at every byte, what is whole is read, and a torn rest is told from none', () => {
    for (let length = 0; length <= bytes.length; length += 1) {
      const whole = ends.filter((end) => end <= length).length;
      const found = scan(bytes.subarray(0, length));
      expect(seqs(found)).toEqual([5, 6, 9].slice(0, whole));
      const onEdge = length === 0 || ends.includes(length);
      expect({ length, lost: found.lost > 0 }).toEqual({ length, lost: !onEdge });
      expect(scan(bytes.subarray(0, length), 0, false)).toMatchObject({
        why: 'more',
        lost: 0,
        end: ends[whole - 1] ?? 0,
      });
    }
  });

  test('with any one bit flipped no wrong record is read, and one in a text costs that record alone', () => {
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const found = scan(flipped);
      expect(found.lost).toBeGreaterThan(0);
      for (const each of found.records) expect(records).toContainEqual(each);
      const inFirstText = bit >= LEAST_RECORD * 8 && bit < (ends[0] ?? 0) * 8;
      if (inFirstText) expect(seqs(found)).toEqual([6, 9]);
    }
  });

  test('zeros behind the last record are no records', () => {
    const found = scan(Buffer.concat([bytes, Buffer.alloc(4096)]));
    expect(seqs(found)).toEqual([5, 6, 9]);
    expect(found).toMatchObject({ why: 'damaged', end: bytes.length });
  });

  test('a length that nothing can have asks for nothing', () => {
    for (const length of [0, 1, 9, 0x7fff_ffff, 0xffff_ffff]) {
      const hostile = Buffer.from(bytes);
      hostile.writeUInt32LE(length, 4);
      expect(readAt(hostile, 0)).toEqual({ kind: 'bad' });
    }
  });

  test('what comes twice or backwards counts once', () => {
    const twice = encode([record(5), record(6), record(6), record(4), record(7)]);
    expect(scan(twice)).toMatchObject({ repeated: 2, lost: 0 });
    expect(seqs(scan(twice))).toEqual([5, 6, 7]);
    expect(seqs(scan(twice, 6))).toEqual([7]);
  });

  test('any bytes at all are read without an exception, and nothing is found in noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (noise, isWhole) => {
        const found = scan(Buffer.from(noise), 0, isWhole);
        expect(found.records).toEqual([]);
        expect(found.end).toBeLessThanOrEqual(noise.length);
      }),
    );
  });
});

describe('headers and cursors', () => {
  test('come back as they were', () => {
    expect(parseHeader(encodeHeader({ number: 7, covers: 9 }))).toEqual({ number: 7, covers: 9, isPlain: false });
    const cursor = { generation: 3, segment: 7, seq: 4711 };
    expect(parseCursor(encodeCursor(cursor))).toEqual(cursor);
  });

  test('a flipped bit is damage, never another version; another version is told as such', () => {
    for (const [good, parse, others] of [
      [encodeHeader({ number: 7, covers: 9 }), parseHeader, [0, 3, 0xffff]],
      [encodeCursor({ generation: 3, segment: 7, seq: 4711 }), parseCursor, [0, 2, 0xffff]],
    ] as const) {
      for (let bit = 0; bit < good.length * 8; bit += 1) {
        const flipped = Buffer.from(good);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(parse(flipped)).toBe('damaged');
      }
      for (let length = 0; length < good.length; length += 1) expect(parse(good.subarray(0, length))).toBe('damaged');
      for (const version of others) {
        const other = Buffer.from(good);
        other.writeUInt16LE(version, 4);
        other.writeUInt16LE(~version & 0xffff, 6);
        expect(parse(other.subarray(0, 8))).toBe('other');
      }
    }
  });

  test('the younger cursor counts, and where it is torn the other one', () => {
    const [old, young] = [2, 3].map((generation) => ({ generation, segment: 1, seq: generation }));
    if (old === undefined || young === undefined) throw new Error();
    expect(newestSlot([old, young])).toBe(young);
    expect(newestSlot([young, old])).toBe(young);
    expect(newestSlot([old, 'damaged'])).toBe(old);
    expect(newestSlot(['damaged', 'damaged'])).toBeUndefined();
  });

  test('only names that we give are ours', () => {
    expect(segmentNumber(segmentName(12))).toBe(12);
    const foreign = ['000000000000.segment', '12.segment', 'a00000000012.segment', '000000000012.segment~', '../x'];
    for (const name of foreign) expect(segmentNumber(name)).toBeUndefined();
  });
});

test('segments are a sixteenth of the whole, at most a mebibyte', () => {
  expect([65_536, 16_777_216, 67_108_864].map(segmentBytes)).toEqual([4096, 1_048_576, 1_048_576]);
});

test('of a part of a segment it is known how many records go: exactly where no number is missing', () => {
  const segment = { ...emptySegment(1), first: 11, last: 20, count: 10 };
  expect([5, 11, 15, 20, 30].map((seq) => passedBy(segment, seq))).toEqual([0, 1, 5, 10, 10]);
  const sparse = { ...segment, last: 110 };
  expect([11, 60, 109, 110].map((seq) => passedBy(sparse, seq))).toEqual([0, 5, 9, 10]);
});
