import { describe, expect, test } from 'vitest';
import type { Value } from '../../../drivers/contract/reading.ts';
import { type Asked, asked } from '../../support/dialogue.ts';
import { toHex, transcript } from '../../support/transcript.ts';
import { device } from './support.ts';

interface Case {
  readonly name: string;
  readonly points: readonly Record<string, unknown>[];
  readonly options?: Record<string, unknown>;
  /** The values that are written; without them all points are read. */
  readonly write?: Record<string, Value>;
  readonly wire: string;
  /** Values by point, or a fault code. */
  readonly expect: Record<string, Value> | string;
  readonly strays?: readonly string[];
}

const uint16 = (name: string, address: number, more: Record<string, unknown> = {}) => ({
  name,
  register: 'holding',
  address,
  type: 'uint16',
  ...more,
});
const THREE = [uint16('a', 0x6b), uint16('b', 0x6c), uint16('c', 0x6d)];
const SETPOINT = [uint16('setpoint', 1, { writable: true })];

/** Requests and answers of the Modbus Application Protocol Specification V1.1b3, framed for unit 1. */
const SPECIFICATION: readonly Case[] = [
  {
    name: '6.1 reads coils 20 to 38',
    points: [
      { name: 'c20', register: 'coil', address: 19, type: 'bool' },
      { name: 'c21', register: 'coil', address: 20, type: 'bool' },
      { name: 'c27', register: 'coil', address: 26, type: 'bool' },
      { name: 'c38', register: 'coil', address: 37, type: 'bool' },
    ],
    options: { maxHole: 20 },
    wire: `>> 01 01 00 13 00 13 8C 02
           << 01 01 03 CD 6B 05 42 82`,
    expect: { c20: true, c21: false, c27: true, c38: true },
  },
  {
    name: '6.2 reads discrete inputs 197 to 218',
    points: [
      { name: 'd197', register: 'discrete', address: 196, type: 'bool' },
      { name: 'd199', register: 'discrete', address: 198, type: 'bool' },
      { name: 'd218', register: 'discrete', address: 217, type: 'bool' },
    ],
    options: { maxHole: 20 },
    wire: `>> 01 02 00 C4 00 16 B8 39
           << 01 02 03 AC DB 35 22 88`,
    expect: { d197: false, d199: true, d218: true },
  },
  {
    name: '6.3 reads holding registers 108 to 110',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 03 06 02 2B 00 00 00 64 05 7A`,
    expect: { a: 555, b: 0, c: 100 },
  },
  {
    name: '6.4 reads input register 9',
    points: [{ name: 'i9', register: 'input', address: 8, type: 'uint16' }],
    wire: `>> 01 04 00 08 00 01 B0 08
           << 01 04 02 00 0A 39 37`,
    expect: { i9: 10 },
  },
  {
    name: '6.5 switches coil 173 on',
    points: [{ name: 'relay', register: 'coil', address: 172, type: 'bool', writable: true }],
    write: { relay: true },
    wire: `>> 01 05 00 AC FF 00 4C 1B
           << 01 05 00 AC FF 00 4C 1B`,
    expect: {},
  },
  {
    name: '6.6 writes 3 to register 2',
    points: SETPOINT,
    write: { setpoint: 3 },
    wire: `>> 01 06 00 01 00 03 98 0B
           << 01 06 00 01 00 03 98 0B`,
    expect: {},
  },
  {
    name: '6.11 writes ten coils from coil 20 on',
    points: Array.from('1011001110', (_, index) => ({
      name: `c${index}`,
      register: 'coil',
      address: 19 + index,
      type: 'bool',
      writable: true,
    })),
    write: Object.fromEntries(Array.from('1011001110', (bit, index) => [`c${index}`, bit === '1'])),
    wire: `>> 01 0F 00 13 00 0A 02 CD 01 72 CB
           << 01 0F 00 13 00 0A 24 09`,
    expect: {},
  },
  {
    name: '6.12 writes two registers from register 2 on',
    points: [uint16('a', 1, { writable: true }), uint16('b', 2, { writable: true })],
    write: { a: 0x000a, b: 0x0102 },
    wire: `>> 01 10 00 01 00 02 04 00 0A 01 02 92 30
           << 01 10 00 01 00 02 10 08`,
    expect: {},
  },
  {
    name: '6.1 takes the exception for coils that are not there',
    points: [{ name: 'c', register: 'coil', address: 0x04a1, type: 'bool' }],
    wire: `>> 01 01 04 A1 00 01 AD 18
           << 01 81 02 C1 91`,
    expect: 'modbus/illegal-address',
  },
];

const LINE_FAULTS: readonly Case[] = [
  {
    name: 'noise before the answer is skipped and counted',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 00 FF 80
           << 01 03 06 02 2B 00 00 00 64 05 7A`,
    expect: { a: 555, b: 0, c: 100 },
    strays: ['noise'],
  },
  {
    name: 'our own request before the answer is an echo',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 03 00 6B 00 03 74 17
           << 01 03 06 02 2B 00 00 00 64 05 7A`,
    expect: { a: 555, b: 0, c: 100 },
    strays: ['echo'],
  },
  {
    name: 'only our own request is an echo and no answer',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 03 00 6B 00 03 74 17`,
    expect: 'modbus/echo',
    strays: ['echo'],
  },
  {
    name: 'a request that came back cut short is an echo too',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 03 00 6B 00`,
    expect: 'modbus/echo',
    strays: ['echo'],
  },
  {
    name: 'the echo of a write of several registers is not its confirmation',
    points: [uint16('a', 1, { writable: true }), uint16('b', 2, { writable: true })],
    write: { a: 0x000a, b: 0x0102 },
    wire: `>> 01 10 00 01 00 02 04 00 0A 01 02 92 30
           << 01 10 00 01 00 02 04 00 0A 01 02 92 30`,
    expect: 'modbus/echo',
    strays: ['echo'],
  },
  {
    name: 'an answer of another unit is stepped over',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 02 03 06 02 2B 00 00 00 64 11 8A
           << 01 03 06 02 2B 00 00 00 64 05 7A`,
    expect: { a: 555, b: 0, c: 100 },
    strays: ['foreign'],
  },
  {
    name: 'only another unit answers',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 02 03 06 02 2B 00 00 00 64 11 8A`,
    expect: 'modbus/foreign-unit',
    strays: ['foreign'],
  },
  {
    name: 'the same unit answers for another function',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 04 06 02 2B 00 00 00 64 44 9C`,
    expect: 'modbus/wrong-function',
    strays: ['foreign'],
  },
  {
    name: 'the same unit answers with another count',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 03 04 02 2B 00 00 8B 83`,
    expect: 'modbus/wrong-count',
    strays: ['foreign'],
  },
  {
    name: 'a late answer with another count is stepped over',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 03 04 02 2B 00 00 8B 83
           << 01 03 06 02 2B 00 00 00 64 05 7A`,
    expect: { a: 555, b: 0, c: 100 },
    strays: ['foreign'],
  },
  {
    name: 'another address is confirmed',
    points: SETPOINT,
    write: { setpoint: 3 },
    wire: `>> 01 06 00 01 00 03 98 0B
           << 01 06 00 02 00 03 68 0B`,
    expect: 'modbus/wrong-confirmation',
    strays: ['foreign'],
  },
  {
    name: 'another value is confirmed',
    points: SETPOINT,
    write: { setpoint: 3 },
    wire: `>> 01 06 00 01 00 03 98 0B
           << 01 06 00 01 00 04 D9 C9`,
    expect: 'modbus/wrong-confirmation',
    strays: ['foreign'],
  },
  {
    name: 'a damaged answer',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 03 06 02 2B 00 00 00 65 05 7A`,
    expect: 'modbus/checksum',
    strays: ['checksum'],
  },
  {
    name: 'a truncated answer',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 03 06 02 2B 00 00`,
    expect: 'modbus/truncated',
    strays: ['truncated'],
  },
  {
    name: 'a gateway behind which the device is missing',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 83 0B 00 F7`,
    expect: 'modbus/gateway-target',
  },
  {
    name: 'an exception without a name',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 01 83 63 01 19`,
    expect: 'modbus/exception',
  },
  {
    name: 'nothing but bytes without sense',
    points: THREE,
    wire: `>> 01 03 00 6B 00 03 74 17
           << 00 00 FE FE FE`,
    expect: 'device/garbled',
    strays: ['noise'],
  },
  {
    name: 'nothing at all',
    points: THREE,
    wire: '>> 01 03 00 6B 00 03 74 17',
    expect: 'device/silent',
    strays: [],
  },
];

