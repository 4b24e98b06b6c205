import type { Fields } from '../fields.ts';
import { METRES_PER_SECOND_PER_KNOT } from '../units.ts';
import { type CalendarDate, isDate, isoTime } from '../utc.ts';
import { modeName, statusIsValid } from '../validity.ts';
import type { SentenceKind } from './kind.ts';

/**
 * RMC, recommended minimum. Fields: 0 UTC, 1 status A/V, 2 latitude, 3 N/S, 4 longitude, 5 E/W, 6 speed in knots,
 * 7 course true, 8 date ddmmyy, 9 magnetic variation, 10 E/W, 11 mode (2.3), 12 navigational status (4.1, not used).
 * Some receivers leave the side of the variation out altogether: then the mode stands in its place, and is the last field.
 * Source: gpsd, "NMEA Revealed" v2.24, RMC; u-blox M8 receiver description, UBX-13003221.
 */
export const rmc: SentenceKind = {
  id: 'RMC',
  leastFields: 9,
  decode(fields) {
    const sided = !(fields.count === 11 && modeName(fields.text(10)) !== null && fields.text(10) !== 'E');
    const mode = sided ? 11 : 10;
    const valid = statusIsValid(fields, 1, mode);
    const knots = valid ? fields.number(6, 0, 1e5) : null;
    return [
      { point: 'valid', value: valid },
      { point: 'mode', value: modeName(fields.text(mode)) },
      { point: 'utc', value: utc(fields) },
      { point: 'latitude', value: valid ? fields.latitude(2) : null },
      { point: 'longitude', value: valid ? fields.longitude(4) : null },
      { point: 'speed', value: knots === null ? null : knots * METRES_PER_SECOND_PER_KNOT },
      { point: 'course', value: valid ? fields.number(7, 0, 360) : null },
      { point: 'magnetic-variation', value: valid && sided ? variation(fields) : null },
    ];
  },
};

/** East positive: true course = magnetic course + variation. Without its side nobody knows it, be it 0. */
function variation(fields: Fields): number | null {
  const size = fields.number(9, 0, 180);
  const side = fields.oneOf(10, ['E', 'W']);
  if (size === null || side === null) return null;
  return side === 'W' ? -size : size;
}

/** The receiver's clock, also without a fix: it may run by itself and be wrong before the first one. */
function utc(fields: Fields): string | null {
  const time = fields.time(0);
  const date = readDate(fields);
  return time === null || date === null ? null : isoTime(date, time);
}

function readDate(fields: Fields): CalendarDate | null {
  const text = fields.text(8);
  // Before the first fix some receivers write zeros.
  if (text === '' || text === '000000') return null;
  const [, day = '', month = '', year = ''] = /^(\d{2})(\d{2})(\d{2})$/.exec(text) ?? [];
  // GPS time begins in 1980, so that 80 to 99 can only be the last century.
  const century = Number(year) >= 80 ? 1900 : 2000;
  const date = { day: Number(day), month: Number(month), year: century + Number(year) };
  return isDate(date) ? date : fields.refuse();
}
