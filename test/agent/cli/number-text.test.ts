import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberText } from '../../../agent/cli/number-text.ts';

describe('a number that a tool shows', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [5, '5'],
    [12345679, '12345679'],
    [12345678.91, '12345678.91'],
    [52.51480917, '52.51480917'],
    [-0.127758345, '-0.127758345'],
    [1234567.125, '1234567.125'],
    [90071992547409.5, '90071992547409.5'],
    [0.1234567890123456, '0.1234567890123456'],
    [184467440737095.5, '184467440737095.5'],
    [1234567890123456, '1234567890123456'],
    [1e300, '1e+300'],
    [Math.PI, '3.141592653589793'],
    [1.59e-23, '1.59e-23'],
  ])('has every digit: %d is %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  test.each([
    [230.10000610351562, '230.1'],
    [-0.10000000149011612, '-0.1'],
    [100000.1015625, '100000.1'],
    [50.01234436035156, '50.012344'],
    [0.30000000000000004, '0.3'],
    [2.9000000000000004, '2.9'],
  ])('has no noise of a binary fraction: %d is %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  test('has all digits of any decimal of up to twelve, and reads back as the same 32-bit float', () => {
    const decimal = fc.tuple(fc.integer({ min: -999_999_999_999, max: 999_999_999_999 }), fc.nat(6));
    fc.assert(
      fc.property(decimal, ([digits, places]) => {
        const value = Number(`${digits}e-${places}`);
        expect(Number(numberText(value))).toBe(value + 0);
      }),
    );
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(Number(numberText(value)))).toBe(value + 0);
      }),
    );
  });
});
