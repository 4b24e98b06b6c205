import { describe, expect, it } from 'vitest';
import { FloodGate } from '../../../agent/bus/flood-gate.ts';

const at9600 = { baudRate: 9600, characterMs: 10 / 9.6 };

describe('the flood gate', () => {
  it('lets through what a line can carry, for ever', () => {
    const gate = new FloodGate(at9600, 0);
    for (let second = 0; second < 1000; second++) expect(gate.pass(960, second * 1000)).toBe(true);
  });

  it('lets a full kernel buffer through', () => {
    expect(new FloodGate(at9600, 0).pass(65_536, 1)).toBe(true);
  });

  it('closes when a second brings many times what the line can carry', () => {
    const gate = new FloodGate(at9600, 0);
    let passed = 0;
    while (gate.pass(4096, 10)) passed += 4096;
    expect(passed).toBeLessThan(100_000);
    expect(gate.pass(4096, 999)).toBe(false);
    expect(gate.pass(4096, 1000)).toBe(true);
  });

  it('closes so in every second, not in the first one only', () => {
    const gate = new FloodGate(at9600, 0);
    for (const second of [5000, 6000, 100_000]) {
      let passed = 0;
      for (let chunk = 0; chunk < 100; chunk++) if (gate.pass(4096, second + chunk)) passed += 4096;
      expect(passed).toBeLessThan(100_000);
    }
  });

  it('has a bound also where the speed is not known', () => {
    const gate = new FloodGate({ baudRate: 0, characterMs: 0 }, 0);
    expect(gate.pass(43_000_000, 1)).toBe(false);
  });
});
