import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { P1Meter } from '../../../../scripts/sim/p1-meter.ts';
import { hear, KEY, meter, valuesOf } from './meter.ts';

const SEALING = {
  key: Buffer.from(KEY, 'hex'),
  authenticationKey: Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
  title: 'FWD00001',
};

describe('the simulated meter', () => {
  test('says telegrams that are read whole, at any time', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2001), max: Date.UTC(2069) }), (at) => {
        const { samples, faults } = hear(meter(), [new P1Meter(at).telegram(at)]);
        expect(faults).toEqual([]);
        expect(samples.some(({ doubtful }) => doubtful)).toBe(false);
        const values = valuesOf({ samples });
        expect(values).toMatchObject({ tariff: '0001', gas: 4210, 'voltage-sags-l3': 1, message: null });
        expect(Math.abs(Number(values['voltage-l1']) - 230)).toBeLessThan(5);
        const age = at - Date.parse(String(values['gas-time']));
        expect(age).toBeGreaterThanOrEqual(0);
        expect(age).toBeLessThan(300_000);
      }),
    );
  });

  test('tells the time of summer and winter so that it is the same in UTC', () => {
    for (const at of [Date.UTC(2026, 0, 1), Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 6, 1), Date.UTC(2026, 9, 25, 1)]) {
      for (const near of [at - 1000, at]) {
        const heard = hear(meter({ points: [{ name: 'meter-time' }] }), [new P1Meter(near).telegram(near)]);
        expect(valuesOf(heard)).toEqual({ 'meter-time': new Date(near).toISOString().replace('.000', '') });
      }
    }
  });

  test('counts on from second to second, also encrypted', () => {
    const at = Date.UTC(2026, 10, 29);
    const simulated = new P1Meter(at);
    const device = meter({
      options: { keyFile: 'key' },
      secrets: { keyFile: KEY },
      points: [{ name: 'energy-import-tariff-1' }],
    });
    const frames = [0, 600_000, 1_200_000].map((later) => simulated.sealed(at + later, SEALING));
    const energies = hear(device, frames).samples.map(({ value }) => Number(value));
    expect(energies).toHaveLength(3);
    expect(energies).toEqual([...energies].sort((a, b) => a - b));
    expect(new Set(energies).size).toBe(3);
  });
});
