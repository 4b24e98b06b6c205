import { describe, expect, it } from 'vitest';
import { busBudget } from '../../../config/budget/budget.ts';
import type { BudgetedDevice } from '../../../config/budget/budgeted.ts';
import { DevicePlans } from '../../../config/budget/device-plans.ts';
import type { Leg } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { Point } from '../../../drivers/contract/reading.ts';
import { dialogue } from '../../support/exchange.ts';

const timing = { baudRate: 10_000, characterMs: 1 };
const line = { timing, gapMs: 0, commandBurst: 2, maxWaitMs: 2000 };
const NONE = { read: false, write: false };

const points = (periods: readonly (number | undefined)[]) =>
  periods.map((pollMs, index): Point => ({ name: `p${index}`, type: 'number', writable: true, pollMs }));

/** One dialogue of 2 + 11 characters for each point: 13 + 4 + 4 = 21 ms; 2 + 100 + 1 ms when nobody answers. */
function device(...periods: (number | undefined)[]): PollDevice {
  const plan: PollDevice['plan'] = (names) => names.map((_, index) => dialogue(index, 10));
  return { kind: 'poll', points: points(periods), plan, write: () => [dialogue(1, 1)] };
}

/** All points in one dialogue, however many are due. */
function merging(...periods: (number | undefined)[]): PollDevice {
  return { kind: 'poll', points: points(periods), plan: () => [dialogue(1, 10)], write: () => [] };
}

const member = (id: string, pollMs: number, asked: PollDevice, commands = NONE): BudgetedDevice => {
  return { id, pollMs, minGapMs: 0, device: asked, commands };
};

/** It needs 100 ms before it is asked again. */
const resting = (...given: Parameters<typeof member>) => ({ ...member(...given), minGapMs: 100 });

describe('the budget of a bus', () => {
  it('is the sum of characters, silences and gaps', () => {
    const budget = busBudget(line, [member('a', 1000, device(undefined, undefined))]);
    expect(budget).toMatchObject({ cycleMs: 42, load: 0.042, headroom: 0.958, starving: [], slipping: [], tight: [] });
    expect(budget.devices[0]).toMatchObject({ requests: 2, pollMs: 42, shortestPeriodMs: 1000 });
    expect(busBudget({ ...line, gapMs: 10 }, [member('a', 1000, device(undefined))]).cycleMs).toBe(27);
  });

  it('keeps before each request the silence of the protocol that needs the longest, or the configured one', () => {
    const quiet = (most: number): PollDevice => {
      return {
        ...device(undefined),
        plan: () => [dialogue(1, 10, [], { quietBefore: milliseconds(most) })],
        write: () => [],
      };
    };
    const members = [member('a', 1000, quiet(3)), member('b', 1000, quiet(7))];
    expect(busBudget(line, members).gapMs).toBe(7);
    expect(busBudget({ ...line, gapMs: 10 }, members).gapMs).toBe(10);
    expect(busBudget(line, []).gapMs).toBe(0);
  });

  it('counts a silent device’s one timeout, and each damaged answer’s two', () => {
    const budget = busBudget(line, [member('a', 1000, device(undefined, undefined))]);
    expect(budget).toMatchObject({ longestMs: 103, silentCycleMs: 107, worstCycleMs: 2 * 2 * 107 });
  });

  it('gives a broadcast its whole timeout', () => {
    const broadcast = dialogue(1, 10, [], { answer: { usual: 0, most: 0 } });
    const asked: PollDevice = { ...device(undefined), plan: () => [broadcast] };
    expect(busBudget(line, [member('a', 1000, asked)]).cycleMs).toBe(2 + 100 + 4);
  });

  it('weighs each point by its own period', () => {
    const budget = busBudget(line, [member('a', 100, device(undefined, 1000))]);
    expect(budget.load).toBeCloseTo(0.21 + 0.021);
    expect(budget.devices[0]?.shortestPeriodMs).toBe(100);
  });

  it('counts once what points of different periods share', () => {
    expect(busBudget(line, [member('a', 100, merging(undefined, 1000))]).load).toBeCloseTo(0.21);
    // at 0, 40, 60, 80 and again at 120
    expect(busBudget(line, [member('a', 40, merging(undefined, 60))]).load).toBeCloseTo((4 * 21) / 120);
  });

  it('ends its look at periods that never fall together again', () => {
    const periods = [4999, 86_399_999, 7001, 1_000_003];
    expect(busBudget(line, [member('a', 9973, merging(...periods))]).load).toBeCloseTo(21 / 4999 + 21 / 7001, 2);
  });

  it('promises nothing to points without a period', () => {
    const budget = busBudget(line, [member('a', 0, device(undefined))]);
    expect(budget).toMatchObject({ load: 0, headroom: 1, starving: [], slipping: [], tight: [] });
  });

  it('does not know what characters cost behind a serial server', () => {
    const unknown = { ...line, timing: { baudRate: 0, characterMs: 0 } };
    const plan = () => [dialogue(1, 10, [], { quietBefore: undefined })];
    expect(busBudget(unknown, [member('a', 0, { ...device(undefined), plan, write: () => [] })])).toMatchObject({
      speedKnown: false,
      silentCycleMs: 101,
    });
  });
});

