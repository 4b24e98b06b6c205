import { expect, test } from 'vitest';
import { BAUD_RATES } from '../../config/baud-rates.ts';
import { configJsonSchema } from '../../config/json-schema.ts';
import { AMOUNTS, LIMITS, type Limit } from '../../config/limits.ts';
import { asked } from './support.ts';

const all = Object.entries(LIMITS).flatMap(([section, limits]) =>
  Object.entries(limits as Record<string, Limit>).map(([key, limit]) => ({ name: `${section}.${key}`, key, limit })),
);

test.each(all)('$name has bounds that hold its default, a unit where one belongs, and a reason', ({ key, limit }) => {
  expect(limit.min).toBeLessThan(limit.max);
  expect(limit.reason.length).toBeGreaterThan(20);
  if (limit.default !== undefined) {
    expect(limit.default).toBeGreaterThanOrEqual(limit.min);
    expect(limit.default).toBeLessThanOrEqual(limit.max);
  }
  if (key.endsWith('Ms')) expect(limit.unit).toBe('ms');
  if (limit.unit === 'ms') expect(limit.max).toBeLessThanOrEqual(86_400_000);
});

test('every limit is in the JSON Schema, with its words', () => {
  const text = JSON.stringify(configJsonSchema([asked]));
  for (const { limit } of all) expect(text).toContain(JSON.stringify(limit.reason).slice(1, -1));
});

test('the standard baud rates lie within the bounds, sorted', () => {
  expect(BAUD_RATES).toContain(LIMITS.port.baudRate.default);
  expect(BAUD_RATES.toSorted((a, b) => a - b)).toEqual(BAUD_RATES);
  expect(BAUD_RATES[0]).toBe(LIMITS.port.baudRate.min);
  expect(BAUD_RATES.at(-1)).toBe(LIMITS.port.baudRate.max);
});

test('a full bus fits its longest queue', () => {
  expect(AMOUNTS.devicesPerBus + AMOUNTS.defaultQueueReserve).toBeLessThanOrEqual(LIMITS.throttle.maxQueue.max);
});
