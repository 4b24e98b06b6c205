import type { Sample } from '../../contract/reading.ts';
import { codeOfBytes, formatCode, isSameCode } from '../code.ts';
import { type ObisPoint, type ObisPointOptions, obisPoint, obisPointSchema } from '../point.ts';
import { USUAL_POINTS, type Usual } from '../usual.ts';
import type { Quantity } from './meaning/quantity.ts';
import { isNumber, rawOf } from './meaning/value.ts';

/** The list's id: it tells which list of which maker it is. */
const OWN_POINTS: Readonly<Record<string, Usual>> = {
  'list-id': { codes: ['1-1:0.2.129'], type: 'text' },
  'meter-type': { codes: ['0-0:96.1.7', '1-1:96.1.1'], type: 'text' },
};

/** Meters of Kamstrup send on channel 1 of medium 1 and of medium 0, all others on channel 0. */
const USUAL: Readonly<Record<string, Usual>> = Object.fromEntries(
  Object.entries<Usual>({ ...USUAL_POINTS, ...OWN_POINTS }).map(([name, usual]) => [name, withChannel(usual)]),
);

function withChannel(usual: Usual): Usual {
  const others = usual.codes.map((code) => code.replace(/^([01])-0:/, '$1-1:'));
  return { ...usual, codes: [...new Set([...usual.codes, ...others])] };
}

/** Points that these meters do not push, and the time, of which each telegram would be news. */
const SELDOM =
  /^(?:power(?:-l[123])?|frequency|current-n|apparent-.*|voltage-(?:sags|swells)-.*|message.*|power-(?:failures.*|import-(?:average|peak))|gas|water|heat|meter-time)$/;

const DEFAULT_POINTS: readonly ObisPointOptions[] = Object.keys(USUAL)
  .filter((name) => !SELDOM.test(name))
  .map((name) => ({ name }));

export const point = obisPointSchema(USUAL);

export type PointOptions = ObisPointOptions;

/** Why a number may be off by a power of ten, for people who set the device up. */
const NO_SCALER = 'the telegram has no scaler for it: the number is as the meter sent it';

/** A point, and how its sample is found in a telegram. */
export interface PushedPoint {
  readonly point: ObisPoint['point'];
  /** Undefined: the telegram does not hold it. */
  sample(quantities: ReadonlyMap<string, Quantity>): Sample | undefined;
}

/** The points of the config, or the usual ones. */
export function pushedPoints(entries: readonly PointOptions[]): readonly PushedPoint[] {
  return (entries.length === 0 ? DEFAULT_POINTS : entries).map((entry) => {
    const read = obisPoint(entry, { usual: USUAL, units: 'base' });
    const keys = read.codes.map(formatCode);
    const isShort = read.codes.some(({ medium, channel }) => medium === undefined || channel === undefined);
    return {
      point: read.point,
      sample(quantities) {
        const found = isShort ? firstShort(quantities, read) : first(quantities, keys);
        return found && sampleOf(found, read);
      },
    };
  });
}

/** By code, of several under one code the first. */
export function byCode(quantities: readonly Quantity[]): ReadonlyMap<string, Quantity> {
  const map = new Map<string, Quantity>();
  for (const quantity of quantities) {
    const code = codeOfBytes(quantity.code);
    const key = code && formatCode(code);
    if (key !== undefined && !map.has(key)) map.set(key, quantity);
  }
  return map;
}

function first(quantities: ReadonlyMap<string, Quantity>, keys: readonly string[]): Quantity | undefined {
  for (const key of keys) {
    const quantity = quantities.get(key);
    if (quantity !== undefined) return quantity;
  }
  return undefined;
}

function firstShort(quantities: ReadonlyMap<string, Quantity>, { codes }: ObisPoint): Quantity | undefined {
  for (const quantity of quantities.values()) {
    const sent = codeOfBytes(quantity.code);
    if (sent !== undefined && codes.some((code) => isSameCode(code, sent))) return quantity;
  }
  return undefined;
}

/**
 * A number without scaler is as it was sent where the point has no unit; where it has one, it is scaled as the maker's
 * documents say.
 */
function sampleOf({ data, scalerUnit, known }: Quantity, read: ObisPoint): Sample {
  const { unit } = read.point;
  const applied = scalerUnit ?? (unit === undefined ? undefined : known);
  const sample = read.sample(rawOf(data, applied));
  const isBare = unit !== undefined && applied === undefined && isNumber(data);
  return isBare && sample.value !== null && sample.remark === undefined ? { ...sample, remark: NO_SCALER } : sample;
}
