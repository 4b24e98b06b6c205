import { expect, test } from 'vitest';
import { meterTelegram } from '../../../../scripts/sim/sml-meter.ts';
import { hearMeter, read } from './meters.ts';

const reading = {
  energyImport: 1_234_567.8,
  energyExport: 12.3,
  power: [1500.2, -2300.5, 12],
  voltage: [230.1, 229.8, 231],
  current: [6.52, 10.01, 0.05],
  frequency: 49.9,
};

test('the simulated meter shows what it has', () => {
  expect(read(meterTelegram(reading, 42))).toEqual({
    'energy-import': 1_234_567.8,
    'energy-export': 12.3,
    power: -788.3,
    'power-l1': 1500.2,
    'power-l2': -2300.5,
    'power-l3': 12,
    'voltage-l1': 230.1,
    'voltage-l2': 229.8,
    'voltage-l3': 231,
    'current-l1': 6.52,
    'current-l2': 10.01,
    'current-l3': 0.05,
    frequency: 49.9,
    'meter-id': '0a01465744000001e240',
    manufacturer: 'FWD',
  });
});

test('the simulated meter is understood at any time', () => {
  const seconds = [0, 1, 0x1b1b1b1b, 0xffffffff];
  const { telegrams, faults } = hearMeter(seconds.map((at) => meterTelegram(reading, at)));
  expect(faults).toEqual([]);
  expect(telegrams).toHaveLength(seconds.length);
});
