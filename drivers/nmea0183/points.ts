import { z } from 'zod';
import { commonPoint, consistentPoint, pointMeaning } from '../schema/point.ts';
import { text } from '../schema/text.ts';
import { QUALITIES } from './sentences/gga.ts';
import { FIX_TYPES } from './sentences/gsa.ts';
import type { SentenceId } from './sentences/kind.ts';
import { LONGEST_TRANSDUCER_ID, TRANSDUCER_TYPES, type Transducer, transducerKind } from './transducers.ts';
import { MODE_NAMES } from './validity.ts';

export interface PointKind {
  readonly type: 'number' | 'boolean' | 'text';
  readonly unit?: string;
  readonly decimals?: number;
  readonly choices?: readonly string[];
  readonly tellsUtc?: true;
  /** The sentences that feed it. */
  readonly from: readonly SentenceId[];
}

const position = { type: 'number', unit: 'deg', decimals: 9, from: ['GGA', 'GNS', 'RMC', 'GLL'] } as const;
const height = { type: 'number', unit: 'm', decimals: 3, from: ['GGA', 'GNS'] } as const;
const count = { type: 'number', decimals: 0, from: ['GSV'] } as const;
const depth = { type: 'number', unit: 'm', decimals: 3, from: ['DPT'] } as const;
const windAngle = { type: 'number', unit: 'deg', decimals: 2, from: ['MWV'] } as const;
const windSpeed = { type: 'number', unit: 'm/s', decimals: 3, from: ['MWV'] } as const;
const windDirection = { type: 'number', unit: 'deg', decimals: 2, from: ['MDA'] } as const;
const temperature = { type: 'number', unit: '°C', decimals: 3, from: ['MDA'] } as const;

/** Every usual point; the names are part of the interface. 9 decimals of a degree are 0.1 mm. */
export const POINTS = {
  latitude: position,
  longitude: position,
  altitude: height,
  'geoid-separation': height,
  speed: { type: 'number', unit: 'm/s', decimals: 3, from: ['RMC', 'VTG'] },
  course: { type: 'number', unit: 'deg', decimals: 2, from: ['RMC', 'VTG'] },
  'course-magnetic': { type: 'number', unit: 'deg', decimals: 2, from: ['VTG'] },
  'magnetic-variation': { type: 'number', unit: 'deg', decimals: 2, from: ['RMC'] },
  utc: { type: 'text', tellsUtc: true, from: ['RMC', 'ZDA'] },
  valid: { type: 'boolean', from: ['RMC', 'GLL'] },
  mode: { type: 'text', choices: MODE_NAMES, from: ['RMC', 'GLL'] },
  'fix-quality': { type: 'text', choices: QUALITIES, from: ['GGA'] },
  'fix-type': { type: 'text', choices: FIX_TYPES, from: ['GSA'] },
  'satellites-used': { type: 'number', decimals: 0, from: ['GGA', 'GNS'] },
  hdop: { type: 'number', decimals: 2, from: ['GGA', 'GNS', 'GSA'] },
  pdop: { type: 'number', decimals: 2, from: ['GSA'] },
  vdop: { type: 'number', decimals: 2, from: ['GSA'] },
  'differential-age': { type: 'number', unit: 's', decimals: 1, from: ['GGA', 'GNS'] },
  'satellites-in-view': count,
  'gps-in-view': count,
  'glonass-in-view': count,
  'galileo-in-view': count,
  'beidou-in-view': count,
  'qzss-in-view': count,
  'navic-in-view': count,
  heading: { type: 'number', unit: 'deg', decimals: 2, from: ['HDT'] },
  depth,
  'depth-offset': depth,
  'depth-below-surface': depth,
  'depth-below-keel': depth,
  'wind-angle-relative': windAngle,
  'wind-speed-relative': windSpeed,
  'wind-angle-true': windAngle,
  'wind-speed-true': windSpeed,
  'wind-direction-true': windDirection,
  'wind-direction-magnetic': windDirection,
  'wind-speed': { type: 'number', unit: 'm/s', decimals: 3, from: ['MDA'] },
  pressure: { type: 'number', unit: 'hPa', decimals: 2, from: ['MDA'] },
  'air-temperature': temperature,
  'water-temperature': temperature,
  'dew-point': temperature,
  humidity: { type: 'number', unit: '%', decimals: 2, from: ['MDA'] },
} as const satisfies Record<string, PointKind>;

export type PointName = keyof typeof POINTS;

export const POINT_NAMES = Object.keys(POINTS) as [PointName, ...PointName[]];

function isPointName(name: string): name is PointName {
  return Object.hasOwn(POINTS, name);
}

/** The kind of a point by its name, or by the transducer that feeds it; undefined for a name that is no point. */
export function kindOf(entry: Pick<PointOptions, 'name' | 'transducer'>): PointKind | undefined {
  if (entry.transducer !== undefined) {
    const { unit, decimals } = transducerKind(entry.transducer);
    return { type: 'number', from: ['XDR'], ...(unit && { unit }), ...(decimals && { decimals }) };
  }
  return isPointName(entry.name) ? POINTS[entry.name] : undefined;
}

const transducer = z.strictObject(
  {
    type: z
      .enum(TRANSDUCER_TYPES, { error: `must be one of ${TRANSDUCER_TYPES.join(', ')}` })
      .describe('What it measures.'),
    id: text(0, LONGEST_TRANSDUCER_ID).describe(
      `The id that the instrument sends, at most ${LONGEST_TRANSDUCER_ID} characters; may be empty.`,
    ),
  },
  { error: 'must be a mapping of type and id' },
);

/** One entry of `points`: which points to report, and how. An instrument talks by itself, so there is no period to set. */
export const point = z
  .strictObject({
    name: z
      .union([z.enum(POINT_NAMES), commonPoint.name], { error: 'must be a point of a receiver' })
      .describe('Name of the point: one of the usual ones, or with transducer any.'),
    ...pointMeaning,
    transducer: transducer
      .optional()
      .describe('The transducer of XDR that feeds it, as the instrument names it; its type settles the unit.'),
    min: commonPoint.min,
    max: commonPoint.max,
    deadband: commonPoint.deadband.describe('Only changes of at least this much are published; default 0: any change.'),
    decimals: commonPoint.decimals,
  })
  .superRefine(consistentPoint)
  .superRefine((entry, context) => {
    const kind = kindOf(entry);
    if (kind === undefined) {
      const message = 'must be a point of a receiver, or have a transducer';
      context.addIssue({ code: 'custom', path: ['name'], message });
    }
    if (kind?.type !== 'text' && kind?.type !== 'boolean') return;
    for (const key of ['min', 'max', 'deadband', 'decimals'] as const) {
      if (entry[key] !== undefined) {
        context.addIssue({ code: 'custom', path: [key], message: 'only goes with a point that is a number' });
      }
    }
  });

export interface PointOptions {
  readonly name: string;
  readonly transducer?: Transducer | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly deadband?: number | undefined;
  readonly decimals?: number | undefined;
}
