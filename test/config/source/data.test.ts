import { expect, test } from 'vitest';
import { get, valueAt } from '../../../config/source/data.ts';

test('a mapping has its own keys only, not those of every object', () => {
  for (const key of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']) {
    expect(get({}, key)).toBeUndefined();
    expect(valueAt({ mqtt: {} }, ['mqtt', key])).toBeUndefined();
    expect(valueAt({ mqtt: {} }, [key, 'name'])).toBeUndefined();
  }
  expect(get(Object.create({ url: 'mqtts://elsewhere' }), 'url')).toBeUndefined();
  expect(get({ constructor: 1 }, 'constructor')).toBe(1);
  expect(valueAt({ devices: [{ id: 'a' }] }, ['devices', 0, 'id'])).toBe('a');
});

test('what is no mapping has no keys', () => {
  for (const value of [null, undefined, 5, 'text', ['a']]) expect(get(value, 'length')).toBeUndefined();
});
