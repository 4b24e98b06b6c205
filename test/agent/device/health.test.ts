import { describe, expect, it } from 'vitest';
import { answered, seen, trustIn, UNKNOWN, unanswered, withoutUse } from '../../../agent/device/health.ts';

const limits = { offlineAfter: 3, probeMin: 1000, probeMax: 30_000 };

function silences(count: number, from = UNKNOWN) {
  return Array.from({ length: count }).reduce<typeof from>((standing) => unanswered(standing, limits), from);
}

describe('the health of a device', () => {
  it('is offline only after the configured number of failures in a row', () => {
    expect(silences(2, answered()).online).toBe(true);
    expect(silences(3, answered()).online).toBe(false);
    expect(silences(2).online).toBe(null);
    expect(silences(3).online).toBe(false);
  });

  it('asks an offline device at doubling intervals between the bounds', () => {
    const pauses = [3, 4, 5, 6, 7, 8, 9, 100].map((count) => silences(count).probeAfter);
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is asked at its own pace again after one answer', () => {
    expect(answered()).toEqual({ failures: 0, online: true, probeAfter: 0, expected: true });
    expect(unanswered(answered(), limits)).toMatchObject({ online: true, probeAfter: 0 });
  });

  it('is offline without a probe interval while the line is gone', () => {
    expect(withoutUse()).toMatchObject({ online: false, probeAfter: 0 });
    expect(unanswered(withoutUse(), limits)).toMatchObject({ online: false, probeAfter: 1000 });
  });

  it('loses trust with the first silence, and gets it back with the first answer or a new line', () => {
    expect([0, 1, 2, 3, 9].map((count) => trustIn(silences(count)))).toEqual([
      'trusted',
      'doubted',
      'doubted',
      'offline',
      'offline',
    ]);
    for (const standing of [answered(), withoutUse(), seen(silences(9))]) expect(trustIn(standing)).toBe('trusted');
    expect(seen(silences(9))).toEqual({ failures: 0, online: false, probeAfter: 0, expected: true });
  });

  it('keeps trust while its answers are damaged, until they make it offline as silence does', () => {
    const damaged = (count: number) =>
      Array.from({ length: count }).reduce<typeof UNKNOWN>(
        (standing) => unanswered(standing, limits, true),
        answered(),
      );
    expect([1, 2, 3, 4].map((count) => trustIn(damaged(count)))).toEqual(['trusted', 'trusted', 'offline', 'offline']);
    expect([3, 4, 5].map((count) => damaged(count).probeAfter)).toEqual([1000, 2000, 4000]);
  });
});
