import { expect, test } from 'vitest';
import { RunCost } from '../../../../agent/bus/dialogue/run-cost.ts';
import { type DialogueCost, type Leg, requestBytes } from '../../../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { exchange } from '../../../support/exchange.ts';

const slow = { baudRate: 1000, characterMs: 10 };
const fast = { baudRate: 10_000, characterMs: 1 };
const question = exchange(1, 1);
/** Pays for the question, and for one that may take so many milliseconds longer. */
const leg = (longer = 0): Leg => ({
  ...{ request: requestBytes(question), answer: 8 },
  ...{ timeout: milliseconds(question.timeout + longer), quietBefore: question.quietBefore ?? milliseconds(0) },
});
const asking = (longer: number) => ({ ...question, timeout: milliseconds(question.timeout + longer) });
const costs = (...legs: readonly Leg[]): DialogueCost => ({ usual: legs, most: legs });

test('each run of the same dialogue may spend all legs anew', () => {
  const cost = costs(leg(), leg());
  for (let run = 0; run < 3; run += 1) {
    const paid = new RunCost(cost, slow);
    expect([1, 2, 3].map(() => paid.asks(question, slow.characterMs))).toEqual([true, true, false]);
  }
});

test('the same dialogue costs on each line what that line takes', () => {
  const cost = costs(leg());
  const slowly = asking(1);
  expect(new RunCost(cost, slow).asks(slowly, fast.characterMs)).toBe(true);
  expect(new RunCost(cost, fast).asks(slowly, fast.characterMs)).toBe(false);
  expect(new RunCost(cost, slow).asks(slowly, fast.characterMs)).toBe(true);
});

test('a request takes the cheapest leg that can pay it', () => {
  const cost = costs(leg(50), leg());
  const long = asking(50);
  const paid = new RunCost(cost, slow);
  expect([question, long].map((asked) => paid.asks(asked, slow.characterMs))).toEqual([true, true]);
});
