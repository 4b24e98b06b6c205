import type { Fields } from '../fields.ts';
import { BARS, CELSIUS, INCHES_OF_MERCURY, MAGNETIC, SPEEDS, TRUE } from '../units.ts';
import type { SentenceKind } from './kind.ts';

/**
 * MDA, weather. Fields: 0 pressure in inches of mercury, 1 I, 2 the same in bar, 3 B, 4 air temperature, 5 C, 6 water
 * temperature, 7 C, 8 relative humidity in %, 9 absolute humidity (not reported: its unit is not settled), 10 dew point,
 * 11 C, 12 wind direction true, 13 T, 14 the same magnetic, 15 M, 16 wind speed in knots, 17 N, 18 the same in m/s, 19 M.
 * Stations that measure less leave the end away. Source: gpsd, "NMEA Revealed" v2.24, MDA.
 */
export const mda: SentenceKind = {
  id: 'MDA',
  leastFields: 4,
  decode: (fields) => [
    { point: 'pressure', value: pressure(fields) },
    { point: 'air-temperature', value: fields.quantity(4, -100, 100, CELSIUS) },
    { point: 'water-temperature', value: fields.quantity(6, -100, 100, CELSIUS) },
    { point: 'humidity', value: fields.number(8, 0, 100) },
    { point: 'dew-point', value: fields.quantity(10, -100, 100, CELSIUS) },
    { point: 'wind-direction-true', value: fields.quantity(12, 0, 360, TRUE) },
    { point: 'wind-direction-magnetic', value: fields.quantity(14, 0, 360, MAGNETIC) },
    { point: 'wind-speed', value: speed(fields) },
  ],
};

/** Bar is exactly 1000 hPa; inches where a station leaves the bars empty. */
function pressure(fields: Fields): number | null {
  const inches = fields.quantity(0, 0, 100, INCHES_OF_MERCURY);
  return fields.quantity(2, 0, 4, BARS) ?? inches;
}

function speed(fields: Fields): number | null {
  const knots = fields.quantity(16, 0, 1000, { N: SPEEDS.N });
  return fields.quantity(18, 0, 1000, { M: SPEEDS.M }) ?? knots;
}
