import type { Element } from './element.ts';
import { unsigned } from './element.ts';
import type { Entry, List } from './message.ts';

/** Octets before the number in the identification of a meter of DZG: length, medium electricity, `DZG`. */
const DZG = [0x0a, 0x01, 0x44, 0x5a, 0x47];
const DZG_LENGTH = 10;

/** Block and number of the DVS74 that send powers as they should not, as libsml and others have found. */
const DVS74_NUMBERS = [
  { from: 42_000_000n, to: 48_999_999n },
  { from: 55_000_000n, to: 58_999_999n },
];

/** 1-0:16.7.0 */
const POWER = [1, 0, 16, 7, 0, 255];
const IDENTIFICATION = [1, 0, 96, 1, 0, 255];

/** The longest of the values that this meter means without a sign though it says the contrary. */
const SHORT = 2;

/**
 * The quirk `dzg-dvs74`: these meters leave leading bytes of a positive power out as if it had no sign, and name the
 * rest a number with one, so that 328.05 W would be read as -327.31. Negative powers come with four bytes.
 */
export function mended(list: List): List {
  const isConcerned = [list.serverId, ...list.entries.filter(isIdentification).map(octetsOf)].some(isDvs74);
  return isConcerned ? { ...list, entries: list.entries.map(withoutSign) } : list;
}

function withoutSign(entry: Entry): Entry {
  const { value } = entry;
  if (!isName(entry.name, POWER) || value.kind !== 'integer' || value.bytes.length > SHORT) return entry;
  return { ...entry, value: { ...value, kind: 'unsigned', value: unsigned(value.bytes) } satisfies Element };
}

function isDvs74(id: Uint8Array): boolean {
  if (id.length !== DZG_LENGTH || !DZG.every((byte, at) => id[at] === byte)) return false;
  const number = unsigned(id.subarray(DZG.length));
  return DVS74_NUMBERS.some(({ from, to }) => number >= from && number <= to);
}

function isIdentification({ name }: Entry): boolean {
  return isName(name, IDENTIFICATION);
}

function octetsOf({ value }: Entry): Uint8Array {
  return value.kind === 'octets' ? value.bytes : new Uint8Array();
}

function isName(name: Uint8Array, wanted: readonly number[]): boolean {
  return wanted.every((byte, at) => name[at] === byte);
}
