import { Fault } from '../../contract/fault.ts';
import type { Sample } from '../../contract/reading.ts';
import { wholeNumber } from '../../schema/number.ts';
import { isSameCode, type ObisCode, readCode } from '../code.ts';
import { type ObisPoint, type ObisPointOptions, type ObisRaw, obisPoint, obisPointSchema } from '../point.ts';
import { USUAL_POINTS, type Usual } from '../usual.ts';
import type { DataSet, DataValue } from './block.ts';

/** Electricity and what all meters have. A short code says nothing of its medium, so others need their `obis`. */
const USUAL: Readonly<Record<string, Usual>> = Object.fromEntries(
  Object.entries<Usual>(USUAL_POINTS).filter(([, { codes }]) => codes.every((code) => /^[01]-/.test(code))),
);

const MOST_VALUES = 256;

export const point = obisPointSchema(USUAL).safeExtend({
  index: wholeNumber(0, MOST_VALUES - 1)
    .optional()
    .describe(
      'Which value of an address with several, from 0; absent: for a number the first with a unit, else the first.',
    ),
});

export type PointOptions = ObisPointOptions;

const NUMERAL = /^ *([+-]?[0-9]{1,24}(?:\.[0-9]{0,12})?) *$/;
/** Of digits without a point: what a double surely holds. */
const SURE_DIGITS = 15;

/** Address of two groups of figures, `6.8`: of heat and water meters too, so a usual point does not take it. */
const TWO_GROUPS = /^[0-9]+\.[0-9]+$/;

export interface ReadoutPoint {
  readonly point: ObisPoint['point'];
  /** Undefined: the readout does not hold it. */
  sample(readout: readonly CodedSet[]): Sample | undefined;
}

/** A data set whose address is an OBIS code. */
export interface CodedSet extends DataSet {
  readonly code: ObisCode;
}

/** Those that points can name. */
export function codedSets(sets: readonly DataSet[]): readonly CodedSet[] {
  return sets.flatMap((set) => {
    const code = readCode(set.address);
    return code === undefined ? [] : [{ ...set, code }];
  });
}

/**
 * The points of the config, or the usual ones.
 * @throws Fault `driver/create` where a name stands twice
 */
export function readoutPoints(entries: readonly PointOptions[]): readonly ReadoutPoint[] {
  const wanted = entries.length > 0 ? entries : Object.keys(USUAL).map((name) => ({ name }));
  const names = new Set<string>();
  return wanted.map((entry, index) => {
    if (names.has(entry.name)) throw new Fault('driver/create', { point: index });
    names.add(entry.name);
    return readoutPoint(entry);
  });
}

function readoutPoint(entry: PointOptions): ReadoutPoint {
  const read = obisPoint(entry, { usual: USUAL, units: 'sent' });
  const isUsual = entry.obis === undefined;
  const fits = (wanted: ObisCode, { code, address }: CodedSet) =>
    isSameCode(wanted, code) && !(isUsual && read.type === 'number' && TWO_GROUPS.test(address));
  return {
    point: read.point,
    sample(readout) {
      for (const wanted of read.codes) {
        const set = readout.find((each) => fits(wanted, each));
        const value = set && chosenValue(set.values, read);
        if (value !== undefined) return read.sample(rawOf(value));
      }
      return undefined;
    },
  };
}

/** Of a maximum its time comes behind it: `1.6.0(00.123*kW)(2611151000)`. */
function chosenValue(values: readonly DataValue[], { index, type }: ObisPoint): DataValue | undefined {
  if (index !== undefined) return values[index];
  return (type === 'number' ? values.find(({ unit }) => unit !== undefined) : undefined) ?? values[0];
}

function rawOf({ text, unit }: DataValue): ObisRaw {
  if (text.trim() === '') return null;
  const [, digits] = NUMERAL.exec(text) ?? [];
  const sent = unit === undefined ? text : `${text}*${unit}`;
  if (digits === undefined) return { text: sent };
  return { number: numberOf(digits), text: unit === undefined ? text : text.trim(), unit };
}

function numberOf(digits: string): number | bigint {
  if (digits.includes('.') || digits.length <= SURE_DIGITS) return Number(digits) + 0;
  const whole = BigInt(digits.replace('+', ''));
  return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
}
