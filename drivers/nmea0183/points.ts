import { z } from 'zod';
import { commonPoint, consistentPoint } from '../schema/point.ts';
import { QUALITIES } from './sentences/gga.ts';
import { FIX_TYPES } from './sentences/gsa.ts';
import type { SentenceId } from './sentences/kind.ts';
import { MODE_NAMES } from './validity.ts';

export interface PointKind {
  readonly type: 'number' | 'boolean' | 'text';
  readonly unit?: string;
  readonly decimals?: number;
  readonly choices?: readonly string[];
  /** The sentences that feed it. */
  readonly from: readonly SentenceId[];
}

const position = { type: 'number', unit: 'deg', decimals: 8, from: ['GGA', 'RMC', 'GLL'] } as const;
const count = { type: 'number', decimals: 0, from: ['GSV'] } as const;

/** Every point of a receiver; the names are part of the interface. 8 decimals of a degree are 1 mm. */
export const POINTS = {
  latitude: position,
  longitude: position,
  altitude: { type: 'number', unit: 'm', decimals: 3, from: ['GGA'] },
  'geoid-separation': { type: 'number', unit: 'm', decimals: 3, from: ['GGA'] },
  speed: { type: 'number', unit: 'm/s', decimals: 3, from: ['RMC', 'VTG'] },
  course: { type: 'number', unit: 'deg', decimals: 2, from: ['RMC', 'VTG'] },
  'course-magnetic': { type: 'number', unit: 'deg', decimals: 2, from: ['VTG'] },
  'magnetic-variation': { type: 'number', unit: 'deg', decimals: 2, from: ['RMC'] },
  utc: { type: 'text', from: ['RMC', 'ZDA'] },
  valid: { type: 'boolean', from: ['RMC', 'GLL'] },
  mode: { type: 'text', choices: MODE_NAMES, from: ['RMC', 'GLL'] },
  'fix-quality': { type: 'text', choices: QUALITIES, from: ['GGA'] },
  'fix-type': { type: 'text', choices: FIX_TYPES, from: ['GSA'] },
  'satellites-used': { type: 'number', decimals: 0, from: ['GGA'] },
  hdop: { type: 'number', decimals: 2, from: ['GGA', 'GSA'] },
  pdop: { type: 'number', decimals: 2, from: ['GSA'] },
  vdop: { type: 'number', decimals: 2, from: ['GSA'] },
  'differential-age': { type: 'number', unit: 's', decimals: 1, from: ['GGA'] },
  'satellites-in-view': count,
  'gps-in-view': count,
  'glonass-in-view': count,
  'galileo-in-view': count,
  'beidou-in-view': count,
  'qzss-in-view': count,
  'navic-in-view': count,
} as const satisfies Record<string, PointKind>;

export type PointName = keyof typeof POINTS;

export const POINT_NAMES = Object.keys(POINTS) as [PointName, ...PointName[]];

/** One entry of `points`: which points to report, and how. A receiver talks by itself, so there is no period to set. */
export const point = z
  .strictObject({
    name: z.enum(POINT_NAMES, { error: 'must be a point of a receiver' }).describe('Name of the point.'),
    min: commonPoint.min,
    max: commonPoint.max,
    deadband: commonPoint.deadband.describe('Only changes of at least this much are published; default 0: any change.'),
    decimals: commonPoint.decimals,
  })
  .superRefine(consistentPoint)
  .superRefine((entry, context) => {
    if (POINTS[entry.name].type === 'number') return;
    for (const key of ['min', 'max', 'deadband', 'decimals'] as const) {
      if (entry[key] !== undefined) {
        context.addIssue({ code: 'custom', path: [key], message: 'only goes with a point that is a number' });
      }
    }
  });

export type PointOptions = z.infer<typeof point>;
