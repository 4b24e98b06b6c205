import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { blocks, type Rules, rulesFor, type Span } from '../../../drivers/modbus/plan.ts';
import { frameRequestLength } from '../../../drivers/modbus/rtu/length.ts';
import { costOn } from '../../../drivers/modbus/rtu/wire.ts';
import { exchangeOf } from '../../support/dialogue.ts';
import { device, LINE, optionsOf } from './support.ts';

const span = (address: number, count: number): Span => ({ address, count });
const rules = (more: Partial<Rules> = {}): Rules => ({ most: 125, maxHole: 124, exchange: 30, address: 2, ...more });
const reads = (spans: readonly Span[], more: Partial<Rules> = {}) =>
  blocks(spans, rules(more)).map(({ address, count }) => [address, count]);

describe('the plan of a poll', () => {
  test('reads neighbours in one request', () => {
    expect(reads([span(0, 2), span(2, 2), span(4, 1)])).toEqual([[0, 5]]);
  });

  test('reads over a hole as long as that is cheaper than another request', () => {
    expect(reads([span(0, 1), span(15, 1)])).toEqual([[0, 16]]);
    expect(reads([span(0, 1), span(17, 1)])).toEqual([
      [0, 1],
      [17, 1],
    ]);
  });

  test('reads no hole longer than allowed', () => {
    expect(reads([span(0, 1), span(2, 1)], { maxHole: 0 })).toEqual([
      [0, 1],
      [2, 1],
    ]);
    expect(reads([span(0, 1), span(2, 1)], { maxHole: 1 })).toEqual([[0, 3]]);
  });

  test('keeps the most that a request may read, and cuts where the hole is', () => {
    const spans = [span(0, 40), span(40, 40), span(90, 40)];
    expect(reads(spans, { most: 80 })).toEqual([
      [0, 80],
      [90, 40],
    ]);
  });

  test('reads points that overlap or are the same once', () => {
    expect(reads([span(3, 4), span(4, 1), span(3, 4), span(5, 4)])).toEqual([[3, 6]]);
  });

  test('is cheapest: no other way to group the points costs less, in order of their addresses or not', () => {
    const some = fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 6 })), { minLength: 1, maxLength: 6 });
    const address = fc.constantFrom(2, 1 / 8);
    const exchange = fc.double({ min: 13, max: 60, noNaN: true });
    fc.assert(
      fc.property(
        some,
        fc.integer({ min: 6, max: 30 }),
        fc.nat(12),
        address,
        exchange,
        (given, most, maxHole, ...of) => {
          const spans = given.map(([at, count]) => span(at, count));
          const limits = { most, maxHole, address: of[0], exchange: of[1] };
          const cheapest = Math.min(...groupings(spans).map((groups) => costOfGroups(groups, limits)));
          expect(costOf(blocks(spans, limits), limits)).toBeCloseTo(cheapest, 6);
        },
      ),
    );
  });

  test('covers every point once and whole, within its limits, and costs no more than a request for each', () => {
    const some = fc.array(fc.tuple(fc.nat(3000), fc.integer({ min: 1, max: 8 })), { maxLength: 120 });
    fc.assert(
      fc.property(some, fc.integer({ min: 8, max: 125 }), fc.nat(124), (given, most, maxHole) => {
        const spans = given.map(([address, count]) => span(address, count));
        const limits = rules({ most, maxHole });
        const plan = blocks(spans, limits);
        expect(plan.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual(spans.map((_, index) => index));
        for (const block of plan) {
          expect(block.count).toBeLessThanOrEqual(most);
          for (const index of block.members) {
            const { address, count } = spans[index] ?? span(-1, 0);
            expect(address).toBeGreaterThanOrEqual(block.address);
            expect(address + count).toBeLessThanOrEqual(block.address + block.count);
          }
          expect(longestHole(block.members.map((index) => spans[index] ?? span(0, 0)))).toBeLessThanOrEqual(maxHole);
        }
        expect(costOf(plan, limits)).toBeLessThanOrEqual(costOf(spans, limits));
      }),
    );
  });

  test('does not depend on the order of the points', () => {
    const some = fc.array(fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 8 })), { maxLength: 40 });
    fc.assert(
      fc.property(some, (given) => {
        const spans = given.map(([address, count]) => span(address, count));
        expect(reads(spans)).toEqual(reads([...spans].reverse()));
      }),
    );
  });
});

/** The cost of reading these blocks, in characters. */
function costOf(plan: readonly Span[], limits: Rules): number {
  return plan.reduce((sum, block) => sum + limits.exchange + Math.ceil(block.count * limits.address), 0);
}

/** Infinite where a group is too long for a request or has too long a hole. */
function costOfGroups(groups: readonly (readonly Span[])[], limits: Rules): number {
  const plan = groups.map((group) => {
    const address = Math.min(...group.map((each) => each.address));
    return span(address, Math.max(...group.map((each) => each.address + each.count)) - address);
  });
  const kept = plan.every(({ count }) => count <= limits.most) && groups.every((g) => longestHole(g) <= limits.maxHole);
  return kept ? costOf(plan, limits) : Number.POSITIVE_INFINITY;
}

