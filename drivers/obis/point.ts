import { z } from 'zod';
import type { Point, Sample } from '../contract/reading.ts';
import { cleanText } from '../framing/text.ts';
import { wholeNumber } from '../schema/number.ts';
import { commonPoint, consistentPoint, pointMeaning } from '../schema/point.ts';
import { Scale } from '../schema/scale.ts';
import { type ObisCode, readCode } from './code.ts';
import { meaningOf } from './meaning.ts';
import { isPrefixed, kiloUnit, powerBetween } from './unit.ts';
import { type ObisType, typeOfCode, type Usual, usualOf } from './usual.ts';

/** No line or structure of a meter has so many values. */
const MOST_VALUES = 256;

const NUMERIC = ['scale', 'offset', 'decimals', 'min', 'max', 'deadband'] as const;

const POINT_TYPES = ['number', 'text', 'boolean'] as const;

/** One entry of `points`: which quantity of the meter to report, and how. */
export interface ObisPointOptions {
  readonly name: string;
  readonly obis?: string | undefined;
  readonly index?: number | undefined;
  readonly type?: (typeof POINT_TYPES)[number] | undefined;
  readonly unit?: string | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly decimals?: number | undefined;
  readonly enum?: Readonly<Record<string, string>> | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly deadband?: number | undefined;
}

/** The keys of a point of an OBIS meter. @param usual the points that need no `obis`, by name */
export function obisPointSchema(usual: Readonly<Record<string, Usual>>) {
  return z
    .strictObject({
      name: commonPoint.name.describe('Name of the point, unique in its device: any with `obis`, else a usual one.'),
      ...pointMeaning,
      obis: z
        .string({ error: 'must be text' })
        .refine((text) => readCode(text) !== undefined, { error: 'must be an OBIS code such as 1-0:1.8.0' })
        .optional()
        .describe('The OBIS code, as `1-0:1.8.0`, `1-0:1.8.0*255` or `1.8.0`. Absent: what the usual name stands for.'),
      index: wholeNumber(0, MOST_VALUES - 1)
        .optional()
        .describe('Which value of a line or structure of several, from 0; absent: the last.'),
      type: z
        .enum(POINT_TYPES, { error: `must be one of ${POINT_TYPES.join(', ')}` })
        .optional()
        .describe(
          'What the value is. Absent: by the code; text for ids, versions, times, status words, messages, tariffs and lists, else number.',
        ),
      unit: commonPoint.unit.describe(
        'Unit. Where `scale` and `offset` are absent, a number in the same unit with another prefix (Wh, kWh) is converted. A number of another kind is null.',
      ),
      scale: commonPoint.scale,
      offset: commonPoint.offset,
      decimals: commonPoint.decimals,
      enum: commonPoint.enum,
      min: commonPoint.min,
      max: commonPoint.max,
      deadband: commonPoint.deadband.describe(
        'Only changes of at least this much are published; default 0: any change.',
      ),
    })
    .superRefine(consistentPoint)
    .superRefine((entry, context) => {
      const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
      if (entry.obis === undefined && !Object.hasOwn(usual, entry.name)) {
        refuse('name', 'must be a usual point, or have obis');
      }
      const isNumber = entry.enum === undefined && typeOf(entry, usualFor(entry, usual)) === 'number';
      for (const key of isNumber ? [] : NUMERIC) {
        if (entry[key] !== undefined) refuse(key, 'only goes with a point that is a number');
      }
      if (entry.enum !== undefined && entry.type === 'boolean') refuse('enum', 'does not go together with boolean');
    });
}

/** A value as the meter sent it; null: it sent none. */
export type ObisRaw = {
  /** Absent: it is no number. */
  readonly number?: number | bigint | undefined;
  /** As sent; absent: the number's digits. */
  readonly text?: string | undefined;
  readonly unit?: string | undefined;
} | null;

/** A point of a meter: the agent's knowledge of it, and the way from the sent data to its value. */
export interface ObisPoint {
  readonly point: Point;
  /** The first of these that there is counts; none for a point that its driver finds by other means. */
  readonly codes: readonly ObisCode[];
  readonly index: number | undefined;
  readonly type: ObisType;
  sample(raw: ObisRaw): Sample;
}

