import { z } from 'zod';
import type { Point, Sample, Value } from '../contract/reading.ts';
import { wholeNumber } from '../schema/number.ts';
import { commonPoint, consistentPoint, pointMeaning } from '../schema/point.ts';
import { Scale } from '../schema/scale.ts';
import type { Identification } from './identification.ts';
import { LAST_OF_C } from './limits.ts';

const ABOUT = ['active', 'protocol', 'vendor', 'model', 'version', 'serial'] as const;

const NUMERIC = ['measurement', 'unit', 'scale', 'offset', 'decimals', 'enum', 'min', 'max', 'deadband'] as const;

/** One entry of `points`: a value of a measurement, or what the sensor says of itself. */
export const point = z
  .strictObject({
    name: commonPoint.name,
    ...pointMeaning,
    index: wholeNumber(0, LAST_OF_C)
      .optional()
      .describe('Which value of the measurement, from 0, counted over all data answers.'),
    measurement: wholeNumber(0, 9)
      .optional()
      .describe('Which measurement: 0 is aM!, aC! or aR0!, 1 to 9 are aM1! and so on; default 0.'),
    about: z
      .enum(ABOUT, { error: `must be one of ${ABOUT.join(', ')}` })
      .optional()
      .describe(
        'In place of index: active asks only whether the sensor is there (a!), the others are parts of its identification (aI!).',
      ),
    unit: commonPoint.unit,
    scale: commonPoint.scale,
    offset: commonPoint.offset,
    decimals: commonPoint.decimals,
    enum: commonPoint.enum,
    min: commonPoint.min,
    max: commonPoint.max,
    deadband: commonPoint.deadband,
    pollMs: commonPoint.pollMs,
  })
  .superRefine(consistentPoint)
  .superRefine((entry, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (entry.about === undefined) {
      if (entry.index === undefined) refuse('index', 'is missing: it says which value, from 0');
    } else {
      for (const key of ['index', ...NUMERIC] as const) {
        if (entry[key] !== undefined) refuse(key, 'does not go together with about');
      }
    }
    for (const key of entry.enum === undefined ? [] : (['min', 'max', 'deadband'] as const)) {
      if (entry[key] !== undefined) refuse(key, 'does not go together with enum');
    }
  });

export type PointOptions = z.infer<typeof point>;

/** A value of a measurement. */
export interface ValuePoint {
  readonly kind: 'value';
  readonly point: Point;
  readonly index: number;
  readonly measurement: number;
  /** @param raw as the sensor sent it; nothing: it sent fewer values */
  sample(raw: number | undefined): Sample;
}

/** A point of the sensor's account of itself. */
export interface AboutPoint {
  readonly kind: 'about';
  readonly point: Point;
  /** Nothing: whether it is there. */
  readonly part: keyof Identification | undefined;
}

/** Why there is no value, for people who set the device up. */
const TOO_FEW = 'the sensor gives fewer values than this index: indexes begin with 0';

/** One point of a valid entry. */
export function sensorPoint(entry: PointOptions): ValuePoint | AboutPoint {
  const { name, about, pollMs } = entry;
  if (about === undefined) return valuePoint(entry);
  const type = about === 'active' ? 'boolean' : 'text';
  return {
    kind: 'about',
    part: about === 'active' ? undefined : about,
    point: { name, type, writable: false, deadband: type === 'text' ? 0 : undefined, pollMs },
  };
}

function valuePoint(entry: PointOptions): ValuePoint {
  const { name, index = 0, measurement = 0, unit, min, max, deadband, pollMs } = entry;
  const choices = entry.enum === undefined ? undefined : new Map(Object.entries(entry.enum));
  const scale = new Scale(entry);
  const scaled = (raw: number): Value => {
    if (choices !== undefined) return choices.get(String(raw)) ?? null;
    const value = scale.value(raw);
    // A number that its scale drove beyond all numbers is not known.
    return Number.isFinite(value) ? value : null;
  };
  return {
    kind: 'value',
    ...{ index, measurement },
    point: {
      ...{ name, unit, writable: false, min, max, deadband, pollMs },
      type: choices === undefined ? 'number' : 'text',
      choices: choices === undefined ? undefined : [...new Set(choices.values())],
    },
    sample: (raw) =>
      raw === undefined ? { point: name, value: null, remark: TOO_FEW } : { point: name, value: scaled(raw) },
  };
}