/** Addresses in a row between the first and the last that none of these has. */
function longestHole(spans: readonly Span[]): number {
  const has = new Set(spans.flatMap(({ address, count }) => Array.from({ length: count }, (_, n) => address + n)));
  let longest = 0;
  let hole = 0;
  for (let address = Math.min(...has); address <= Math.max(...has); address += 1) {
    hole = has.has(address) ? 0 : hole + 1;
    longest = Math.max(longest, hole);
  }
  return longest;
}

/** Every way to put these into groups: 203 for six. */
function groupings<T>([first, ...rest]: readonly T[]): readonly T[][][] {
  if (first === undefined) return [[]];
  return groupings(rest).flatMap((groups) => [
    [[first], ...groups],
    ...groups.map((_, at) => groups.map((group, index) => (index === at ? [first, ...group] : group))),
  ]);
}

describe('what an exchange costs', () => {
  const options = optionsOf({});

  test('counts silences and the device’s pause: more characters at a higher speed', () => {
    const at = (baud: number) => {
      return rulesFor('holding', options, costOn({ baudRate: baud, characterMs: 11_000 / baud })).exchange;
    };
    expect(at(9600)).toBeGreaterThan(20);
    expect(at(9600)).toBeLessThan(30);
    expect(at(115_200)).toBeGreaterThan(80);
  });

  test('is finite where the speed is not known', () => {
    expect(rulesFor('holding', options, costOn({ baudRate: 0, characterMs: 0 })).exchange).toBe(25);
  });

  test('counts a begun byte of coils whole', () => {
    const coils = { ...rules(), address: 1 / 8, exchange: 2.5 };
    // 32 coils in one answer are two bytes more than 8 and 8 in two; 33 are three
    expect(blocks([span(0, 8), span(24, 8)], coils)).toHaveLength(1);
    expect(blocks([span(0, 8), span(25, 8)], coils)).toHaveLength(2);
  });

  test('knows that eight coils are one byte', () => {
    expect(rulesFor('coil', options, costOn(LINE))).toMatchObject({ most: 2000, address: 1 / 8 });
    expect(rulesFor('input', options, costOn(LINE))).toMatchObject({ most: 125, address: 2 });
  });
});

describe('the plan of a device', () => {
  const POINTS = [
    { name: 'relay', register: 'coil', address: 0, type: 'bool' },
    { name: 'voltage', register: 'input', address: 0, type: 'float32' },
    { name: 'current', register: 'input', address: 2, type: 'float32' },
    { name: 'setpoint', register: 'holding', address: 0, type: 'int16' },
  ];

  test('asks for each kind of register apart, and names the points', () => {
    const plan = device(POINTS).plan(['setpoint', 'current', 'relay', 'voltage']);
    expect(plan.map(({ points }) => points)).toEqual([['relay'], ['voltage', 'current'], ['setpoint']]);
    const requests = plan.map((dialogue) => exchangeOf(dialogue).request);
    expect(requests.map((request) => request[1])).toEqual([1, 4, 3]);
    for (const request of requests) expect(frameRequestLength(request, 0)).toBe(8);
  });

  test('asks only for what is wanted, and once', () => {
    const plan = device(POINTS).plan(['current', 'current']);
    expect(plan.map(({ points }) => points)).toEqual([['current']]);
    expect(plan[0]?.cost.usual[0]?.answer).toBe(9);
  });

  test('refuses a name that is no point', () => {
    expect(() => device(POINTS).plan(['nothing'])).toThrow(expect.objectContaining({ code: 'command/unknown-point' }));
  });

  test('is refused at the creation for a point longer than a request may be, or two of one name', () => {
    const failure = expect.objectContaining({ code: 'driver/create' });
    expect(() => device(POINTS, { maxRegisters: 1 })).toThrow(failure);
    expect(() => device([...POINTS, ...POINTS])).toThrow(failure);
  });

  test('tells the agent what its points are', () => {
    const made = device([
      ...POINTS,
      { name: 'mode', register: 'holding', address: 9, type: 'uint16', enum: { 0: 'off', 1: 'on' }, writable: true },
      { name: 'serial', register: 'holding', address: 20, type: 'string', length: 8 },
      {
        name: 'level',
        register: 'input',
        address: 9,
        type: 'uint16',
        unit: '%',
        min: 0,
        max: 100,
        deadband: 1,
        pollMs: 5,
      },
    ]);
    const kinds = Object.fromEntries(made.points.map(({ name, type }) => [name, type]));
    expect(kinds).toMatchObject({ relay: 'boolean', voltage: 'number', mode: 'text', serial: 'text' });
    expect(made.points.find(({ name }) => name === 'mode')).toMatchObject({ choices: ['off', 'on'], writable: true });
    expect(made.points.find(({ name }) => name === 'level')).toEqual({
      name: 'level',
      type: 'number',
      unit: '%',
      writable: false,
      min: 0,
      max: 100,
      deadband: 1,
      pollMs: 5,
    });
  });
});