export interface ObisPointRules {
  readonly usual: Readonly<Record<string, Usual>>;
  /**
   * `base`: the protocol's numbers are always in units without prefix (SML, DLMS). `sent`: units are words of the
   * telegram: a usual point has the one with `k`, and a point by its code alone has the meter's, so none is told.
   */
  readonly units: 'base' | 'sent';
}

/** One point of a valid entry. */
export function obisPoint(entry: ObisPointOptions, rules: ObisPointRules): ObisPoint {
  const usual = usualFor(entry, rules.usual);
  const type = typeOf(entry, usual);
  const unit =
    entry.unit ?? (type === 'number' && entry.enum === undefined ? defaultUnit(entry, usual, rules) : undefined);
  const choices = entry.enum === undefined ? undefined : new Map(Object.entries(entry.enum));
  const convert = converter(entry, unit);
  const code = entry.obis === undefined ? undefined : readCode(entry.obis);
  const codes = code === undefined ? (usual?.codes ?? []).flatMap((text) => readCode(text) ?? []) : [code];
  const isNumber = type === 'number' && choices === undefined;
  return {
    point: {
      name: entry.name,
      type: choices !== undefined || type === 'time' ? 'text' : type,
      unit,
      writable: false,
      min: entry.min,
      max: entry.max,
      // A meter says all of it every few seconds: only changes are news.
      deadband: entry.deadband ?? 0,
      choices: choices === undefined ? undefined : [...new Set(choices.values())],
      ...(isNumber ? meaningOf(codes[0]) : {}),
    },
    codes,
    index: entry.index ?? usual?.index,
    type,
    sample(raw) {
      const { name: point } = entry;
      if (raw === null) return { point, value: null };
      if (choices !== undefined) return { point, value: choices.get(String(raw.number)) ?? null };
      if (type === 'boolean') return { point, value: raw.number === 1 ? true : raw.number === 0 ? false : null };
      if (type === 'number') return raw.number === undefined ? { point, value: null } : convert(raw.number, raw.unit);
      const text = cleanText(raw.text ?? String(raw.number ?? ''));
      return { point, value: text === '' ? null : text };
    },
  };
}

function usualFor(entry: Pick<ObisPointOptions, 'name' | 'obis'>, usual: Readonly<Record<string, Usual>>) {
  const code = entry.obis === undefined ? undefined : readCode(entry.obis);
  if (code !== undefined) return usualOf(code);
  return Object.hasOwn(usual, entry.name) ? usual[entry.name] : undefined;
}

function typeOf({ type, obis }: Pick<ObisPointOptions, 'type' | 'obis'>, usual: Usual | undefined): ObisType {
  const code = obis === undefined ? undefined : readCode(obis);
  const known = usual?.type ?? (code === undefined ? 'number' : typeOfCode(code));
  // The type text for a time means the time as the driver tells it.
  return type === undefined || (type === 'text' && known === 'time') ? known : type;
}

function defaultUnit(entry: ObisPointOptions, usual: Usual | undefined, { units }: ObisPointRules): string | undefined {
  if (entry.scale !== undefined || entry.offset !== undefined) return undefined;
  if (units === 'base') return usual?.unit;
  if (entry.obis === undefined) return kiloUnit(usual?.unit);
  return isPrefixed(usual?.unit) ? undefined : usual?.unit;
}

/** Why a number is left out, for people who set the device up. */
const OTHER_UNIT = 'the meter sends this in a unit of another kind';

function converter(entry: ObisPointOptions, wanted: string | undefined) {
  const { name: point, decimals } = entry;
  const own = new Scale(entry);
  const scales = new Map<number, Scale>();
  const scaleOf = (power: number): Scale => {
    if (power === 0) return own;
    const made = scales.get(power) ?? new Scale({ scale: Number(`1e${power}`), decimals });
    scales.set(power, made);
    return made;
  };
  const isPlain = entry.scale === undefined && entry.offset === undefined;
  return (raw: number | bigint, unit: string | undefined): Sample => {
    const power = isPlain && unit !== undefined && wanted !== undefined ? powerBetween(unit, wanted) : 0;
    if (power === 'other') return { point, value: null, remark: OTHER_UNIT };
    const scale = scaleOf(power);
    const value = scale.value(raw);
    // A number that its scale drove beyond all numbers is not known.
    if (!Number.isFinite(value)) return { point, value: null };
    const exact = typeof raw === 'bigint' ? scale.exact(raw) : undefined;
    return exact === undefined ? { point, value } : { point, value, exact };
  };
}
