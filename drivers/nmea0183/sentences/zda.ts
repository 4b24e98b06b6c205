import { isDate, isoTime } from '../utc.ts';
import type { SentenceKind } from './kind.ts';

/**
 * ZDA, time and date. Fields: 0 UTC, 1 day, 2 month, 3 year of four digits, 4 hours and 5 minutes of the local zone
 * (not reported). Source: gpsd, "NMEA Revealed" v2.24, ZDA; u-blox M8 receiver description, UBX-13003221.
 */
export const zda: SentenceKind = {
  id: 'ZDA',
  leastFields: 4,
  decode(fields) {
    const time = fields.time(0);
    // Before the first fix some receivers write zeros.
    if (/^0*,0*,0*$/.test([1, 2, 3].map((at) => fields.text(at)).join())) return [{ point: 'utc', value: null }];
    const [day, month, year] = [fields.whole(1, 1, 31), fields.whole(2, 1, 12), fields.whole(3, 1980, 9999)];
    if (time === null || day === null || month === null || year === null) return [{ point: 'utc', value: null }];
    const date = { day, month, year };
    if (!isDate(date)) fields.refuse();
    return [{ point: 'utc', value: isoTime(date, time) }];
  },
};
