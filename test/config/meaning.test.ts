import { describe, expect, test } from 'vitest';
import { withMeaning } from '../../config/meaning.ts';
import { QUANTITIES, quantityOfUnit } from '../../drivers/contract/quantity.ts';
import type { Point } from '../../drivers/contract/reading.ts';
import { DRIVERS } from '../../drivers/registry/table.ts';
import { minimal, problems } from './support.ts';

const number = (more: Partial<Point> = {}): Point => ({ name: 'p', type: 'number', writable: false, ...more });

describe('what a point means', () => {
  test('is what the config says, else the driver, else its unit where that is certain', () => {
    const own = number({ unit: 'kWh', quantity: 'energy-storage', counts: 'total' });
    expect(withMeaning([own], [{ name: 'p', quantity: 'energy', counts: 'total-increasing', label: 'Meter' }])).toEqual(
      [{ ...own, quantity: 'energy', counts: 'total-increasing', label: 'Meter' }],
    );
    expect(withMeaning([own], [])).toMatchObject([{ quantity: 'energy-storage', counts: 'total' }]);
    expect(withMeaning([number({ unit: 'kWh' })], [])).toMatchObject([{ quantity: 'energy', counts: undefined }]);
    expect(withMeaning([number({ unit: 'K' })], [])).toMatchObject([{ quantity: undefined }]);
  });

  test('has no label of the config where that word is the protocol’s own', () => {
    const own = number({ label: undefined });
    expect(withMeaning([own], [{ name: 'p', label: 'SER#' }])).toMatchObject([{ label: undefined }]);
  });

  test('of a text or a switch is its label alone', () => {
    const relay: Point = { name: 'p', type: 'boolean', writable: true };
    expect(withMeaning([relay], [{ name: 'p', label: 'Pump' }])).toEqual([{ ...relay, label: 'Pump' }]);
  });

  test('is a word of the list, and a label is text that people see', async () => {
    const config = (keys: string) => minimal().replace('name: p,', `name: p, ${keys},`);
    expect(await problems(config('quantity: energy, counts: total-increasing, label: Heat meter'))).toEqual([]);
    expect(await problems(config('quantity: Energy, counts: rising, label: " x"'))).toEqual([
      expect.stringContaining('points[0].quantity: must be a quantity of the list'),
      expect.stringContaining('points[0].counts: must be total or total-increasing'),
      expect.stringContaining('points[0].label: must not begin or end with a space'),
    ]);
  });
});

test('a unit says what it measures in one way only', () => {
  for (const unit of ['V', 'kWh', '°C', 'm³/h', 'l/min', 'µV', 'VAr'])
    expect(QUANTITIES).toContain(quantityOfUnit(unit));
  for (const unit of ['K', '%', 'm³', 'm', 's', 'constructor', undefined]) expect(quantityOfUnit(unit)).toBeUndefined();
});

test('the points of every driver take label, quantity and counts', async () => {
  for (const load of Object.values(DRIVERS)) {
    const { driver } = await load();
    for (const key of ['label', 'quantity', 'counts']) {
      const { error } = driver.point.safeParse({ name: 'p', [key]: 7 }) as {
        error?: { issues: readonly { readonly path: readonly PropertyKey[]; readonly code?: string }[] };
      };
      const found = error?.issues.find(({ path }) => path[0] === key);
      expect(`${driver.name} ${key} ${found !== undefined}`).toBe(`${driver.name} ${key} true`);
    }
  }
});