describe('a period that the line can not keep though all answer', () => {
  it('is refused with all others where together they need more than the line has, the greediest first', () => {
    const budget = busBudget(line, [
      member('modest', 100, device(undefined)),
      member('greedy', 20, device(undefined)),
      member('whenever', 0, device(undefined)),
    ]);
    expect(budget.load).toBeGreaterThan(1);
    expect(budget.headroom).toBe(0);
    expect(budget.starving).toMatchObject([
      { id: 'greedy', reason: 'load' },
      { id: 'modest', reason: 'load' },
    ]);
  });

  it('is refused where reading the device whole takes longer', () => {
    const slow = Array.from({ length: 9 }, () => 60_000);
    const budget = busBudget(line, [
      member('a', 200, device(undefined, ...slow)),
      member('b', 1000, device(undefined)),
    ]);
    expect(budget.load).toBeLessThan(0.2);
    expect(budget.starving).toEqual([{ id: 'a', reason: 'whole', takesMs: 210 }]);
  });

  it('is refused where those that are read all the time take longer', () => {
    const always = Array.from({ length: 4 }, (_, index) => member(`always-${index}`, 0, device(undefined)));
    const budget = busBudget(line, [member('a', 100, device(undefined)), ...always]);
    expect(budget.starving).toEqual([{ id: 'a', reason: 'turn', takesMs: 105 }]);
    expect(busBudget(line, [member('a', 110, device(undefined)), ...always]).starving).toEqual([]);
  });

  it('is warned of where only some turns come late', () => {
    const slow = member('slow', 10_000, device(...Array.from({ length: 9 }, () => undefined)));
    const budget = busBudget(line, [member('quick', 150, device(undefined)), slow]);
    expect(budget).toMatchObject({ starving: [], slipping: ['quick'], tight: [] });
  });

  it('is warned of where only timeouts break it', () => {
    const slow = member('slow', 10_000, device(undefined));
    const budget = busBudget(line, [member('quick', 150, device(undefined)), slow]);
    expect(budget).toMatchObject({ starving: [], slipping: [], tight: ['quick'], silentCycleMs: 214 });
  });
});

