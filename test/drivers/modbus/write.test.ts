import { describe, expect, test } from 'vitest';
import type { Value } from '../../../drivers/contract/reading.ts';
import { confirmation, encodeData } from '../../../drivers/modbus/answer.ts';
import { decodeRequest } from '../../../drivers/modbus/request.ts';
import { asked, exchangeOf } from '../../support/dialogue.ts';
import { hex } from '../../support/transcript.ts';
import { device } from './support.ts';

const holding = (name: string, address: number, more: Record<string, unknown> = {}) => ({
  name,
  register: 'holding',
  address,
  type: 'uint16',
  writable: true,
  ...more,
});
const POINTS = [
  holding('a', 10),
  holding('b', 11),
  holding('wide', 12, { type: 'uint32' }),
  holding('far', 40),
  holding('fixed', 50, { writable: false }),
  holding('again', 10),
  holding('otherwise', 10, { writeFunction: 'single' }),
  { name: 'relay-1', register: 'coil', address: 0, type: 'bool', writable: true },
  { name: 'relay-2', register: 'coil', address: 1, type: 'bool', writable: true },
];

function write(values: Record<string, Value>, options: Record<string, unknown> = {}) {
  return device(POINTS, options).write(new Map(Object.entries(values)));
}

const functions = (values: Record<string, Value>, options: Record<string, unknown> = {}) =>
  write(values, options).map((dialogue) => decodeRequest(exchangeOf(dialogue).request)?.function);

describe('a write', () => {
  test('of one register or coil uses function 6 or 5', () => {
    expect(functions({ a: 1 })).toEqual([6]);
    expect(functions({ 'relay-1': true })).toEqual([5]);
  });

  test('of one register or coil uses 16 or 15 where the device wants that', () => {
    expect(functions({ a: 1 }, { writeFunction: 'multiple' })).toEqual([16]);
    expect(functions({ 'relay-1': true }, { writeFunction: 'multiple' })).toEqual([15]);
  });

  test('of each register and each coil alone uses functions 6 and 5 where the device wants that', () => {
    const exchanges = write({ a: 1, b: 2, wide: 0x00030004 }, { writeFunction: 'single' });
    expect(exchanges.map(({ points }) => points)).toEqual([['a'], ['b'], ['wide'], ['wide']]);
    expect(exchanges.map((each) => decodeRequest(exchangeOf(each).request))).toEqual([
      { function: 6, address: 10, registers: hex('0001') },
      { function: 6, address: 11, registers: hex('0002') },
      { function: 6, address: 12, registers: hex('0003') },
      { function: 6, address: 13, registers: hex('0004') },
    ]);
    expect(functions({ 'relay-1': true, 'relay-2': true }, { writeFunction: 'single' })).toEqual([5, 5]);
  });

  test('of a point that is written in its own way is not joined with its neighbours of another', () => {
    const points = [holding('a', 10), holding('b', 11, { writeFunction: 'multiple' }), holding('c', 12)];
    const exchanges = device(points).write(new Map(Object.entries({ a: 1, b: 2, c: 3 })));
    expect(exchanges.map((each) => decodeRequest(exchangeOf(each).request)?.function)).toEqual([6, 16, 6]);
  });

  test('of a value in two registers uses function 16', () => {
    expect(functions({ wide: 1 })).toEqual([16]);
  });

  test('of neighbours is one request, in the order of their addresses', () => {
    const dialogues = write({ wide: 0x00030004, b: 2, a: 1 });
    expect(dialogues).toHaveLength(1);
    expect(dialogues[0]?.points).toEqual(['a', 'b', 'wide']);
    expect(decodeRequest(exchangeOf(dialogues[0]).request)).toEqual({
      function: 16,
      address: 10,
      registers: hex('0001 0002 0003 0004'),
    });
    expect(functions({ 'relay-1': true, 'relay-2': false })).toEqual([15]);
  });

  test('of what lies apart is several requests in the order of the values', () => {
    const dialogues = write({ far: 1, 'relay-2': true, a: 2 });
    expect(dialogues.map(({ points }) => points)).toEqual([['far'], ['relay-2'], ['a']]);
  });

  test('keeps the most registers of a request', () => {
    expect(write({ a: 1, b: 2, wide: 3 }, { maxRegisters: 2 }).map(({ points }) => points)).toEqual([
      ['a', 'b'],
      ['wide'],
    ]);
  });

  test('that reads back uses function 23 and gives the values', () => {
    const exchange = asked(write({ a: 1, b: 2 }, { writeFunction: 'read-write' })[0]);
    const request = decodeRequest(exchange.request);
    expect(request).toMatchObject({
      function: 23,
      address: 10,
      count: 2,
      writeAddress: 10,
      registers: hex('0001 0002'),
    });
    const answer = request && exchange.answer(encodeData(1, request, hex('0001 0003')), false);
    expect(answer).toMatchObject({
      state: 'done',
      samples: [
        { point: 'a', value: 1 },
        { point: 'b', value: 3 },
      ],
    });
    expect(functions({ 'relay-1': true }, { writeFunction: 'read-write' })).toEqual([5]);
  });

  test('is confirmed without samples', () => {
    const exchange = asked(write({ a: 1 })[0]);
    const request = decodeRequest(exchange.request);
    expect(request && exchange.answer(confirmation(1, request), false)).toMatchObject({ state: 'done', samples: [] });
  });

  test.each([
    ['an unknown point', { nothing: 1 }, 'command/unknown-point'],
    ['a name of Object', { constructor: 1 }, 'command/unknown-point'],
    ['a point that is not writable', { fixed: 1 }, 'command/not-writable'],
    ['a value that does not fit', { a: 65536 }, 'command/value'],
    ['a number for a coil', { 'relay-1': 1 }, 'command/value'],
    ['null', { a: null }, 'command/value'],
    ['two values for one register', { a: 1, again: 2 }, 'command/value'],
    ['two values for one register, written in two ways', { a: 1, otherwise: 2 }, 'command/value'],
  ])('refuses %s, and then sends nothing of the others', (_, values, code) => {
    const all = { far: 1, ...values } as Record<string, Value>;
    expect(() => write(all)).toThrow(expect.objectContaining({ code }));
  });
});
