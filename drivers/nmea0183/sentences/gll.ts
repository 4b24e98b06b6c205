import type { Sample } from '../../contract/reading.ts';
import { modeName, statusIsValid } from '../validity.ts';
import type { SentenceKind } from './kind.ts';

/**
 * GLL, position. Fields: 0 latitude, 1 N/S, 2 longitude, 3 E/W, 4 UTC, 5 status A/V (2.0), 6 mode (2.3). The form from
 * before 2.0 ends with the position or the time, has no word on validity, and is sent with a position or empty.
 * Source: gpsd, "NMEA Revealed" v2.24, GLL; u-blox M8 receiver description, UBX-13003221.
 */
export const gll: SentenceKind = {
  id: 'GLL',
  leastFields: 4,
  decode(fields) {
    const hasStatus = fields.count > 5;
    const valid = !hasStatus || statusIsValid(fields, 5, 6);
    // Not reported, and before the first fix some receivers write a text there that is no time.
    if (valid) fields.time(4);
    const status: readonly Sample[] = [
      { point: 'valid', value: valid },
      { point: 'mode', value: modeName(fields.text(6)) },
    ];
    const position: readonly Sample[] = [
      { point: 'latitude', value: valid ? fields.latitude(0) : null },
      { point: 'longitude', value: valid ? fields.longitude(2) : null },
    ];
    return hasStatus ? [...status, ...position] : position.map((sample) => ({ ...sample, yields: true }));
  },
};
