import { describe, expect, test } from 'vitest';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { exchangeOf } from '../../support/dialogue.ts';
import { toHex } from '../../support/transcript.ts';
import { asciiDevice, device, tcpDevice } from './support.ts';

const POINTS = [{ name: 'a', register: 'holding', address: 1, type: 'uint16', writable: true }];
const ALL = { unit: 0, anyUnit: true, timeoutMs: 150 };

const written = (made: PollDevice) => made.write(new Map([['a', 3]]))[0];

describe('unit 0', () => {
  test('is a broadcast on a line: a write is sent, gets its time, and nobody answers', () => {
    const dialogue = written(device(POINTS, ALL));
    const exchange = exchangeOf(dialogue);
    expect(toHex(exchange.request)).toBe('00 06 00 01 00 03 99 DA');
    expect(exchange).toMatchObject({ answer: { usual: 0, most: 0 }, timeout: 150, lateWithin: 0 });
    expect(exchange.judge(new Uint8Array(0), true)).toMatchObject({ state: 'done', used: 0 });
    expect(dialogue?.cost.usual).toMatchObject([{ answer: 0, timeout: 150 }]);
    expect(exchangeOf(written(asciiDevice(POINTS, ALL))).answer.most).toBe(0);
  });

  test('brings no values, also where a write would read them back', () => {
    const step = written(device(POINTS, { ...ALL, writeFunction: 'read-write' }))?.begin(undefined);
    const end = step?.kind === 'ask' ? step.next({ state: 'answered', result: new Uint8Array(0) }) : undefined;
    expect(end).toMatchObject({ kind: 'end', samples: [] });
  });

  test('is a unit as any other on Modbus TCP', () => {
    expect(exchangeOf(written(tcpDevice(POINTS, ALL))).answer.usual).toBe(12);
  });
});

describe.each([
  ['modbus-rtu', device],
  ['modbus-ascii', asciiDevice],
  ['modbus-tcp', tcpDevice],
])('%s', (_, make) => {
  test.each([0, 248, 255])('takes unit %d only with anyUnit', (unit) => {
    expect(() => make(POINTS, { unit })).toThrow(expect.objectContaining({ code: 'driver/options' }));
    expect(make(POINTS, { unit, anyUnit: true }).kind).toBe('poll');
  });

  test.each([-1, 256, 1.5])('never takes unit %d', (unit) => {
    expect(() => make(POINTS, { unit, anyUnit: true })).toThrow(expect.objectContaining({ code: 'driver/options' }));
  });
});
