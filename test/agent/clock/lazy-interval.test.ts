import { expect, test, vi } from 'vitest';
import { LazyInterval } from '../../../agent/clock/lazy-interval.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setUp() {
  const clock = new FakeClock();
  const interval = new LazyInterval(clock);
  const rung: number[] = [];
  const start = clock.now();
  const ring = () => void rung.push(clock.now() - start);
  return { clock, interval, rung, ring };
}

test('calls again and again, until it is cleared', async () => {
  const { clock, interval, rung, ring } = setUp();
  expect(interval.set(ring, 1000)).toBeTruthy();
  await clock.advance(3500);
  interval.clear();
  await clock.advance(10_000);
  expect(rung).toEqual([1000, 2000, 3000]);
  expect(clock.pending).toBe(0);
});

test('counts from when it was set last', async () => {
  const { clock, interval, rung, ring } = setUp();
  for (let packet = 0; packet < 5; packet += 1) {
    interval.clear();
    interval.set(ring, 1000);
    await clock.advance(900);
  }
  expect(rung).toEqual([]);
  await clock.advance(100);
  expect(rung).toEqual([4600]);
});

test('is sooner where it is set to less', async () => {
  const { clock, interval, rung, ring } = setUp();
  interval.set(ring, 1000);
  interval.clear();
  interval.set(ring, 100);
  await clock.advance(250);
  expect(rung).toEqual([100, 200]);
});

test('sets one timer for a thousand packets', async () => {
  const { clock, interval, ring } = setUp();
  const set = vi.spyOn(clock, 'at');
  for (let packet = 0; packet < 1000; packet += 1) {
    interval.clear();
    interval.set(ring, 1000);
    await clock.advance(1);
  }
  // the first one, and the one when that rang
  expect(set).toHaveBeenCalledTimes(2);
});

test('leaves no timer once it is stopped, and sets none any more', async () => {
  const { clock, interval, rung, ring } = setUp();
  interval.set(ring, 1000);
  interval.stop();
  interval.set(ring, 1000);
  expect(clock.pending).toBe(0);
  await clock.advance(5000);
  expect(rung).toEqual([]);
});
