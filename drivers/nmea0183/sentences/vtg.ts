import type { Sample } from '../../contract/reading.ts';
import type { Fields } from '../fields.ts';
import { METRES_PER_SECOND_PER_KNOT } from '../units.ts';
import { modeValidity } from '../validity.ts';
import type { SentenceKind } from './kind.ts';

/** The letters that follow the values, in their order. */
const UNITS = ['T', 'M', 'N', 'K'] as const;

/**
 * VTG, course and speed over ground. Fields: 0 course true, 1 T, 2 course magnetic, 3 M, 4 knots, 5 N, 6 km/h, 7 K,
 * 8 mode (2.3). The form from before 2.0 has the four numbers alone; some talkers leave the end of the newer one away.
 * Source: gpsd, "NMEA Revealed" v2.24, VTG; u-blox M8 receiver description, UBX-13003221.
 */
export const vtg: SentenceKind = {
  id: 'VTG',
  leastFields: 4,
  decode(fields, { used }) {
    const step = isBare(fields) ? 1 : 2;
    for (const [index, unit] of step === 1 ? [] : UNITS.entries()) {
      // Without a fix some receivers leave the letters empty too.
      const letter = fields.oneOf(2 * index + 1, [unit]);
      if (letter === null && fields.text(2 * index) !== '') fields.refuse();
    }
    const validity = modeValidity(fields.text(8));
    if (validity === 'invalid') return [...speedAndCourse(null, null), { point: 'course-magnetic', value: null }];
    const magnetic = { point: 'course-magnetic', value: fields.number(step, 0, 360) };
    const [course, speed] = [fields.number(0, 0, 360), speedOf(fields, 2 * step, 3 * step)];
    // Only RMC says whether estimated or unmarked values count; without RMC they are taken as they are.
    if (validity === 'valid' || !used.has('RMC')) return [...speedAndCourse(speed, course), magnetic];
    if (step === 2) return [magnetic];
    // A talker of the old form may send no RMC at all.
    return [...speedAndCourse(speed, course).map((sample) => ({ ...sample, yields: true as const })), magnetic];
  },
};

/** The form of four numbers, each without its letter. */
function isBare(fields: Fields): boolean {
  return fields.count === 4 && fields.text(1) !== 'T' && fields.text(3) !== 'M';
}

function speedAndCourse(speed: number | null, course: number | null): readonly Sample[] {
  return [
    { point: 'speed', value: speed },
    { point: 'course', value: course },
  ];
}

/** Knots as in RMC, so that both give the same number; km/h where a receiver leaves the knots empty. */
function speedOf(fields: Fields, knotsAt: number, kilometresAt: number): number | null {
  const knots = fields.number(knotsAt, 0, 1e5);
  const kilometresPerHour = fields.number(kilometresAt, 0, 2e5);
  if (knots !== null) return knots * METRES_PER_SECOND_PER_KNOT;
  return kilometresPerHour === null ? null : kilometresPerHour / 3.6;
}
