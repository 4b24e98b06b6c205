import { expect, test } from 'vitest';
import { kindOf } from '../../../drivers/nmea0183/points.ts';

test('a point is known by its own name only, not by the names of what every object has', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'valueOf']) {
    expect(kindOf({ name } as Parameters<typeof kindOf>[0])).toBeUndefined();
  }
  expect(kindOf({ name: 'humidity' } as Parameters<typeof kindOf>[0])).toMatchObject({ unit: '%' });
});
