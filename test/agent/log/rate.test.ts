import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../agent/log/rate.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';

const rate = (burst: number, refill: number) => ({ burst, refill: milliseconds(refill) });

describe('the rate of log lines', () => {
  it('lets a burst through, then one line each refill', () => {
    const limit = new RateLimit(rate(3, 100), rate(100, 1));
    const passed = Array.from({ length: 100 }, (_, index) => index * 10).filter(
      (now) => limit.admit('a', now) !== undefined,
    );
    expect(passed.slice(0, 3)).toEqual([0, 10, 20]);
    expect(passed.length).toBe(3 + Math.floor(990 / 100));
  });

  it('tells once how many were suppressed', () => {
    const limit = new RateLimit(rate(1, 100), rate(100, 1));
    expect([0, 1, 2, 3, 150, 300].map((now) => limit.admit('a', now))).toEqual([
      0,
      undefined,
      undefined,
      undefined,
      3,
      0,
    ]);
  });

  it('bounds each event by itself, and all together', () => {
    const limit = new RateLimit(rate(2, 1000), rate(3, 1000));
    expect(['a', 'a', 'a', 'b', 'b'].map((event) => limit.admit(event, 0))).toEqual([0, 0, undefined, 0, undefined]);
    expect([...limit.takeSuppressed()]).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect([...limit.takeSuppressed()]).toEqual([]);
  });

  it('spends nothing of an event’s own bound on a line that the whole refuses', () => {
    const limit = new RateLimit(rate(1, 1e6), rate(1, 10));
    limit.admit('a', 0);
    expect(limit.admit('b', 0)).toBeUndefined();
    expect(limit.admit('b', 10)).toBe(1);
  });

  it('remembers a bounded number of events; the rest share a bound', () => {
    const limit = new RateLimit(rate(1, 1e6), rate(1e6, 1));
    const passed = Array.from({ length: 10_000 }, (_, index) => limit.admit(`event ${index}`, 0)).filter(
      (each) => each !== undefined,
    );
    expect(passed.length).toBeLessThanOrEqual(257);
  });
});
