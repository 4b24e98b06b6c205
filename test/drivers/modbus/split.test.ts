import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import { EXCEPTION_FAULTS } from '../../../drivers/modbus/answer.ts';
import { exchangeOf } from '../../support/dialogue.ts';
import { device } from './support.ts';

const ILLEGAL_ADDRESS = new Fault('modbus/illegal-address');

type At = readonly [address: number, registers: number];

/** A device whose point `p7` lies at address 7. */
function meter(points: readonly At[], register = 'input') {
  return device(
    points.map(([address, length], n) => ({
      name: `p${n}-${address}`,
      register,
      address,
      ...typeOf(register, length),
    })),
    { maxHole: 124 },
  );
}

const typeOf = (register: string, length: number) =>
  register === 'coil' ? { type: 'bool' } : length === 1 ? { type: 'uint16' } : { type: 'string', length };

function only(points: readonly At[], register?: string): Dialogue {
  const made = meter(points, register);
  const [first, ...others] = made.plan(made.points.map(({ name }) => name));
  if (!first || others.length > 0) throw new Error('not one request');
  return first;
}

const reach = (dialogue: Dialogue): At => {
  const { request } = exchangeOf(dialogue);
  return [((request[2] ?? 0) << 8) | (request[3] ?? 0), ((request[4] ?? 0) << 8) | (request[5] ?? 0)];
};

const parts = (points: readonly At[], register?: string) => only(points, register).split?.(ILLEGAL_ADDRESS).map(reach);

describe('a request that was refused', () => {
  test('is cut at the hole nearest its middle, and nobody reads the hole any more', () => {
    expect(
      parts([
        [0, 2],
        [4, 2],
        [6, 2],
        [10, 1],
      ]),
    ).toEqual([
      [0, 2],
      [4, 7],
    ]);
    expect(
      parts([
        [0, 2],
        [4, 2],
        [6, 2],
        [9, 3],
      ]),
    ).toEqual([
      [0, 8],
      [9, 3],
    ]);
  });

  test('is cut between the two points nearest its middle where it has no hole', () => {
    expect(
      parts([
        [0, 1],
        [1, 1],
        [2, 1],
        [3, 1],
      ]),
    ).toEqual([
      [0, 2],
      [2, 2],
    ]);
    expect(
      parts([
        [0, 1],
        [1, 8],
        [9, 1],
      ]),
    ).toEqual([
      [0, 1],
      [1, 9],
    ]);
  });

  test('is cut where two points overlap only if there is no other place', () => {
    expect(
      parts([
        [0, 4],
        [2, 4],
        [6, 1],
      ]),
    ).toEqual([
      [0, 6],
      [6, 1],
    ]);
    expect(
      parts([
        [0, 4],
        [2, 4],
      ]),
    ).toEqual([
      [0, 4],
      [2, 4],
    ]);
    expect(
      parts([
        [0, 4],
        [1, 1],
      ]),
    ).toEqual([
      [0, 4],
      [1, 1],
    ]);
  });

  test('has no parts where it reads one point, or the same registers several times', () => {
    expect(parts([[3, 4]])).toEqual([]);
    expect(
      parts([
        [3, 4],
        [3, 4],
        [3, 4],
      ]),
    ).toEqual([]);
  });

  test('is split for coils as for registers', () => {
    expect(
      parts(
        [
          [0, 1],
          [1, 1],
          [9, 1],
        ],
        'coil',
      ),
    ).toEqual([
      [0, 2],
      [9, 1],
    ]);
  });

  test('is split only for exceptions that a narrower request may be spared', () => {
    const asked = only([
      [0, 1],
      [1, 1],
    ]);
    const cured = [...new Set([...Object.values(EXCEPTION_FAULTS), 'modbus/exception' as FaultCode])].filter(
      (code) => (asked.split?.(new Fault(code)).length ?? 0) > 0,
    );
    expect(cured).toEqual([
      'modbus/illegal-address',
      'modbus/illegal-value',
      'modbus/device-failure',
      'modbus/memory-parity',
    ]);
  });

  test('is never split where it writes', () => {
    const relays = device(
      [0, 1].map((address) => ({
        ...{ name: `r${address}`, type: 'bool', writable: true },
        address,
        register: 'coil',
      })),
    );
    const [write] = relays.write(
      new Map([
        ['r0', true],
        ['r1', true],
      ]),
    );
    expect(exchangeOf(write).request[1]).toBe(15);
    expect(write?.split).toBeUndefined();
  });

  test('gives up its points one by one at last: each is read once, whole, by the narrowest request there is', () => {
    const some = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(some, (points) => {
        const made = meter(points);
        const names = made.points.map(({ name }) => name);
        const leaves = (each: Dialogue): readonly Dialogue[] => {
          const narrower = each.split?.(ILLEGAL_ADDRESS) ?? [];
          expect([0, 2]).toContain(narrower.length);
          return narrower.length === 0 ? [each] : narrower.flatMap(leaves);
        };
        const last = made.plan(names).flatMap(leaves);
        expect(last.flatMap((each) => each.points).toSorted()).toEqual(names.toSorted());
        for (const each of last) {
          for (const name of each.points) expect(reach(each)).toEqual(points[names.indexOf(name)]);
        }
      }),
    );
  });
});
