import { describe, expect, it } from 'vitest';
import { ReadAhead } from '../../../../agent/outbox/segments/read-ahead.ts';
import { emptySegment } from '../../../../agent/outbox/segments/segment.ts';

const AHEAD = 131_072;

/** A segment whose every byte tells its place, and how often its file was read. */
function file(end: number) {
  const segment = { ...emptySegment(1), end };
  const reads: (readonly [number, number])[] = [];
  const byte = (at: number) => (at * 7) & 0xff;
  return {
    segment,
    reads,
    read: (ahead: ReadAhead, offset: number, length: number, there = segment.end) =>
      ahead.bytes(segment, offset, length, async (most) => {
        reads.push([offset, most]);
        const bytes = Math.max(0, Math.min(most, there - offset));
        return Buffer.from(Array.from({ length: bytes }, (_, at) => byte(offset + at)));
      }),
    right: (offset: number, length: number) => Buffer.from(Array.from({ length }, (_, at) => byte(offset + at))),
  };
}

describe('a stretch that is read ahead', () => {
  it('serves many steps of a reader from one read of the file', async () => {
    const { read, right, reads } = file(1_000_000);
    const ahead = new ReadAhead();
    for (let at = 0; at < AHEAD - 10_000; at += 10_000) {
      expect((await read(ahead, at, 10_000)).equals(right(at, 10_000))).toBe(true);
    }
    expect(reads).toEqual([[0, AHEAD]]);
    expect((await read(ahead, AHEAD - 1000, 10_000)).equals(right(AHEAD - 1000, 10_000))).toBe(true);
    expect(reads).toHaveLength(2);
  });

  it('goes no further than the segment, and is read anew once there is more', async () => {
    const { segment, read, reads } = file(5000);
    const ahead = new ReadAhead();
    expect(await read(ahead, 4000, 100_000)).toHaveLength(1000);
    segment.end = 6000;
    expect(await read(ahead, 4000, 100_000)).toHaveLength(2000);
    expect(reads).toEqual([
      [4000, 1000],
      [4000, 2000],
    ]);
  });

  it('is read anew for a place before it', async () => {
    const { read, right } = file(5000);
    const ahead = new ReadAhead();
    await read(ahead, 4000, 100);
    expect((await read(ahead, 10, 100)).equals(right(10, 100))).toBe(true);
  });

  it('is short where the file is, and no longer once that is whole again', async () => {
    const { read } = file(5000);
    const ahead = new ReadAhead();
    expect(await read(ahead, 0, 5000, 700)).toHaveLength(700);
    expect(await read(ahead, 0, 5000)).toHaveLength(5000);
  });

  it('is not that of another segment, also where it has the same number, and is forgotten when told', async () => {
    const [one, other] = [file(5000), file(5000)];
    const ahead = new ReadAhead();
    await one.read(ahead, 0, 100);
    await other.read(ahead, 0, 100);
    expect(other.reads).toHaveLength(1);
    ahead.forget();
    await other.read(ahead, 0, 100);
    expect(other.reads).toHaveLength(2);
  });
});
