import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dlmsBytes, dlmsEnergy, dlmsLoad } from '../../../../scripts/sim/dlms-meter.ts';
import { hear, KEY, meter } from './meter.ts';

const TIMES = fc
  .integer({ min: Date.UTC(2020, 0) / 1000, max: Date.UTC(2099, 0) / 1000 })
  .map((second) => second * 1000);

describe('the simulated meters', () => {
  test('say telegrams that are read whole, in the clear', () => {
    const device = meter();
    fc.assert(
      fc.property(TIMES, (at) => {
        const { values, faults } = hear(device, dlmsBytes(at, { model: 'aidon' }));
        const { power, current, voltage } = dlmsLoad(at);
        expect(faults).toEqual([]);
        expect(values).toMatchObject({ 'power-import': power, 'current-l1': current, 'voltage-l1': voltage });
        expect(Number(values['energy-import'])).toBe(10 * Math.floor(dlmsEnergy(at) / 10));
      }),
      { numRuns: 50 },
    );
  });

  test('say telegrams that are read whole, encrypted, one after another', () => {
    const device = meter({ key: KEY });
    const at = Date.UTC(2026, 10, 29, 12);
    const sent = [0, 5000, 10_000].map((later) => dlmsBytes(at + later, { model: 'austria', key: KEY }));
    const { values, faults, readings } = hear(device, ...sent);
    expect({ faults, readings }).toEqual({ faults: [], readings: 3 });
    expect(values).toMatchObject({
      'energy-import': dlmsEnergy(at + 10_000),
      'meter-id': '1KFM0200000017',
      'power-factor': 0.987,
    });
  });
});
