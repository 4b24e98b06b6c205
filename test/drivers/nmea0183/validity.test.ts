import { expect, test } from 'vitest';
import { modeName } from '../../../drivers/nmea0183/validity.ts';

test('a mode has a name where its letter is in the table, and not by the names of what every object has', () => {
  expect(modeName('A')).toBe('autonomous');
  for (const letter of ['', 'Z', 'constructor', 'toString', '__proto__']) expect(modeName(letter)).toBeNull();
});
