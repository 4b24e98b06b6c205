import type { Point, Sample, Value } from '../contract/reading.ts';
import { cleanText } from '../framing/text.ts';
import { distance, exactOf, numberOf, rounded, textOf } from '../schema/decimal.ts';
import type { PointOptions } from './point.ts';
import type { ValueFunction } from './record/data-information.ts';
import { type Header, statusText } from './record/header.ts';
import type { DataRecord } from './record/records.ts';
import { isOf } from './unit/quantity.ts';
import { METER_STATUS, USUAL, type UsualPoint, usualPoint } from './usual.ts';

/** All that one readout has told so far. */
export interface Readout {
  readonly header: Header;
  readonly records: readonly DataRecord[];
}

/** The record of a point, and the form in which it is given. */
export interface Selector {
  readonly name: string;
  readonly record: number | undefined;
  /** A quantity, a kind of quantity, or {@link METER_STATUS}. */
  readonly word: string | undefined;
  readonly storage: number;
  readonly tariff: number;
  readonly subunit: number;
  readonly function: ValueFunction;
  readonly unit: string | undefined;
  readonly type: 'number' | 'text' | undefined;
  readonly decimals: number | undefined;
  /** The operator has named it: where nothing of the kind comes, something is wrong. */
  readonly isNamed: boolean;
}

/** The longest text: as bytes in hexadecimal it ends with a whole one. */
const LONGEST_TEXT = 255;

const REMARKS = {
  missing: 'the answer has no such record',
  unit: 'the record has another unit than the point',
  quantity: 'the record is of another quantity than the point',
  text: 'the record holds a text, and the point is a number',
} as const;

/** The selectors of the entries, or of the usual points where there are none. */
export function selectorsOf(entries: readonly PointOptions[]): readonly Selector[] {
  if (entries.length > 0) return entries.map((entry) => selectorOf(entry, true));
  return Object.keys(USUAL).map((name) => selectorOf({ name }, false));
}

function selectorOf(entry: PointOptions, isNamed: boolean): Selector {
  const { name, record, storage = 0, tariff = 0, subunit = 0, function: of = 'instantaneous', decimals } = entry;
  const usual = record === undefined && entry.quantity === undefined ? usualPoint(name) : undefined;
  return {
    ...{ name, record, storage, tariff, subunit, function: of, decimals, isNamed },
    word: entry.quantity ?? usual?.word,
    unit: entry.unit ?? usual?.unit,
    type: entry.type ?? (usual && (usual.text === true ? 'text' : 'number')),
  };
}

/** The agent's knowledge of the point. @param entry of the config; absent: a usual point of a device without any */
export function publicPoint(selector: Selector, entry: PointOptions | undefined): Point {
  const { name, unit, type, word, storage, function: of } = selector;
  const isText = type === 'text' || (type === undefined && isTextual(word));
  const isOwn = entry?.record !== undefined || entry?.quantity !== undefined;
  const usual = isOwn ? undefined : usualPoint(name);
  return {
    ...{ name, unit, writable: false },
    type: isText ? 'text' : 'number',
    min: entry?.min,
    max: entry?.max,
    deadband: entry?.deadband,
    pollMs: entry?.pollMs,
    ...(isText ? {} : meaningOf(usual, storage === 0 && of === 'instantaneous')),
  };
}

/** @param isPresent the present value: a maximum, or that of a day in the past, counts nothing */
function meaningOf(usual: UsualPoint | undefined, isPresent: boolean): Pick<Point, 'quantity' | 'counts'> {
  const { quantity, counts } = usual ?? {};
  return { ...(quantity && { quantity }), ...(counts && isPresent && { counts }) };
}

const TEXTUAL: ReadonlySet<string> = new Set([METER_STATUS, 'date', 'date-time', 'tariff-start', 'battery-change']);

function isTextual(word: string | undefined): boolean {
  return word !== undefined && TEXTUAL.has(word);
}

/** The point's value in the readout. A record that does not fit the point gives null, and never a value under a wrong unit. */
export function sampleOf(selector: Selector, readout: Readout): Sample {
  const { name, word, type, unit, decimals } = selector;
  if (word === METER_STATUS) {
    const { status } = readout.header;
    return { point: name, value: status === undefined ? null : statusText(status) };
  }
  const record = recordOf(selector, readout.records);
  const nothing = (remark?: string): Sample => ({ point: name, value: null, ...(remark && { remark }) });
  if (record === undefined) return nothing(REMARKS.missing);
  if (selector.record !== undefined && word !== undefined && !isOf(record.quantity, word)) {
    return nothing(REMARKS.quantity);
  }
  if (unit !== undefined && !isSameUnit(unit, record.unit)) return nothing(REMARKS.unit);
  const { value } = record;
  if (value.kind === 'none') return nothing();
  if (value.kind === 'text') {
    return type === 'number' ? nothing(REMARKS.text) : { point: name, value: cleanText(value.text, LONGEST_TEXT) };
  }
  if (type === 'text' || (type === undefined && isTextual(word))) {
    return { point: name, value: cleanText(textOf(value.number), LONGEST_TEXT) };
  }
  const given = decimals === undefined ? value.number : rounded(value.number, -decimals);
  const number = numberOf(given);
  if (!Number.isFinite(number)) return nothing();
  const plain: { readonly point: string; readonly value: Value } = { point: name, value: number };
  return distance(given, exactOf(number)) === 0 ? plain : { ...plain, exact: textOf(given) };
}

/** Whether the readout holds the point for certain, so that no further telegram can have it better. */
export function isSettled(selector: Selector, { records }: Readout): boolean {
  if (selector.word === METER_STATUS) return true;
  if (selector.record !== undefined) return records.length > selector.record;
  return records.some((record) => isPlain(record) && isSelected(record, selector));
}

/** Whether there is a record for it, with any content. */
export function isFound(selector: Selector, { records }: Readout): boolean {
  return selector.word === METER_STATUS || recordOf(selector, records) !== undefined;
}

/**
 * The first record that fits. A record that says more of itself than its quantity (a limit, a phase, a backward flow) is
 * another value, and only read by its place; where there is no plain one, one that counts forward alone is meant.
 */
function recordOf(selector: Selector, records: readonly DataRecord[]): DataRecord | undefined {
  if (selector.record !== undefined) return records[selector.record];
  const fitting = records.filter((record) => isSelected(record, selector));
  return fitting.find(isPlain) ?? fitting.find(isForward);
}

function isSelected(
  record: DataRecord,
  { word, storage, tariff, subunit, function: of, unit, isNamed }: Selector,
): boolean {
  if (word === undefined || !isOf(record.quantity, word)) return false;
  // one of the usual points takes no other unit's place: energy in J is another point
  if (!isNamed && unit !== undefined && !isSameUnit(unit, record.unit)) return false;
  return record.storage === storage && record.tariff === tariff && record.subunit === subunit && record.function === of;
}

function isPlain({ qualifiers }: DataRecord): boolean {
  return qualifiers.length === 0;
}

function isForward({ qualifiers }: DataRecord): boolean {
  return qualifiers.length === 1 && qualifiers[0] === 'forward';
}

/** Units are compared by what they are, not by how a keyboard writes them. */
function isSameUnit(one: string, other: string | undefined): boolean {
  return other !== undefined && plainUnit(one) === plainUnit(other);
}

function plainUnit(unit: string): string {
  return unit
    .replace(/m(?:\^3|3)(?![0-9])/g, 'm³')
    .replace(/^(?:deg|º|° )(?=[CF]$)/, '°')
    .replace(/ft(?:\^3|3)/g, 'ft³');
}
