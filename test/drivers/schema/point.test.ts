import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { realNumber, wholeNumber } from '../../../drivers/schema/number.ts';
import { commonPoint, consistentPoint } from '../../../drivers/schema/point.ts';
import { id, text } from '../../../drivers/schema/text.ts';

const point = z.strictObject(commonPoint).superRefine(consistentPoint);

function said(schema: z.ZodType, value: unknown): readonly string[] {
  return schema.safeParse(value).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

test('a name is enough, and nothing is writable unless it says so', () => {
  expect(point.parse({ name: 'voltage-l1' })).toEqual({ name: 'voltage-l1', writable: false });
});

test.each([
  [{}, 'name: must be text'],
  [{ name: 'Voltage' }, 'name: must be 1 to 63 of a-z, 0-9 and -, and not begin with -'],
  [{ name: '-a' }, 'name: must be 1 to 63 of a-z, 0-9 and -, and not begin with -'],
  [{ name: 'a'.repeat(64) }, 'name: must be 1 to 63 of a-z, 0-9 and -, and not begin with -'],
  [{ name: 'a\n' }, 'name: must be 1 to 63 of a-z, 0-9 and -, and not begin with -'],
  [{ name: 'a', unit: '' }, 'unit: must have 1 to 32 characters'],
  [{ name: 'a', unit: 'V'.repeat(33) }, 'unit: must have 1 to 32 characters'],
  [{ name: 'a', unit: 'V\u0007' }, 'unit: must hold only printable characters'],
  [{ name: 'a', unit: 'V\u202e' }, 'unit: must hold only printable characters'],
  [{ name: 'a', unit: 'V\u0085' }, 'unit: must hold only printable characters'],
  [{ name: 'a', min: Number.NaN }, 'min: must be a number'],
  [{ name: 'a', max: Number.POSITIVE_INFINITY }, 'max: must be a number'],
  [{ name: 'a', min: 2, max: 1 }, 'max: must not be below min'],
  [{ name: 'a', step: 0 }, 'step: must be above 0'],
  [{ name: 'a', deadband: -0.1 }, 'deadband: must be 0 to 100000000000000000000'],
  [{ name: 'a', pollMs: 86_400_001 }, 'pollMs: must be 0 to 86400000'],
  [{ name: 'a', pollMs: 0.5 }, 'pollMs: must be a whole number'],
  [{ name: 'a', pollMs: '5' }, 'pollMs: must be a whole number'],
  [{ name: 'a', scale: 0 }, 'scale: must not be 0'],
  [{ name: 'a', decimals: 10 }, 'decimals: must be 0 to 9'],
  [{ name: 'a', writable: 'yes' }, 'writable: must be true or false'],
  [{ name: 'a', writable: true, maxRatePerS: 0 }, 'maxRatePerS: must be above 0'],
  [{ name: 'a', writable: true, minIntervalMs: 0 }, 'minIntervalMs: must be 1 to 86400000'],
  [{ name: 'a', writable: true, dailyWrites: 100_001 }, 'dailyWrites: must be 1 to 100000'],
  [{ name: 'a', writable: true, dailyWrites: 0.5 }, 'dailyWrites: must be a whole number'],
  [{ name: 'a', writable: true, confirm: true }, 'confirm: must be select'],
  [{ name: 'a', writable: true, readBack: 'no' }, 'readBack: must be true or false'],
  [{ name: 'a', writable: true, writableWhen: 'b' }, 'writableWhen: must be a mapping of point and equals'],
  [
    { name: 'a', writable: true, writableWhen: { point: 'b' } },
    'writableWhen.equals: must be a number, true, false or a text',
  ],
  [
    { name: 'a', writable: true, writableWhen: { point: 'b', equals: null } },
    'writableWhen.equals: must be a number, true, false or a text',
  ],
  [{ name: 'a', maxRatePerS: 1 }, 'maxRatePerS: needs writable: true'],
  [{ name: 'a', minIntervalMs: 1 }, 'minIntervalMs: needs writable: true'],
  [{ name: 'a', dailyWrites: 1 }, 'dailyWrites: needs writable: true'],
  [{ name: 'a', writable: false, confirm: 'select' }, 'confirm: needs writable: true'],
  [{ name: 'a', readBack: false }, 'readBack: needs writable: true'],
  [{ name: 'a', writableWhen: { point: 'b', equals: 1 } }, 'writableWhen: needs writable: true'],
  [{ name: 'a', enum: { 0: 'x' }, writable: true, maxRatePerS: 1 }, 'maxRatePerS: does not go together with enum'],
  [{ name: 'a', enum: {} }, 'enum: must have 1 to 64 entries'],
  [
    { name: 'a', enum: Object.fromEntries(Array.from({ length: 65 }, (_, n) => [n, 'x'])) },
    'enum: must have 1 to 64 entries',
  ],
  [{ name: 'a', enum: { 0: 'x'.repeat(65) } }, 'enum.0: must have 1 to 64 characters'],
  [{ name: 'a', enum: { 0: 'x' }, scale: 2 }, 'scale: does not go together with enum'],
  [
    { name: 'a', enum: { 0: 'x', 1: 'x' }, writable: true },
    'enum: must have a different text for each value of a writable point',
  ],
])('refused: %j', (value, message) => {
  expect(said(point, value)).toContain(message);
});

test.each(['01', '+1', '-0', '1.5', '1e3', 'x', '', ' 1', '9'.repeat(21)])(
  'an enum key is a whole number: %j',
  (key) => {
    expect(point.safeParse({ name: 'a', enum: { [key]: 'x' } }).success).toBe(false);
  },
);

test.each(['0', '-1', '65535', '1234567890123456', '18446744073709551615'])('an enum key may be %s', (key) => {
  expect(point.safeParse({ name: 'a', enum: { [key]: 'x' } }).success).toBe(true);
});

test('several values may have one text where nothing is written', () => {
  expect(point.safeParse({ name: 'a', enum: { 0: 'x', 1: 'x' } }).success).toBe(true);
});

test('numbers keep their bounds, ends included', () => {
  fc.assert(
    fc.property(fc.integer({ min: -300, max: 300 }), (value) => {
      expect(wholeNumber(-5, 247).safeParse(value).success).toBe(value >= -5 && value <= 247);
      expect(realNumber(-5, 247).safeParse(value + 0.5).success).toBe(value + 0.5 >= -5 && value + 0.5 <= 247);
    }),
  );
});

test('text that passes breaks no line and holds no control', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (value) => {
      if (!text(0, 40).safeParse(value).success) return;
      expect(value).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
      expect(value).not.toMatch(/\p{Cs}/u);
    }),
  );
  expect(text(1, 32).safeParse('°C · µg/m³').success).toBe(true);
});

test('an id is one topic level and one file name', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      if (id().safeParse(value).success) expect(value).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
    }),
  );
});

test('no message holds anything of the value', () => {
  const canary = 'hunter2\u0007';
  for (const key of Object.keys(commonPoint)) {
    for (const value of [canary, [canary], { [canary]: canary }, { 0: canary }]) {
      for (const message of said(point, { name: 'a', [key]: value }))
        expect(message.split(': ')[1]).not.toContain('hunter2');
    }
  }
});
