import { describe, expect, test } from 'vitest';
import { type ObisPointOptions, obisPoint, obisPointSchema } from '../../../drivers/obis/point.ts';
import { powerBetween } from '../../../drivers/obis/unit.ts';
import { USUAL_POINTS } from '../../../drivers/obis/usual.ts';

const schema = obisPointSchema(USUAL_POINTS);

function refusals(entry: object): readonly string[] {
  const result = schema.safeParse(entry);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const made = (entry: ObisPointOptions, units: 'base' | 'sent' = 'sent') =>
  obisPoint(schema.parse(entry), { usual: USUAL_POINTS, units });

describe('an entry of points', () => {
  test('is a usual name, or any with a code', () => {
    expect(refusals({ name: 'energy-import' })).toEqual([]);
    expect(refusals({ name: 'cellar', obis: '1-0:1.8.0' })).toEqual([]);
    expect(refusals({ name: 'cellar' })).toEqual(['name: must be a usual point, or have obis']);
    expect(refusals({ name: 'cellar', obis: 'secret' })).toEqual(['obis: must be an OBIS code such as 1-0:1.8.0']);
    expect(refusals({ name: 'constructor' })).toEqual(['name: must be a usual point, or have obis']);
  });

  test('takes keys of numbers only for numbers', () => {
    for (const entry of [{ name: 'meter-id' }, { name: 'x', obis: '0-0:96.13.0' }, { name: 'x', obis: '0-0:1.0.0' }]) {
      expect(refusals({ ...entry, scale: 2 })).toEqual(['scale: only goes with a point that is a number']);
      expect(refusals({ ...entry, type: 'number', scale: 2 })).toEqual([]);
    }
    expect(refusals({ name: 'x', obis: '1-0:1.7.0', type: 'boolean', min: 0 })).toHaveLength(1);
    expect(refusals({ name: 'x', obis: '1-0:1.7.0', pollMs: 5 })).toHaveLength(1);
  });

  test.each([
    ['1-0:1.8.0', 'number'],
    ['1-0:99.1.0', 'text'],
    ['1-0:0.2.0', 'text'],
    ['1-0:0.3.0', 'number'],
    ['0-0:96.1.1', 'text'],
    ['0-0:96.7.21', 'number'],
    ['0-0:96.14.0', 'text'],
    ['1-0:96.5.0', 'text'],
    ['0-0:1.0.0', 'text'],
    ['0-2:24.2.1', 'number'],
    ['8-1:1.0.0', 'number'],
    ['C.1', 'text'],
    ['1.8.0', 'number'],
    ['129-129:199.130.3', 'text'],
  ])('%s is a %s where nothing else is said', (obis, type) => {
    expect(made({ name: 'x', obis }).point.type).toBe(type);
  });

  test('every usual name has codes and is accepted', () => {
    for (const name of Object.keys(USUAL_POINTS)) expect(made({ name }).codes.length).toBeGreaterThan(0);
  });
});

describe('a number', () => {
  const energy = { name: 'x', obis: '1-0:1.8.0' };

  test('comes as sent where the config names no unit, and then none is told of what comes with prefixes', () => {
    const { point, sample } = made(energy);
    expect(point.unit).toBeUndefined();
    expect(sample({ number: 6545766, unit: 'Wh' })).toEqual({ point: 'x', value: 6545766 });
    expect(made({ name: 'x', obis: '1-0:32.7.0' }).point.unit).toBe('V');
  });

  test('is told in the unit without prefix by protocols that know no other', () => {
    expect(made(energy, 'base').point.unit).toBe('Wh');
    expect(made({ name: 'energy-import' }, 'base').point.unit).toBe('Wh');
    expect(made({ name: 'energy-import' }).point.unit).toBe('kWh');
  });

  test('is converted to the unit of the point by powers of ten, exactly', () => {
    const { sample } = made({ ...energy, unit: 'kWh' });
    expect(sample({ number: 6545766, unit: 'Wh' }).value).toBe(6545.766);
    expect(sample({ number: 6545.766, unit: 'kWh' }).value).toBe(6545.766);
    expect(sample({ number: 0.107, unit: 'MWh' }).value).toBe(107);
    expect(made({ ...energy, unit: 'kWh', decimals: 1 }).sample({ number: 6545766, unit: 'Wh' }).value).toBe(6545.8);
  });

  test('is never told in a unit of another kind', () => {
    const { sample } = made({ ...energy, unit: 'kWh' });
    expect(sample({ number: 5, unit: 'm3' })).toEqual({ point: 'x', value: null, remark: expect.any(String) });
    expect(sample({ number: 5, unit: 'furlong' }).value).toBeNull();
  });

  test('is converted by scale and offset alone where the config has them', () => {
    expect(made({ ...energy, unit: 'kWh', scale: 0.001 }).sample({ number: 1500, unit: 'Wh' }).value).toBe(1.5);
  });

  test('keeps all digits that no double holds', () => {
    expect(made(energy).sample({ number: 9007199254740993n })).toMatchObject({ exact: '9007199254740993' });
  });

  test('is null where a text came, or nothing', () => {
    expect(made(energy).sample({ text: 'abc' }).value).toBeNull();
    expect(made(energy).sample(null).value).toBeNull();
  });
});

test('choices, booleans and texts are read of what was sent', () => {
  const breaker = { name: 'x', obis: '0-0:96.3.10' };
  const texts = { ...breaker, enum: { '0': 'open', '1': 'closed' } };
  expect(made(texts).point).toMatchObject({ type: 'text', choices: ['open', 'closed'] });
  expect(made(texts).sample({ number: 1, text: '1' }).value).toBe('closed');
  expect(made(texts).sample({ number: 2, text: '2' }).value).toBeNull();
  const flag = made({ ...breaker, type: 'boolean' });
  expect([0, 1, 2].map((number) => flag.sample({ number }).value)).toEqual([false, true, null]);
  const text = made({ name: 'x', obis: '0-0:96.1.1' });
  expect(text.sample({ number: 7, text: '0007' }).value).toBe('0007');
  expect(text.sample({ text: 'a\u0007b\u202e' }).value).toBe('ab');
  expect(text.sample({ text: ' ' }).value).toBeNull();
});

test.each([
  ['Wh', 'kWh', -3],
  ['MW', 'kW', 3],
  ['m3', 'm³', 0],
  ['l', 'm3', -3],
  ['kWh', 'Stück', 0],
  ['W', 'Wh', 'other'],
  ['GJ', 'kWh', 'other'],
])('from %s to %s it is 10^%s', (sent, wanted, power) => {
  expect(powerBetween(sent, wanted)).toBe(power);
});
