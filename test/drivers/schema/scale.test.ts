import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalOf, numberOf, productOf, readDecimal, rounded, sumOf } from '../../../drivers/schema/decimal.ts';
import { Scale } from '../../../drivers/schema/scale.ts';

const decimal = fc
  .tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.integer({ min: 0, max: 12 }))
  .filter(([digits]) => digits !== 0)
  .map(([digits, places]) => Number(`${digits}e-${places}`));
const raws = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
);

describe('a scale', () => {
  test('gives the double nearest to the decimal that its numbers make', () => {
    const optional = fc.option(decimal, { nil: undefined });
    const decimals = fc.option(fc.nat(9), { nil: undefined });
    fc.assert(
      fc.property(raws, optional, optional, decimals, (raw, scale, offset, places) => {
        const exact = sumOf(productOf(decimalOf(raw), decimalOf(scale ?? 1)), decimalOf(offset ?? 0));
        const expected = numberOf(places === undefined ? exact : rounded(exact, -places));
        expect(new Scale({ scale, offset, decimals: places }).value(raw)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('is undone for every whole raw value whose digits a double holds', () => {
    fc.assert(
      fc.property(fc.integer(), decimal, fc.option(decimal, { nil: undefined }), (raw, scale, offset) => {
        const made = new Scale({ scale, offset });
        if (made.exact(raw) !== undefined) return;
        expect(made.raw(made.value(raw))).toEqual({ nearest: BigInt(raw), off: 0 });
      }),
    );
  });

  test('tells all digits exactly where no double holds them', () => {
    fc.assert(
      fc.property(raws, decimal, (raw, scale) => {
        const made = new Scale({ scale });
        const exact = made.exact(raw);
        const told = exact === undefined ? decimalOf(made.value(raw)) : readDecimal(exact);
        const whole = productOf(decimalOf(raw), decimalOf(scale));
        if (exact !== undefined) expect(told && numberOf(told)).toBe(made.value(raw));
        if (exact !== undefined) expect(told).toEqual(readDecimal(exact));
        expect(numberOf(whole)).toBe(made.value(raw));
      }),
    );
    expect(new Scale({}).exact(9007199254740993n)).toBe('9007199254740993');
    expect(new Scale({}).exact(9007199254740992n)).toBeUndefined();
    expect(new Scale({ scale: 0.1 }).exact(9007199254740993n)).toBe('900719925474099.3');
  });

  test('that makes a number too large for a double gives an infinity', () => {
    expect(new Scale({ scale: 1e12 }).value(1e300)).toBe(Number.POSITIVE_INFINITY);
  });
});
