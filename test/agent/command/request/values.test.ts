import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkValues } from '../../../../agent/command/request/values.ts';
import type { Point } from '../../../../drivers/contract/reading.ts';

const accepts = (point: Partial<Point>, value: unknown): boolean => {
  try {
    checkValues([{ name: 'p', type: 'number', writable: true, ...point }], { p: value });
    return true;
  } catch {
    return false;
  }
};

describe('a value that is written', () => {
  it('keeps to minimum and maximum, which belong to the range', () => {
    const point = { min: -1.5, max: 2 };
    expect([-1.5, 0, -0, 2].every((value) => accepts(point, value))).toBe(true);
    expect([-1.5000001, 2.0000001, Number.MAX_VALUE, -Number.MAX_VALUE].some((value) => accepts(point, value))).toBe(
      false,
    );
  });

  it.each([
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    '1',
    true,
    null,
    undefined,
    [1],
    { valueOf: 1 },
    1n,
  ])('is no number when it is %s', (value) => {
    expect(accepts({}, value)).toBe(false);
  });

  it('is a whole number of steps, however the step is written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.constantFrom(0.1, 0.01, 0.5, 1, 0.3, 7),
        fc.constantFrom(undefined, 0, -40, 0.2),
        (count, step, min) => {
          const value = (min ?? 0) + count * step;
          const whole = { step, ...(min === undefined || count < 0 ? {} : { min }) };
          if (count < 0 && min !== undefined && min !== 0) return;
          expect(accepts(whole, value)).toBe(true);
          expect(accepts({ ...whole, min: undefined }, count * step + step / 3)).toBe(false);
        },
      ),
    );
    expect(accepts({ step: 0.1 }, 0.3)).toBe(true);
    expect(accepts({ step: 0.1 }, 230.1)).toBe(true);
    expect(accepts({ step: 0.1 }, 230.15)).toBe(false);
    expect(accepts({ step: 1 }, 1e-9)).toBe(false);
    expect(accepts({ step: 2 }, 9007199254740990)).toBe(true);
    expect(accepts({ step: 2 }, 9007199254740991)).toBe(false);
    expect(accepts({ step: 0.1 }, 90071992547409.1)).toBe(true);
    expect(accepts({ step: 0.1 }, 90071992547409.1 + 1 / 32)).toBe(false);
  });

  it('is text only within its bounds', () => {
    expect(accepts({ type: 'text' }, 'ä'.repeat(256))).toBe(true);
    expect(accepts({ type: 'text' }, 'ä'.repeat(257))).toBe(false);
    for (const text of ['a\n', '\u001b[2J', '\u0085', '\u007f']) expect(accepts({ type: 'text' }, text)).toBe(false);
  });

  it('is exactly one of the choices where there are any', () => {
    expect(accepts({ choices: ['on', 'off'] }, 'on')).toBe(true);
    for (const value of ['ON', '', 'constructor', 0, true])
      expect(accepts({ choices: ['on', 'off'] }, value)).toBe(false);
  });
});
