import type { Cursor } from './cursor.ts';

/** The part of its period that a value stands for: EN 13757-3 (2013). */
export const FUNCTIONS = ['instantaneous', 'maximum', 'minimum', 'error'] as const;
export type ValueFunction = (typeof FUNCTIONS)[number];

/** The data information block of a record: EN 13757-3 (2013). */
export interface DataInformation {
  /** The low four bits: length and type of the data. */
  readonly field: number;
  readonly function: ValueFunction;
  /** 0: the present value. */
  readonly storage: number;
  /** 0: all tariffs together. */
  readonly tariff: number;
  readonly subunit: number;
}

const EXTENDED = 0x80;

/** The standard allows so many of the bytes that extend the first one. */
const MOST_EXTENSIONS = 10;

/** @returns undefined where the block is cut off or longer than the standard allows */
export function readDataInformation(first: number, cursor: Cursor): DataInformation | undefined {
  // powers and no shifts: ten extensions make 41 bits
  let storage = (first >> 6) & 1;
  let tariff = 0;
  let subunit = 0;
  let byte = first;
  for (let count = 0; (byte & EXTENDED) !== 0; count += 1) {
    const next = cursor.byte();
    if (next === undefined || count === MOST_EXTENSIONS) return undefined;
    storage += (next & 0x0f) * 2 ** (1 + 4 * count);
    tariff += ((next >> 4) & 3) * 4 ** count;
    subunit += ((next >> 6) & 1) * 2 ** count;
    byte = next;
  }
  return { field: first & 0x0f, function: FUNCTIONS[(first >> 4) & 3] ?? 'instantaneous', storage, tariff, subunit };
}
