import { describe, expect, test } from 'vitest';
import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import { encodeData } from '../../../drivers/modbus/answer.ts';
import { conflicts } from '../../../drivers/modbus/conflicts.ts';
import { decodeRequest } from '../../../drivers/modbus/request.ts';
import { seal } from '../../../drivers/modbus/rtu/frame.ts';
import { asked, exchangeOf } from '../../support/dialogue.ts';
import { hex } from '../../support/transcript.ts';
import { device, LINE, optionsOf, pointOf } from './support.ts';

const input = (name: string, address: number, more: Record<string, unknown> = {}) => ({
  ...{ name, register: 'input', address, type: 'int16', ...more },
});
const POWER = input('power', 10, { scaleFrom: 'power-sf' });
const FACTOR = input('power-sf', 14);

const spans = (dialogues: readonly Dialogue[] = []) =>
  dialogues.map((dialogue) => {
    const request = decodeRequest(exchangeOf(dialogue).request);
    return request !== undefined && 'count' in request ? [request.address, request.count] : [];
  });

/** The values of one answer. */
function answered([dialogue]: readonly Dialogue[], registers: string) {
  const request = decodeRequest(exchangeOf(dialogue).request);
  const answer = request && asked(dialogue).answer(encodeData(1, request, hex(registers)), false);
  return answer?.state === 'done' ? answer.samples : [];
}

/** The value of 1234, or of the given registers, by a factor in four hexadecimal digits. */
function scaledBy(factor: string, more: Record<string, unknown> = {}, raw = '04D2') {
  const points = [{ ...POWER, ...more }, input('power-sf', 11)];
  const wide = hex(raw).length / 2;
  const placed = points.map((point) => (point.name === 'power-sf' ? { ...point, address: 10 + wide } : point));
  return answered(device(placed).plan(['power']), raw + factor);
}

describe('a value whose power of ten is another point', () => {
  test.each([
    ['0000', 1234],
    ['FFFF', 123.4],
    ['FFF6', 0.000_000_123_4],
    ['0003', 1_234_000],
    ['000A', 12_340_000_000_000],
  ])('is so much by the factor %s: %d', (factor, value) => {
    expect(scaledBy(factor)).toEqual([{ point: 'power', value }]);
  });

  test.each(['000B', 'FFF5', '8000', '7FFF'])('is null by %s, which is no power of ten from -10 to 10', (factor) => {
    expect(scaledBy(factor)).toEqual([{ point: 'power', value: null }]);
  });

  test('is scaled besides, moved and rounded as any other', () => {
    expect(scaledBy('FFFF', { scale: 0.5, offset: 1 })).toEqual([{ point: 'power', value: 62.7 }]);
    expect(scaledBy('FFFD', { decimals: 1 })).toEqual([{ point: 'power', value: 1.2 }]);
  });

  test('keeps all digits, and is null by its own error value', () => {
    const wide = { type: 'uint64' };
    expect(scaledBy('FFFD', wide, '0020000000000001')).toEqual([
      { point: 'power', value: 9007199254740.992, exact: '9007199254740.993' },
    ]);
    expect(scaledBy('FFFD', { ...wide, max: 1e20 }, 'FFFFFFFFFFFFFFFF')[0]?.value).toBe(18446744073709552);
    expect(scaledBy('0003', { ...wide, max: 1.9e19 }, 'FFFFFFFFFFFFFFFF')[0]?.value).toBeNull();
    expect(scaledBy('0000', { errorValue: 0x8000 }, '8000')).toEqual([{ point: 'power', value: null }]);
  });

  test('is null where the factor says that it is not known', () => {
    const points = [POWER, { ...FACTOR, errorValue: 1 }];
    expect(answered(device(points).plan(['power']), '04D2 0000 0000 0000 0001')).toEqual([
      { point: 'power', value: null },
    ]);
  });

  test('is read with its factor in one request, over all that lies between, before it or behind', () => {
    expect(spans(device([POWER, FACTOR]).plan(['power']))).toEqual([[10, 5]]);
    expect(spans(device([POWER, FACTOR]).plan(['power', 'power-sf']))).toEqual([[10, 5]]);
    expect(spans(device([POWER, FACTOR]).plan(['power-sf']))).toEqual([[14, 1]]);
    const before = [input('power', 10, { scaleFrom: 'sf' }), input('sf', 4)];
    expect(spans(device(before).plan(['power']))).toEqual([[4, 7]]);
    expect(answered(device(before).plan(['power']), 'FFFF 0000 0000 0000 0000 0000 04D2')).toEqual([
      { point: 'power', value: 123.4 },
    ]);
  });

  test('is never parted from its factor, neither by the longest request nor by a refusal', () => {
    const points = [input('a', 9), POWER, input('b', 12), FACTOR, input('c', 15)];
    const withPower = (dialogues: readonly Dialogue[]) => dialogues.find((each) => each.points.includes('power'));
    const names = points.map(({ name }) => name);
    const shortest = withPower(device(points, { maxRegisters: 5 }).plan(names));
    expect(spans(shortest && [shortest])).toEqual([[10, 5]]);
    let dialogue = withPower(device(points).plan(names));
    expect(spans(dialogue && [dialogue])).toEqual([[9, 7]]);
    let last: readonly (readonly number[])[] = [];
    while (dialogue) {
      last = spans([dialogue]);
      const refusal = asked(dialogue).answer(seal(1, [0x84, 2]), true);
      dialogue = withPower((refusal.state === 'failed' && dialogue.split?.(refusal.fault)) || []);
    }
    expect(last).toEqual([[10, 5]]);
  });
});

