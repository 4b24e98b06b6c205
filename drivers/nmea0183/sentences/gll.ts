import { modeName, statusIsValid } from '../validity.ts';
import type { SentenceKind } from './kind.ts';

/**
 * GLL, position. Fields: 0 latitude, 1 N/S, 2 longitude, 3 E/W, 4 UTC, 5 status A/V, 6 mode (2.3).
 * Source: gpsd, "NMEA Revealed" v2.24, GLL; u-blox M8 receiver description, UBX-13003221.
 */
export const gll: SentenceKind = {
  id: 'GLL',
  leastFields: 6,
  decode(fields) {
    const valid = statusIsValid(fields, 5, 6);
    fields.time(4);
    return [
      { point: 'valid', value: valid },
      { point: 'mode', value: modeName(fields.text(6)) },
      { point: 'latitude', value: valid ? fields.latitude(0) : null },
      { point: 'longitude', value: valid ? fields.longitude(2) : null },
    ];
  },
};
