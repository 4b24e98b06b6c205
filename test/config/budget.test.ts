import { describe, expect, it } from 'vitest';
import { busBudget } from '../../config/budget.ts';
import type { PollDevice } from '../../drivers/contract/driver.ts';
import type { Point } from '../../drivers/contract/reading.ts';
import { exchange } from '../support/exchange.ts';

const timing = { characterMs: 1, silenceMs: 4 };

/** One exchange of 2 + 11 characters for each point: 13 + 4 + 4 = 21 ms. */
function device(...periods: (number | undefined)[]): PollDevice {
  const points = periods.map(
    (pollMs, index): Point => ({ name: `p${index}`, type: 'number', writable: false, pollMs }),
  );
  return { kind: 'poll', points, plan: (names) => names.map((_, index) => exchange(index, 10)), write: () => [] };
}

describe('the budget of a bus', () => {
  it('is the sum of characters, silences and gaps', () => {
    const budget = busBudget(timing, 0, [{ id: 'a', pollMs: 1000, device: device(undefined, undefined) }]);
    expect(budget).toMatchObject({ cycleMs: 42, load: 0.042, starving: [], tight: [] });
    expect(busBudget(timing, 10, [{ id: 'a', pollMs: 1000, device: device(undefined) }]).cycleMs).toBe(27);
  });

  it('weighs each point by its own period', () => {
    const budget = busBudget(timing, 0, [{ id: 'a', pollMs: 100, device: device(undefined, 1000) }]);
    expect(budget.load).toBeCloseTo(0.21 + 0.021);
    expect(budget.devices[0]?.shortestPeriodMs).toBe(100);
  });

  it('names who starves where the periods need more than the line has, the greediest first', () => {
    const budget = busBudget(timing, 0, [
      { id: 'modest', pollMs: 100, device: device(undefined) },
      { id: 'greedy', pollMs: 20, device: device(undefined) },
      { id: 'whenever', pollMs: 0, device: device(undefined) },
    ]);
    expect(budget.load).toBeGreaterThan(1);
    expect(budget.starving).toEqual(['greedy', 'modest']);
  });

  it('promises nothing to points without a period', () => {
    expect(busBudget(timing, 0, [{ id: 'a', pollMs: 0, device: device(undefined) }])).toMatchObject({
      load: 0,
      starving: [],
      tight: [],
    });
  });

  it('names whose period only timeouts can break', () => {
    const devices = [
      { id: 'quick', pollMs: 150, device: device(undefined) },
      { id: 'slow', pollMs: 10_000, device: device(undefined) },
    ];
    // two timeouts of 100 ms
    expect(busBudget(timing, 0, devices)).toMatchObject({
      starving: [],
      tight: ['quick'],
      worstCycleMs: 212,
      longestMs: 102,
    });
  });
});