describe('how long a device waits', () => {
  const [one, two] = [device(undefined), device(undefined, undefined)];

  it('is at most the worst polls of the others and a gap', () => {
    const { devices } = busBudget(line, [member('a', 0, one), member('b', 0, two), member('c', 0, one)]);
    expect(devices.map(({ worstMs }) => worstMs)).toEqual([214, 428, 214]);
    expect(devices.map(({ waitMs }) => waitMs)).toEqual([646, 432, 646]);
    expect(devices.map(({ waitWithCommandsMs }) => waitWithCommandsMs)).toEqual([646, 432, 646]);
  });

  it('is a poll more where a device has points of several periods, its own included', () => {
    const { devices } = busBudget(line, [member('a', 1000, one), member('b', 1000, device(undefined, 5000))]);
    expect(devices.map(({ waitMs }) => waitMs)).toEqual([428 + 428 + 4, 428 + 214 + 4]);
  });

  it('takes the combination of periods that needs the most requests, not only the whole', () => {
    const bridging: PollDevice = {
      ...device(undefined, 2000, 3000),
      plan: (names) => (names.length === 3 ? [dialogue(1, 10)] : names.map((_, index) => dialogue(index, 10))),
    };
    expect(busBudget(line, [member('a', 1000, bridging)]).devices[0]).toMatchObject({ pollMs: 21, worstMs: 428 });
  });

  it('grows by a burst of commands before each question, where commands can reach the line', () => {
    const reads = { read: true, write: false };
    const budget = busBudget(line, [member('a', 0, one, reads), member('b', 0, one)]);
    const burst = 2 * (103 + 4);
    expect(budget.devices[0]?.waitMs).toBe(214 + 4);
    // two questions of the other with a burst before each, the poller's rest, the burst before its own, and the gap
    expect(budget.devices[0]?.waitWithCommandsMs).toBe(2 * (107 + burst) + 10 + burst + 4);
    expect(budget.commandWaitMs).toBe(4 + 103 + 4);
    expect(busBudget(line, [member('a', 0, one)]).commandWaitMs).toBe(0);
  });

  it('counts what a device does, though it takes true alone', () => {
    const scale: PollDevice = {
      ...device(undefined),
      points: [...points([undefined]), { name: 'zero', type: 'boolean', writable: true, action: true }],
      write(values) {
        const isOrder = values.size === 1 && values.get('zero') === true;
        if (!isOrder) throw new Error('only true is an order');
        return [dialogue(1, 50)];
      },
    };
    const longest = (asked: PollDevice) => busBudget(line, [member('a', 1000, asked, { read: false, write: true })]);
    expect(longest(scale)).not.toEqual(longest({ ...scale, write: () => [] }));
  });

  it('counts writes where a point can be written, also those that the driver only takes one by one', () => {
    const long = dialogue(1, 1, [], { request: new Uint8Array(200) });
    const writing: PollDevice = {
      ...two,
      write(values) {
        if (values.size > 1) throw new Error('not together');
        return [long];
      },
    };
    const burst = (write: boolean) =>
      busBudget(line, [member('a', 0, writing, { read: false, write })]).devices[0]?.waitWithCommandsMs;
    expect(burst(true)).toBe(2 * (200 + 101 + 4) + 4);
    expect(burst(false)).toBe(4);
  });
});

describe('devices that share their plans', () => {
  it('cost what each costs by itself, by its rests, its commands and whether it is asked what it is', () => {
    const asked = { ...device(undefined, 1000), identify: () => dialogue(9, 40) };
    const plans = new DevicePlans(asked, 500);
    const members = [
      member('a', 500, asked),
      member('b', 500, asked, { read: true, write: false }),
      member('c', 500, asked, { read: true, write: true }),
      resting('d', 500, asked),
      resting('e', 500, asked, { read: true, write: true }),
      { ...member('f', 500, asked), identified: true },
      member('g', 500, asked),
    ];
    const shared = members.map((each) => ({ ...each, plans }));
    expect(busBudget(line, shared)).toEqual(busBudget(line, members));
  });
});

