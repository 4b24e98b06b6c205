import { describe, expect, it } from 'vitest';
import { ReadAhead } from '../../../../agent/outbox/segments/read-ahead.ts';

const AHEAD = 131_072;

/** A folder of segments whose every byte tells its segment and place. */
function folder() {
  const reads: [number, number, number][] = [];
  const ahead = new ReadAhead();
  const byte = (number: number, at: number) => (number * 31 + at) & 0xff;
  const read = (number: number, end: number, offset: number, length: number, there = end) =>
    ahead.bytes({ number, end }, offset, length, async (most) => {
      reads.push([number, offset, most]);
      const bytes = Math.max(0, Math.min(most, there - offset));
      return Buffer.from(Array.from({ length: bytes }, (_, at) => byte(number, offset + at)));
    });
  const right = (number: number, offset: number, length: number) =>
    Buffer.from(Array.from({ length }, (_, at) => byte(number, offset + at)));
  return { ahead, reads, read, right };
}

describe('stretches of segments that are read ahead', () => {
  it('serve those who read on, each at its own place, from one read of a file', async () => {
    const { reads, read, right } = folder();
    for (let at = 0; at < 100_000; at += 10_000) {
      for (const number of [1, 2, 3]) {
        const bytes = await read(number, 1_000_000, at, 10_000);
        expect(bytes.equals(right(number, at, 10_000))).toBe(true);
      }
    }
    expect(reads).toEqual([1, 2, 3].map((number) => [number, 0, AHEAD]));
  });

  it('are as many as there are readers, and no more', async () => {
    const { reads, read } = folder();
    for (const number of [1, 2, 3, 4, 1]) await read(number, 1_000_000, 0, 100);
    expect(reads.map(([number]) => number)).toEqual([1, 2, 3, 4, 1]);
    await read(4, 1_000_000, 0, 100);
    expect(reads).toHaveLength(5);
  });

  it('go no further than the bytes that may be read, and are read anew once there are more', async () => {
    const { reads, read } = folder();
    expect(await read(1, 5000, 4000, 100_000)).toHaveLength(1000);
    expect(await read(1, 6000, 4000, 100_000)).toHaveLength(2000);
    expect(reads).toEqual([
      [1, 4000, 1000],
      [1, 4000, 2000],
    ]);
  });

  it('are short where the file is, and no longer once it is whole again', async () => {
    const { read } = folder();
    expect(await read(1, 5000, 0, 5000, 700)).toHaveLength(700);
    expect(await read(1, 5000, 0, 5000)).toHaveLength(5000);
  });

  it('count for nothing when the file is another', async () => {
    const { ahead, reads, read } = folder();
    await read(1, 5000, 0, 100);
    ahead.forget(1);
    await read(1, 5000, 0, 100);
    expect(reads).toHaveLength(2);
  });
});
