import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../testbed/place.ts';
import type { Quantity } from './quantity.ts';

export interface MeterMap {
  readonly maxRegisters: number;
  readonly maxHole: number;
  readonly quantities: readonly Quantity[];
}

/** The meter of the case `meters`; one file for Fieldward and for the peers. */
export async function readMeterMap(): Promise<MeterMap> {
  const text = await readFile(join(checkout(), 'test', 'bench', 'meter-map.json'), 'utf8');
  const map = JSON.parse(text) as { maxRegisters: number; maxHole: number; points: Readonly<Record<string, number>> };
  return {
    maxRegisters: map.maxRegisters,
    maxHole: map.maxHole,
    quantities: Object.entries(map.points).map(([name, address]) => ({
      name,
      register: 'input',
      address,
      type: 'float32',
    })),
  };
}