function exchangeOf(given: Case): Asked {
  const made = device(given.points, given.options);
  const exchanges =
    given.write === undefined
      ? made.plan(made.points.map(({ name }) => name))
      : made.write(new Map(Object.entries(given.write)));
  expect(exchanges).toHaveLength(1);
  return asked(exchanges[0]);
}

function check(given: Case): void {
  const exchange = exchangeOf(given);
  const { sent, received } = transcript(given.wire);
  expect(sent.map(toHex)).toEqual([toHex(exchange.request)]);
  const bytes = Buffer.concat(received);
  let answer = exchange.answer(new Uint8Array(0), false);
  expect(answer.state).toBe('more');
  for (let end = 1; end <= bytes.length && answer.state === 'more'; end += 1) {
    answer = exchange.answer(bytes.subarray(0, end), false);
  }
  if (answer.state === 'more') answer = exchange.answer(bytes, true);
  if (answer.state === 'more') throw new Error('no verdict at the end');
  if (typeof given.expect === 'string') expect(answer).toMatchObject({ fault: { code: given.expect } });
  else {
    expect(answer.state).toBe('done');
    const samples = answer.state === 'done' ? answer.samples : [];
    expect(Object.fromEntries(samples.map(({ point, value }) => [point, value]))).toEqual(given.expect);
  }
  expect(answer.strays).toEqual(given.strays ?? []);
}

describe('the examples of the specification', () => {
  for (const each of SPECIFICATION) test(each.name, () => check(each));

  test('6.17 reads six registers and writes three: the frame', async () => {
    const { encodeRequest } = await import('./frames.ts');
    const registers = Uint8Array.of(0, 0xff, 0, 0xff, 0, 0xff);
    const frame = encodeRequest(1, { function: 23, address: 3, count: 6, writeAddress: 14, registers });
    expect(toHex(frame)).toBe('01 17 00 03 00 06 00 0E 00 03 06 00 FF 00 FF 00 FF 46 91');
  });
});

describe('what a line does to an answer', () => {
  for (const each of LINE_FAULTS) test(each.name, () => check(each));
});
