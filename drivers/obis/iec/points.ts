import { Fault } from '../../contract/fault.ts';
import type { Sample } from '../../contract/reading.ts';
import { wholeNumber } from '../../schema/number.ts';
import { type ObisCode, readCode } from '../code.ts';
import { CodeIndex } from '../code-index.ts';
import { type ObisPoint, type ObisPointOptions, type ObisRaw, obisPoint, obisPointSchema } from '../point.ts';
import { USUAL_POINTS, type Usual } from '../usual.ts';
import type { DataSet, DataValue } from './block.ts';

/**
 * The points of electricity and those that all meters have. A short code says nothing of its medium, so others need
 * their `obis`.
 */
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
/** Digits, without the point, that a double surely holds. */
const SURE_DIGITS = 15;

/** Address of two groups of figures, `6.8`: of heat and water meters too, so a usual point does not take it. */
const TWO_GROUPS = /^[0-9]+\.[0-9]+$/;

export interface ReadoutPoint {
  readonly point: ObisPoint['point'];
  readonly codes: readonly ObisCode[];
  /** Whether a data set of one of its codes may be the point's. */
  fits(set: CodedSet): boolean;
  /**
   * @param sets of each of its codes the first that fits
   * @returns undefined: the readout does not hold it
   */
  sample(sets: readonly (CodedSet | undefined)[]): Sample | undefined;
}

/** The samples that a readout holds of these points. */
export function readoutSamples(points: readonly ReadoutPoint[]): (sets: readonly DataSet[]) => readonly Sample[] {
  const index = new CodeIndex(points.map((each) => each.codes));
  const codes = new SetCodes();
  return (sets) => {
    const firsts = index.firsts(codes.of(sets), (at, set) => points[at]?.fits(set) === true);
    return points.flatMap((each, at) => {
      const found = firsts[at];
      return (found && each.sample(found)) ?? [];
    });
  };
}

/** A data set whose address is an OBIS code. */
export interface CodedSet extends DataSet {
  readonly code: ObisCode;
}

/** Addresses of which the code is kept: a meter says the same ones each time. */
const MOST_KEPT = 256;

/** Reads the code of each address, each only once. */
export class SetCodes {
  readonly #known = new Map<string, ObisCode | undefined>();

  /** The data sets that points can name. */
  of(sets: readonly DataSet[]): readonly CodedSet[] {
    return sets.flatMap((set) => {
      const code = this.#codeOf(set.address);
      return code === undefined ? [] : [{ ...set, code }];
    });
  }

  #codeOf(address: string): ObisCode | undefined {
    if (this.#known.has(address)) return this.#known.get(address);
    const code = readCode(address);
    if (this.#known.size < MOST_KEPT) this.#known.set(address, code);
    return code;
  }
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
  const refusesShort = isUsual && read.type === 'number';
  return {
    point: read.point,
    codes: read.codes,
    fits: ({ address }) => !(refusesShort && TWO_GROUPS.test(address)),
    sample(sets) {
      for (const set of sets) {
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