describe('a factor', () => {
  const found = (factor: Record<string, unknown>, options: Record<string, unknown> = {}) =>
    conflicts({ options: optionsOf(options), points: [POWER, factor].map(pointOf), line: LINE }).map(({ at }) => at);
  const atFactor = [{ point: 0, key: 'scaleFrom' }];

  test('is taken where it lies in the same kind of register and is a whole number', () => {
    expect(found(FACTOR)).toEqual([]);
    expect(found({ ...FACTOR, type: 'uint16', bits: [0, 4] })).toEqual([]);
    expect(found({ ...FACTOR, address: 134 })).toEqual([]);
  });

  test.each([
    ['is no point', { ...FACTOR, name: 'other' }],
    ['lies in another kind of register', { ...FACTOR, register: 'holding' }],
    ['lies too far away for one request', { ...FACTOR, address: 135 }],
    ['is a float', { ...FACTOR, type: 'float32' }],
    ['has an exponent of its own', { ...FACTOR, type: 'exp8-mantissa24' }],
    ['is a text', { ...FACTOR, type: 'string', length: 1 }],
    ['is a bool', { ...FACTOR, type: 'bool' }],
    ['is scaled', { ...FACTOR, scale: 2 }],
    ['is moved', { ...FACTOR, offset: 2 }],
    ['is rounded', { ...FACTOR, decimals: 0 }],
    ['has texts', { ...FACTOR, enum: { 1: 'a' } }],
    ['has a factor itself', { ...FACTOR, scaleFrom: 'power' }],
  ])('is refused that %s', (_, factor) => {
    expect(found(factor)).toContainEqual(atFactor[0]);
    expect(() => device([POWER, factor])).toThrow(expect.objectContaining({ code: 'driver/create' }));
  });

  test('is refused that lies outside the device’s own longest request, or is the point itself', () => {
    expect(found(FACTOR, { maxRegisters: 5 })).toEqual([]);
    expect(found(FACTOR, { maxRegisters: 4 })).toEqual(atFactor);
    const own = [pointOf(input('power', 10, { scaleFrom: 'power' }))];
    expect(conflicts({ options: optionsOf(), points: own, line: LINE })).toHaveLength(1);
  });
});
