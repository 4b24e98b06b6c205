import { SPEEDS } from '../units.ts';
import type { SentenceKind } from './kind.ts';

/**
 * MWV, wind. Fields: 0 angle in degrees clockwise from the bow, 1 R as measured or T as if the ship stood still, 2 speed,
 * 3 its unit K, M, N or S, 4 status A/V. Source: gpsd, "NMEA Revealed" v2.24, MWV.
 */
export const mwv: SentenceKind = {
  id: 'MWV',
  leastFields: 5,
  decode(fields) {
    const reference = fields.oneOf(1, ['R', 'T']) ?? fields.refuse();
    const isValid = fields.oneOf(4, ['A', 'V']) === 'A';
    const [angle, speed] = [fields.number(0, 0, 360), fields.quantity(2, 0, 1000, SPEEDS)];
    const kind = reference === 'T' ? 'true' : 'relative';
    return [
      { point: `wind-angle-${kind}`, value: isValid ? angle : null },
      { point: `wind-speed-${kind}`, value: isValid ? speed : null },
    ];
  },
};
