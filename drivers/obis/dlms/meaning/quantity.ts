import type { Data } from '../apdu/a-xdr.ts';

/** How a number is to be read: × 10^scaler, in this unit. */
export interface ScalerUnit {
  readonly scaler: number;
  /** Code of the unit (IEC 62056-62). */
  readonly unit: number;
}

/** One value of a telegram under its code. */
export interface Quantity {
  /** Six bytes. */
  readonly code: Uint8Array;
  readonly data: Data;
  /** Sent with the value; undefined: the telegram does not say. */
  readonly scalerUnit: ScalerUnit | undefined;
  /** Scaler and unit by the maker's documents, for a number that comes without. */
  readonly known?: ScalerUnit | undefined;
}

/** Structure of integer and enum (IEC 62056-62: scal_unit_type). */
export function scalerUnitOf(data: Data | undefined): ScalerUnit | undefined {
  if (data?.kind !== 'structure' || data.items.length !== 2) return undefined;
  const [scaler, unit] = data.items;
  if (scaler?.kind !== 'integer' || scaler.size !== 1 || unit?.kind !== 'enum') return undefined;
  return { scaler: Number(scaler.value), unit: Number(unit.value) };
}

/** A medium above 15 is no code's: then it is some text of six letters. */
const HIGHEST_MEDIUM = 15;

/** The six bytes of a code; undefined for anything else. */
export function codeBytesOf(data: Data | undefined): Uint8Array | undefined {
  if (data?.kind !== 'octets' || data.bytes.length !== 6) return undefined;
  return (data.bytes[0] ?? 0) <= HIGHEST_MEDIUM ? data.bytes : undefined;
}

/** Whether it has values in it and is none itself. */
export function isNest(data: Data): data is Data & { readonly kind: 'array' | 'structure' } {
  return data.kind === 'array' || data.kind === 'structure';
}