describe('a device that must rest', () => {
  const two = device(undefined, undefined);
  const reads = { read: true, write: false };

  it('takes its own time for its rests and none of the line’s', () => {
    const budget = busBudget(line, [resting('a', 1000, two), member('b', 1000, device(undefined))]);
    // each question without the line's gap of 4 ms, and with 100 ms
    expect(budget.devices[0]).toMatchObject({ pollMs: 2 * (17 + 100), load: 0.042, silentMs: 107, restMs: 100 });
    expect(budget.devices[0]?.worstMs).toBe(2 * 2 * (103 + 100));
    expect(budget).toMatchObject({ cycleMs: 234, load: 0.063, starving: [], slipping: [], tight: [] });
    // enough others fill its rests
    const others = Array.from({ length: 20 }, (_, index) => member(`b${index}`, 1000, device(undefined)));
    expect(busBudget(line, [resting('a', 1000, two), ...others]).cycleMs).toBe(42 + 20 * 21);
  });

  it('costs nothing where the line rests as long in any case', () => {
    const slow = { ...line, gapMs: 100 };
    expect(busBudget(slow, [resting('a', 1000, two)])).toEqual(busBudget(slow, [member('a', 1000, two)]));
  });

  it('holds the others up for one question at a time, however many it asks and of however many periods', () => {
    const long = device(...Array.from({ length: 9 }, (_, index) => 1000 * (index + 1)));
    const budget = busBudget(line, [resting('a', 1000, long), member('b', 400, device(undefined))]);
    expect(budget.devices[1]).toMatchObject({ waitMs: 107 + 4, waitWithCommandsMs: 107 + 4 });
    expect(budget.slipping).toEqual([]);
    expect(busBudget(line, [member('a', 1000, long), member('b', 100, device(undefined))]).slipping).toEqual(['b']);
  });

  it('is refused a period that its rests do not leave', () => {
    expect(busBudget(line, [resting('a', 233, two)]).starving).toEqual([{ id: 'a', reason: 'whole', takesMs: 234 }]);
    expect(busBudget(line, [resting('a', 234, two)]).starving).toEqual([]);
  });

  it('has its turn among those that are read all the time only as often as it can', () => {
    const always = [resting('x', 0, two), { ...resting('y', 0, two), minGapMs: 5000 }];
    expect(busBudget(line, [member('a', 30, device(undefined)), ...always]).starving).toEqual([]);
    expect(
      busBudget(line, [member('a', 110, device(...Array.from({ length: 5 }, () => undefined))), ...always]),
    ).toMatchObject({
      starving: [{ id: 'a', reason: 'turn', takesMs: 105 + 21 }],
    });
  });

  it('waits for its rest, for one command of its own, and for what comes before each question of a poll under way', () => {
    const [other, one] = [member('b', 0, device(undefined)), device(undefined)];
    const [rests] = busBudget(line, [resting('a', 1000, one), other]).devices;
    expect(rests?.waitMs).toBe(100 + 214 + 4);
    const [several] = busBudget(line, [resting('a', 1000, device(undefined, 5000)), other]).devices;
    expect(several?.waitMs).toBe(318 + 2 * 2 * (318 + 107));
    const [commanded] = busBudget(line, [resting('a', 1000, one, reads), other]).devices;
    const burst = 2 * (103 + 4);
    const wait = 2 * (107 + burst) + 10 + burst + 4;
    expect(commanded?.waitWithCommandsMs).toBe(100 + wait + 2000 + 103 + 100 + wait);
  });

  it('lets a command wait for the rest and for what another has begun meanwhile', () => {
    const budget = busBudget(line, [resting('a', 1000, two, reads), member('b', 0, device(undefined))]);
    expect(budget.commandWaitMs).toBe(4 + 103 + 4 + 100 + 103 + 4);
  });
});

describe('a dialogue of several legs', () => {
  const slow = { baudRate: 10_000, characterMs: 1 };
  const leg = { request: 2, answer: 10, timeout: milliseconds(100), quietBefore: milliseconds(4) };
  const inLegs = (usual: readonly Leg[], most: readonly Leg[]): PollDevice => ({
    ...device(undefined),
    plan: (names) => [{ ...dialogue(1, 10, names), cost: { usual, most } }],
    write: () => [],
  });
  const budgetOf = (usual: readonly Leg[], most: readonly Leg[] = usual) =>
    busBudget({ ...line, timing: slow }, [member('a', 0, inLegs(usual, most))]);

  it('costs all its legs, with a gap for each request, at best and at worst', () => {
    const rest = milliseconds(50);
    const { devices } = budgetOf([{ ...leg, rest }, leg], [{ ...leg, rest }, leg, leg]);
    expect(devices[0]).toMatchObject({ pollMs: 2 * (12 + 4 + 4) + 50, longestMs: 3 * 103 + 50 + 2 * 4 });
    expect(devices[0]?.worstMs).toBe(2 * (3 * 107 + 50));
  });

  it('costs less where the line is quicker, and nothing but its rest where nothing is asked', () => {
    const quick = { ...leg, baudRate: 20_000 };
    expect(budgetOf([leg, quick]).devices[0]).toMatchObject({ pollMs: 20 + 14, longestMs: 103 + 102 + 4 });
    const silent = { request: 0, answer: 0, timeout: milliseconds(0), quietBefore: milliseconds(0) };
    expect(budgetOf([{ ...silent, rest: milliseconds(12) }, leg]).devices[0]).toMatchObject({ pollMs: 20 + 12 });
  });

  it('makes the silence that it needs that of the whole line', () => {
    const other = { ...leg, quietBefore: milliseconds(30) };
    const budget = busBudget(line, [member('a', 0, device(undefined)), member('b', 0, inLegs([other], [other]))]);
    expect(budget.devices[0]).toMatchObject({ pollMs: 13 + 4 + 30, silentMs: 103 + 30 });
  });
});
