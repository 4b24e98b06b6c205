import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readingText } from '../../../agent/telemetry/reading.ts';

test('a reading says when it was made, in UTC to the millisecond, also after one of another second', () => {
  const walls = fc.array(fc.double({ min: 0, max: 4_102_444_800_000, noNaN: true }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(walls, (times) => {
      for (const wall of [...times, ...times.map((time) => time + 1), 1_795_428_902_113, 1_795_428_902_007]) {
        const stamp = { seq: 1, boot: 'b', wall, clock: 'unknown' } as const;
        const { at, ts } = JSON.parse(readingText(stamp, 'good', '"a":1'));
        expect([at, ts]).toEqual([new Date(wall).toISOString(), Math.trunc(wall)]);
      }
    }),
  );
});
