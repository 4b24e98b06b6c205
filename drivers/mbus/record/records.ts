import { cleanText } from '../../framing/text.ts';
import type { Quantity } from '../unit/quantity.ts';
import { Cursor } from './cursor.ts';
import { readData } from './data.ts';
import { readDataInformation, type ValueFunction } from './data-information.ts';
import { hexText, type RecordValue, textValue } from './value.ts';
import { readValueInformation } from './value-information.ts';

/** One value of a meter with what it sends of its meaning. */
export interface DataRecord {
  /** Its place among all records of one readout, from 0, over all telegrams. Fillers do not count. */
  readonly index: number;
  readonly function: ValueFunction;
  readonly storage: number;
  readonly tariff: number;
  readonly subunit: number;
  readonly quantity: Quantity;
  /** Absent: the value has none. Where the meter sends words in place of a code, these words. */
  readonly unit?: string | undefined;
  /** In which way it is not the plain value of its quantity; mostly empty. */
  readonly qualifiers: readonly string[];
  readonly value: RecordValue;
}

export interface Records {
  readonly records: readonly DataRecord[];
  /** The meter has more telegrams. */
  readonly more: boolean;
}

/** Special data fields: EN 13757-3 (2013). */
const MANUFACTURER_BLOCK = 0x0f;
const MORE_FOLLOW = 0x1f;
const FILLER = 0x2f;
const SPECIAL = 0x0f;

/** The longest words of a meter that stand for a unit. */
const LONGEST_LABEL = 32;

/**
 * All records of a telegram.
 * @param firstIndex of the first of them
 * @returns undefined where one of them is cut off or breaks the standard: then nobody knows where the next one begins
 */
export function readRecords(bytes: Uint8Array, firstIndex: number, isReversed: boolean): Records | undefined {
  const cursor = new Cursor(bytes);
  const records: DataRecord[] = [];
  for (;;) {
    const first = cursor.byte();
    if (first === undefined) return { records, more: false };
    if (first === FILLER) continue;
    const index = firstIndex + records.length;
    if (first === MANUFACTURER_BLOCK || first === MORE_FOLLOW) {
      records.push(blockRecord(index, cursor.take(cursor.left) ?? new Uint8Array(0)));
      return { records, more: first === MORE_FOLLOW };
    }
    if ((first & 0x0f) === SPECIAL) return undefined;
    const record = readRecord(first, index, cursor, isReversed);
    if (record === undefined) return undefined;
    records.push(record);
  }
}

function readRecord(first: number, index: number, cursor: Cursor, isReversed: boolean): DataRecord | undefined {
  const data = readDataInformation(first, cursor);
  if (data === undefined) return undefined;
  const information = readValueInformation(cursor, isReversed);
  if (information === undefined) return undefined;
  const value = readData(data.field, information.meaning, cursor, isReversed);
  if (value === undefined) return undefined;
  const { function: of, storage, tariff, subunit } = data;
  const { quantity, unit } = information.meaning;
  return {
    ...{ index, function: of, storage, tariff, subunit, quantity },
    unit: information.label === undefined ? unit : cleanText(unit ?? '', LONGEST_LABEL),
    qualifiers: information.qualifiers,
    value,
  };
}

/** The maker's own bytes, which stand at the end. */
function blockRecord(index: number, bytes: Uint8Array): DataRecord {
  return {
    ...{ index, function: 'instantaneous', storage: 0, tariff: 0, subunit: 0, quantity: 'manufacturer-specific' },
    qualifiers: [],
    value: textValue(hexText(bytes)),
  };
}
