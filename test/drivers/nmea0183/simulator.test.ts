import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gpsEpoch } from '../../../scripts/sim/gps.ts';
import { bytesOf, receiver, valuesOf } from './logs.ts';

function epoch(at: number, fixed = true) {
  const device = receiver();
  const lines = gpsEpoch(at, { fixed }).map((line) => line.replace(/\r\n$/, ''));
  return Object.assign({}, ...lines.map((line) => valuesOf(device.decode(bytesOf(line)))));
}

describe('the simulated receiver', () => {
  test('says sentences that are read whole, at any time', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000), max: Date.UTC(2079) }), (at) => {
        const values = epoch(at);
        expect(values).toMatchObject({
          valid: true,
          'fix-type': '3d',
          'gps-in-view': 10,
          'satellites-used': 9,
          speed: expect.closeTo(Math.PI, 3),
        });
        expect(Date.parse(values.utc)).toBe(Math.floor(at / 10) * 10);
        expect(values.latitude).toBeCloseTo(53.5438, 2);
        expect(values.longitude).toBeCloseTo(9.966, 2);
      }),
    );
  });

  test('moves as its course and speed say', () => {
    const [from, to] = [epoch(1_000_000), epoch(1_002_000)];
    const north = (to.latitude - from.latitude) * (10_000_000 / 90);
    const east = (to.longitude - from.longitude) * (10_000_000 / 90) * Math.cos((53.5438 * Math.PI) / 180);
    expect(Math.hypot(north, east) / 2).toBeCloseTo(from.speed, 1);
    expect(((Math.atan2(east, north) * 180) / Math.PI + 360) % 360).toBeCloseTo(epoch(1_001_000).course, 0);
  });

  test('says that it knows nothing while it has no fix', () => {
    expect(epoch(Date.UTC(2026, 10, 23), false)).toMatchObject({
      valid: false,
      'fix-type': 'none',
      'fix-quality': 'invalid',
      latitude: null,
      speed: null,
      hdop: null,
      'gps-in-view': 0,
    });
  });
});
