import { describe, expect, it } from 'vitest';
import { KnownPlans } from '../../../config/budget/known-plans.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { dialogue } from '../../support/exchange.ts';

const timing = { baudRate: 10_000, characterMs: 1 };

/** It counts how often it was asked what it asks. */
function counting(): { readonly device: PollDevice; planned(): number } {
  let planned = 0;
  const plan = () => {
    planned += 1;
    return [dialogue(1, 10)];
  };
  const points = [{ name: 'p', type: 'number', writable: false } as const];
  return { device: { kind: 'poll', points, plan, write: () => [] }, planned: () => planned };
}

describe('what devices ask', () => {
  it('is worked out once for all that cost the same', () => {
    const [known, one, other] = [new KnownPlans(), counting(), counting()];
    const plans = known.of(one.device, 'meter', timing, 1000);
    expect(known.of(other.device, 'meter', timing, 1000)).toBe(plans);
    expect(plans?.polls().flat()).toHaveLength(1);
    expect([one.planned(), other.planned()]).toEqual([1, 0]);
  });

  it('is worked out for each model, line and period', () => {
    const known = new KnownPlans();
    const of = (model: string | undefined, baudRate: number, pollMs: number) =>
      known.of(counting().device, model, { ...timing, baudRate }, pollMs);
    const all = [of('a', 1, 1), of('b', 1, 1), of('a', 2, 1), of('a', 1, 2), of(undefined, 1, 1), of(undefined, 1, 1)];
    expect(new Set(all).size).toBe(all.length);
  });

  it('is nothing of a device that is never asked', () => {
    const device = {
      kind: 'stream',
      points: [],
      framer: () => ({ push() {}, discarded: 0 }),
      decode: () => ({ samples: [] }),
    } as const;
    expect(new KnownPlans().of(device, 'meter', timing, 1000)).toBeUndefined();
  });
});
