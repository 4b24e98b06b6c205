import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decimalOf,
  digitsOf,
  distance,
  exactOf,
  isKept,
  numberOf,
  quotientOf,
  readDecimal,
  rounded,
  roundedTo,
  shortestFloat,
  textOf,
} from '../../../drivers/schema/decimal.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const read = (text: string) => readDecimal(text) ?? decimalOf(0);

describe('a decimal', () => {
  test.each(['0', '0.1', '-0.05', '230.1', '9007199254740993', '-18446744073709551615.25', '0.000000000001'])(
    'is written as it was read: %s',
    (text) => {
      expect(textOf(read(text))).toBe(text);
    },
  );

  test.each([
    ['1e3', '1000'],
    ['1.50', '1.5'],
    ['-0', '0'],
    ['2.5E-3', '0.0025'],
  ])('%s is %s', (text, written) => {
    expect(textOf(read(text))).toBe(written);
  });

  test.each(['', '.5', '5.', '1e', 'x', '0x10', ' 1', '1 '])('is not %j', (text) => {
    expect(readDecimal(text)).toBeUndefined();
  });

  test('of any number is that number again, and never minus zero', () => {
    fc.assert(
      fc.property(finite, (value) => {
        expect(numberOf(decimalOf(value))).toBe(value + 0);
        expect(numberOf(exactOf(value))).toBe(value + 0);
      }),
    );
  });

  test('of a large whole number is what the double holds only where that is asked for', () => {
    expect(textOf(exactOf(2 ** 60))).toBe('1152921504606846976');
    expect(textOf(decimalOf(1e23))).toBe('100000000000000000000000');
  });

  test('has so many digits that count', () => {
    expect(['0.1', '100', '230.10', '0.0025', '9007199254740993'].map((text) => digitsOf(read(text)))).toEqual([
      ...[1, 1, 4, 2, 16],
    ]);
  });

  test('lies as far from another as their digits say', () => {
    expect(distance(read('0.3'), read('0.2'))).toBe(0.1);
    expect(distance(read('9007199254740993'), read('9007199254740992'))).toBe(1);
  });
});

describe('rounding', () => {
  test.each([
    [1.005, 2, 1.01],
    [-1.005, 2, -1.01],
    [-1.5, 0, -2],
    [-0.5, 0, -1],
    [-0.4, 0, 0],
    [2.5, 0, 3],
    [1.4999999999999998, 0, 1],
    [8.345, 2, 8.35],
    [1234567890123456, 0, 1234567890123456],
    [1e300, 3, 1e300],
    [5e-324, 9, 0],
  ])('%d to %d decimals is %d', (value, decimals, result) => {
    expect(Object.is(roundedTo(value, decimals), result)).toBe(true);
  });

  test('is the same on both sides of zero, and never further than half a digit', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.nat(9), (value, decimals) => {
        expect(roundedTo(-value, decimals)).toBe(-roundedTo(value, decimals) + 0);
        const whole = rounded(decimalOf(value), -decimals);
        expect(distance(whole, decimalOf(value))).toBeLessThanOrEqual(0.5 * 10 ** -decimals);
      }),
    );
  });

  test('leaves what is not finite', () => {
    expect(roundedTo(Number.POSITIVE_INFINITY, 2)).toBe(Number.POSITIVE_INFINITY);
  });
});

test('a quotient is the nearest whole number, and how far it is off', () => {
  expect(quotientOf(read('21.5'), read('0.1'))).toEqual({ nearest: 215n, off: 0 });
  expect(quotientOf(read('-21.55'), read('0.1'))).toEqual({ nearest: -216n, off: 0.5 });
  expect(quotientOf(read('1'), read('-0.4'))).toEqual({ nearest: -3n, off: 0.5 });
});

test('a 32-bit float is named by its fewest digits', () => {
  expect(shortestFloat(Math.fround(230.1))).toBe(230.1);
  expect(shortestFloat(Math.fround(12_345_678.91))).toBe(12_345_679);
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Math.fround(shortestFloat(value))).toBe(value + 0);
    }),
  );
});

describe('a number of JSON', () => {
  test.each(['9007199254740993', '18446744073709551615', '9007199254740993.0', '9007199254740.993', '1e400', '1e-400'])(
    'that a double would change is not kept: %s',
    (text) => {
      expect(isKept(text)).toBe(false);
      expect(isKept(`-${text}`)).toBe(false);
    },
  );

  test.each(['0', '-0', '0.0', '0.1', '1.50', '1e23', '5e-324', '9007199254740992', '1152921504606846976', '1E+2'])(
    'is kept: %s',
    (text) => {
      expect(isKept(text)).toBe(true);
    },
  );

  test('is kept however many digits of a double a program writes', () => {
    fc.assert(
      fc.property(finite, fc.integer({ min: 17, max: 40 }), (value, digits) => {
        if (!Number.isInteger(value)) expect(isKept(value.toPrecision(digits))).toBe(true);
        if (Math.abs(value) < 2 ** 53 || !Number.isInteger(value)) expect(isKept(JSON.stringify(value))).toBe(true);
      }),
    );
  });

  test('of very many digits is refused without being looked at', () => {
    expect(isKept('9'.repeat(65))).toBe(false);
    expect(isKept(`0.1${'0'.repeat(70)}`)).toBe(false);
    expect(isKept(`0.${'1'.repeat(200)}`)).toBe(false);
    expect(isKept(`1e${'9'.repeat(20)}`)).toBe(false);
  });
});
