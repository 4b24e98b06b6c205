import { describe, expect, test } from 'vitest';
import { solarBlock } from '../../../scripts/sim/vedirect.ts';
import { device, hear } from './wire.ts';

describe('the simulated solar charger', () => {
  test('says blocks and HEX messages that are read whole, at any time of its day', () => {
    const seconds = Array.from({ length: 240 }, (_, at) => solarBlock(at * 1000));
    const { values, faults, discarded } = hear(seconds, device({ product: 'solar-charger' }));
    expect({ count: values.length, faults, discarded }).toEqual({ count: 240, faults: [], discarded: 0 });
    for (const value of values) expect(Object.values(value)).not.toContain(null);
    expect(new Set(values.map(({ state }) => state))).toEqual(new Set(['off', 'bulk', 'absorption']));
    expect(Math.max(...values.map((value) => Number(value['panel-power'])))).toBe(420);
  });
});
