import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LazyInterval } from '../../../agent/clock/lazy-interval.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const interval = new LazyInterval();
  const rung: number[] = [];
  const start = performance.now();
  const ring = () => void rung.push(performance.now() - start);
  return { interval, rung, ring };
}

test('calls again and again, until it is cleared', () => {
  const { interval, rung, ring } = setUp();
  expect(interval.set(ring, 1000)).toBeTruthy();
  vi.advanceTimersByTime(3500);
  interval.clear();
  vi.advanceTimersByTime(10_000);
  expect(rung).toEqual([1000, 2000, 3000]);
  expect(vi.getTimerCount()).toBe(0);
});

test('counts from when it was set last', () => {
  const { interval, rung, ring } = setUp();
  for (let packet = 0; packet < 5; packet += 1) {
    interval.clear();
    interval.set(ring, 1000);
    vi.advanceTimersByTime(900);
  }
  expect(rung).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(rung).toEqual([4600]);
});

test('is sooner where it is set to less', () => {
  const { interval, rung, ring } = setUp();
  interval.set(ring, 1000);
  interval.clear();
  interval.set(ring, 100);
  vi.advanceTimersByTime(250);
  expect(rung).toEqual([100, 200]);
});

test('sets one timer of Node for a thousand packets', () => {
  const { interval, ring } = setUp();
  const set = vi.spyOn(globalThis, 'setTimeout');
  for (let packet = 0; packet < 1000; packet += 1) {
    interval.clear();
    interval.set(ring, 1000);
    vi.advanceTimersByTime(1);
  }
  // the first one, and the one when that rang
  expect(set).toHaveBeenCalledTimes(2);
});

test('leaves no timer once it is stopped, and sets none any more', () => {
  const { interval, rung, ring } = setUp();
  interval.set(ring, 1000);
  interval.stop();
  interval.set(ring, 1000);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(5000);
  expect(rung).toEqual([]);
});
