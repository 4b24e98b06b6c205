import { describe, expect, test } from 'vitest';
import { Failback } from '../../../../agent/link/failover/failback.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';

const never = new AbortController().signal;
const MINUTE = 60_000;

describe('the way back to the first broker', () => {
  const make = (random = 0.5, least = 5 * MINUTE) => {
    const clock = new FakeClock();
    return { clock, way: new Failback(clock, milliseconds(least), () => random) };
  };
  /** How long it takes until the first broker, which answers, is found. */
  const found = async ({ clock, way }: ReturnType<typeof make>) => {
    const open = way.open(async () => true, never);
    const wait = (clock.nextAt ?? 0) - clock.now();
    await clock.advance(wait);
    await open;
    return wait;
  };

  test('is looked at between half and one and a half of its interval', async () => {
    expect(await found(make(0))).toBe(2.5 * MINUTE);
    expect(await found(make(1))).toBe(7.5 * MINUTE);
  });

  test('is looked at as often while nobody answers', async () => {
    const { clock, way } = make();
    let looks = 0;
    void way.open(async () => {
      looks += 1;
      return looks === 4;
    }, never);
    await clock.advance(15 * MINUTE);
    expect([looks, clock.pending]).toEqual([3, 1]);
    await clock.advance(5 * MINUTE);
    expect([looks, clock.pending]).toEqual([4, 0]);
  });

  test('is taken half as often each time that it leads nowhere, at least once an hour', async () => {
    const made = make();
    const waits: number[] = [];
    for (let count = 0; count < 6; count += 1) {
      waits.push((await found(made)) / MINUTE);
      made.way.stayed(5 * MINUTE - 1);
    }
    expect(waits).toEqual([5, 10, 20, 40, 60, 60]);
    made.way.stayed(5 * MINUTE);
    expect(await found(made)).toBe(5 * MINUTE);
  });

  test('keeps an interval beyond an hour', async () => {
    const made = make(0.5, 180 * MINUTE);
    await found(made);
    expect(await found(made)).toBe(180 * MINUTE);
  });

  test('is left with the connection', async () => {
    const { clock, way } = make();
    const gone = new AbortController();
    const open = way.open(async () => true, gone.signal).catch(({ code }) => code);
    await settle();
    gone.abort();
    expect(await open).toBe('internal/cancelled');
    expect(clock.pending).toBe(0);
  });
});
