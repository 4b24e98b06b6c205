import { expect, test } from 'vitest';
import { ValueStore } from '../../../agent/telemetry/value-store.ts';

test('a store gives every value back as it was set, and nothing where none was', () => {
  const values = [0, -0, 1.5, 2 ** 53, Number.NaN, '', 'text', true, false, null];
  const store = new ValueStore(values.length + 1);
  for (const [place, value] of values.entries()) store.set(place, value);
  expect([...values.keys()].map((place) => store.get(place))).toEqual(values);
  expect(store.get(values.length)).toBeUndefined();
  expect(store.get(values.length + 1)).toBeUndefined();
});

test('a value takes the place of one of another kind', () => {
  const store = new ValueStore(1);
  for (const value of ['text', 7, null, 'other', true]) {
    store.set(0, value);
    expect(store.get(0)).toBe(value);
  }
});
