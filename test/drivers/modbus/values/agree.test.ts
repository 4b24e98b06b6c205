import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value } from '../../../../drivers/contract/reading.ts';
import { decodeRequest } from '../../../../drivers/modbus/request.ts';
import { valueCodec } from '../../../../drivers/modbus/values/value.ts';
import { exchangeOf } from '../../../support/dialogue.ts';
import { device, optionsOf, pointOf } from '../support.ts';

const holding = (more: Record<string, unknown>) => ({
  ...{ name: 'p', register: 'holding', address: 0, type: 'uint16', writable: true },
  ...more,
});

function agrees(more: Record<string, unknown>, written: Value, read: Value): boolean | undefined {
  return device([holding(more)]).agrees?.('p', written, read);
}

describe('a value that is read back', () => {
  test.each([
    ['a whole number', {}, 5, 5],
    ['what a scale makes of it', { scale: 0.1 }, 0.3, 0.3],
    ['a scaled value with its noise', { scale: 0.1 }, 0.1 + 0.2, 0.3],
    ['what the decimals leave of it', { type: 'float32', decimals: 1 }, 20.04, 20],
    ['a value between two decimals, either way', { type: 'float32', decimals: 1 }, 20.05, 20],
    ['what a float holds of it', { type: 'float32' }, 16_777_217, 16_777_216],
    ['a float whose last bit the device changed by computing', { type: 'float32' }, 230.1, 230.10002],
    ['a large float as far as its type holds it', { type: 'float32' }, 12_345_678.91, 12_345_679],
    ['less than half a step away', { type: 'float32', step: 0.5 }, 20, 20.2],
    ['the text without the blanks at its end', { type: 'string', length: 4 }, 'pump  ', 'pump'],
    ['null for an empty text', { type: 'string', length: 4 }, '', null],
    ['one of the texts', { enum: { 0: 'off', 1: 'on' } }, 'on', 'on'],
    ['a bit', { type: 'bool' }, true, true],
    ['a coil', { register: 'coil', type: 'bool' }, false, false],
    ['a number beyond 2^53, as far as it can be told', { type: 'uint64' }, 2 ** 60, 2 ** 60],
  ] as const)('agrees when it is %s', (_, more, written, read) => {
    expect(agrees(more, written, read)).toBe(true);
  });

  test.each([
    ['another whole number', {}, 5, 6],
    ['one unit of a large count away', { type: 'uint32' }, 4_000_000_000, 4_000_000_001],
    ['one step of the scale away', { scale: 0.1 }, 0.3, 0.4],
    ['a small number that is not the one', { type: 'float32' }, 1e-7, 2e-7],
    ['one decimal away', { type: 'float32', decimals: 1 }, 20, 20.1],
    ['a float that differs in its seventh digit', { type: 'float32' }, 230.1, 230.1001],
    ['a large float that differs by more than its last bit', { type: 'float32' }, 12_345_678.91, 12_345_682],
    ['a double that differs in its seventh digit', { type: 'float64' }, 12_345_678.91, 12_345_680],
    ['a step away', { type: 'float32', step: 0.5 }, 20, 20.5],
    ['not known', {}, 5, null],
    ['another text', { enum: { 0: 'off', 1: 'on' } }, 'on', 'off'],
    ['the other bit', { type: 'bool' }, true, false],
    ['another coil', { register: 'coil', type: 'bool' }, true, false],
    ['of another type', {}, 1, true],
    ['of what can not be written', {}, 70_000, 70_000],
  ] as const)('does not agree when it is %s', (_, more, written, read) => {
    expect(agrees(more, written, read)).toBe(false);
  });

  test('of 64 bits agrees by all its digits', () => {
    const made = device([holding({ type: 'uint64' })]);
    expect(made.agrees?.('p', 2 ** 53, 2 ** 53)).toBe(true);
    expect(made.agrees?.('p', 2 ** 53, 2 ** 53, '9007199254740993')).toBe(false);
    const scaled = device([holding({ type: 'uint64', scale: 0.001 })]);
    expect(scaled.agrees?.('p', 9007199254740.992, 9007199254740.992)).toBe(true);
    expect(scaled.agrees?.('p', 9007199254740.992, 9007199254740.992, '9007199254740.993')).toBe(false);
  });

  test('is nothing of a point that there is not', () => {
    expect(device([holding({})]).agrees?.('q', 1, 1)).toBe(false);
  });

  test('agrees exactly when the registers do, for whole numbers of any scale and offset', () => {
    const scale = fc.constantFrom(1, 0.1, -0.01, 0.25, 10, 0.001);
    const raw = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(scale, fc.constantFrom(undefined, -40, 0.5), raw, raw, (scale, offset, a, b) => {
        const options = { scale, ...(offset === undefined ? {} : { offset }) };
        const made = device([holding(options)]);
        const codec = valueCodec(pointOf(holding(options)), optionsOf());
        const decoded = (value: number) => codec.decode(Uint8Array.of(value >> 8, value & 255));
        const written = decoded(a);
        expect(made.agrees?.('p', written, decoded(b))).toBe(a === b);
        const [dialogue] = made.write(new Map([['p', written]]));
        const request = decodeRequest(exchangeOf(dialogue).request);
        expect(request).toMatchObject({ registers: Uint8Array.of(a >> 8, a & 255) });
      }),
    );
  });
});
