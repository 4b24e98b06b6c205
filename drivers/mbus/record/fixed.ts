import { decimalOf, productOf } from '../../schema/decimal.ts';
import type { Quantity } from '../unit/quantity.ts';
import { bcdOf, integerOf } from './number.ts';
import type { DataRecord } from './records.ts';
import { NONE } from './value.ts';

/** The fixed data structure of old meters: EN 1434-3 (1997). Two counters, and a code of six bits for the unit of each. */

/** Bytes: identification, access number, status, two codes of units and two counters. */
export const FIXED_LENGTH = 16;

const BINARY = 0x01;
const STORED = 0x02;
/** The second counter has the first one's unit, and is its value at the fixed date. */
const SAME_STORED = 0x3e;

interface Row {
  readonly from: number;
  readonly count: number;
  readonly quantity: Quantity;
  readonly unit?: string;
  readonly exponent: number;
}

const ROWS: readonly Row[] = [
  { from: 0x02, count: 9, quantity: 'energy', unit: 'Wh', exponent: 0 },
  { from: 0x0b, count: 9, quantity: 'energy', unit: 'J', exponent: 3 },
  { from: 0x14, count: 9, quantity: 'power', unit: 'W', exponent: 0 },
  { from: 0x1d, count: 9, quantity: 'power', unit: 'J/h', exponent: 3 },
  { from: 0x26, count: 9, quantity: 'volume', unit: 'm³', exponent: -6 },
  { from: 0x2f, count: 9, quantity: 'volume-flow', unit: 'm³/h', exponent: -6 },
  { from: 0x38, count: 1, quantity: 'flow-temperature', unit: '°C', exponent: -3 },
  { from: 0x39, count: 1, quantity: 'heat-cost-units', exponent: 0 },
  { from: 0x3f, count: 1, quantity: 'dimensionless', exponent: 0 },
];

/**
 * @param status how the counters are coded, and whether they are those of the fixed date
 * @param counters two, the least significant byte first
 */
export function fixedRecords(
  firstIndex: number,
  status: number,
  units: Uint8Array,
  counters: readonly Uint8Array[],
): readonly DataRecord[] {
  const codes = [(units[0] ?? 0) & 0x3f, (units[1] ?? 0) & 0x3f] as const;
  return counters.map((bytes, place) => {
    const isSameStored = place === 1 && codes[1] === SAME_STORED;
    const code = isSameStored ? codes[0] : (codes[place] ?? 0);
    return counterRecord(firstIndex + place, code, bytes, isSameStored ? status | STORED : status);
  });
}

/** The medium's four bits, of which two stand in each code of a unit. */
export function fixedMedium(units: Uint8Array): number {
  return ((units[0] ?? 0) >> 6) | (((units[1] ?? 0) >> 6) << 2);
}

function counterRecord(index: number, unit: number, bytes: Uint8Array, status: number): DataRecord {
  const row = ROWS.find(({ from, count }) => unit >= from && unit < from + count);
  const raw = (status & BINARY) !== 0 ? integerOf(bytes, true) : bcdOf(bytes);
  const plain = { index, function: 'instantaneous', tariff: 0, subunit: 0, qualifiers: [] } as const;
  const storage = (status & STORED) !== 0 ? 1 : 0;
  if (row === undefined) return { ...plain, storage, quantity: 'unknown', value: NONE };
  const power = { digits: 1n, exponent: row.exponent + unit - row.from };
  return {
    ...plain,
    storage,
    quantity: row.quantity,
    unit: row.unit,
    value: raw === undefined ? NONE : { kind: 'number', number: productOf(decimalOf(raw), power) },
  };
}
