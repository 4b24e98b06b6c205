import type { Sample } from '../../contract/reading.ts';
import type { Fields } from '../fields.ts';
import { modeValidity } from '../validity.ts';
import type { SentenceKind } from './kind.ts';
import { METRES_PER_SECOND_PER_KNOT } from './rmc.ts';

/** Which letter follows which value. */
const UNITS = [
  [0, 'T'],
  [2, 'M'],
  [4, 'N'],
  [6, 'K'],
] as const;

/**
 * VTG, course and speed over ground. Fields: 0 course true, 1 T, 2 course magnetic, 3 M, 4 knots, 5 N, 6 km/h, 7 K,
 * 8 mode (2.3). The form of four fields from before 2.0 is malformed here.
 * Source: gpsd, "NMEA Revealed" v2.24, VTG; u-blox M8 receiver description, UBX-13003221.
 */
export const vtg: SentenceKind = {
  id: 'VTG',
  leastFields: 8,
  decode(fields, { used }) {
    for (const [value, unit] of UNITS) {
      // Without a fix some receivers leave the letters empty too.
      const letter = fields.oneOf(value + 1, [unit]);
      if (letter === null && fields.text(value) !== '') fields.refuse();
    }
    const validity = modeValidity(fields.text(8));
    if (validity === 'invalid') return [...speedAndCourse(null, null), { point: 'course-magnetic', value: null }];
    const magnetic = { point: 'course-magnetic', value: fields.number(2, 0, 360) };
    const [course, speed] = [fields.number(0, 0, 360), speedOf(fields)];
    // Only RMC says whether estimated or unmarked values count; without RMC they are taken as they are.
    if (validity === 'unsure' && used.has('RMC')) return [magnetic];
    return [...speedAndCourse(speed, course), magnetic];
  },
};

function speedAndCourse(speed: number | null, course: number | null): readonly Sample[] {
  return [
    { point: 'speed', value: speed },
    { point: 'course', value: course },
  ];
}

/** Knots as in RMC, so that both give the same number; km/h where a receiver leaves the knots empty. */
function speedOf(fields: Fields): number | null {
  const knots = fields.number(4, 0, 1e5);
  const kilometresPerHour = fields.number(6, 0, 2e5);
  if (knots !== null) return knots * METRES_PER_SECOND_PER_KNOT;
  return kilometresPerHour === null ? null : kilometresPerHour / 3.6;
}
