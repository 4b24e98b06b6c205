import type { Sample } from '../../contract/reading.ts';
import type { Fields } from '../fields.ts';
import type { Validity } from '../validity.ts';
import type { SentenceKind, Situation } from './kind.ts';

/** By the number in the quality field; 9 is what some receivers send for a fix with a satellite-based augmentation. */
export const QUALITIES = [
  'invalid',
  'gps',
  'dgps',
  'pps',
  'rtk',
  'float-rtk',
  'estimated',
  'manual',
  'simulator',
  'sbas',
] as const;

/**
 * GGA, fix data. Fields: 0 UTC, 1 latitude, 2 N/S, 3 longitude, 4 E/W, 5 quality, 6 satellites used, 7 HDOP, 8 altitude
 * above mean sea level, 9 M, 10 geoid separation, 11 M, 12 age of corrections in s, 13 reference station. Old talkers end
 * with the altitude.
 * Source: gpsd, "NMEA Revealed" v2.24, GGA; u-blox M8 receiver description, UBX-13003221.
 */
export const gga: SentenceKind = {
  id: 'GGA',
  leastFields: 10,
  decode(fields, situation) {
    const quality = fields.whole(5, 0, QUALITIES.length - 1);
    const validity = validityOf(quality);
    const samples: Sample[] = [
      { point: 'fix-quality', value: quality === null ? null : (QUALITIES[quality] ?? null) },
      // Of one system, or at most 12, with many receivers that count them all in GNS.
      { point: 'satellites-used', value: fields.whole(6, 0, 255), yields: true },
    ];
    if (validity === 'invalid') return [...samples, ...unknown()];
    if (validity === 'valid' || decidesAlone(situation)) {
      samples.push(
        { point: 'latitude', value: fields.latitude(1) },
        { point: 'longitude', value: fields.longitude(3) },
      );
    }
    return [...samples, ...heights(fields)];
  },
};

function validityOf(quality: number | null): Validity {
  if (quality === null || quality === 0) return 'invalid';
  // Estimated, manual and simulated: RMC and GLL have status V for these by the standard, and A by some receivers.
  return quality >= 6 && quality <= 8 ? 'unsure' : 'valid';
}

function decidesAlone({ used }: Situation): boolean {
  return !used.has('RMC') && !used.has('GLL');
}

function heights(fields: Fields): readonly Sample[] {
  const [altitudeUnit, separationUnit] = [fields.oneOf(9, ['M']), fields.oneOf(11, ['M'])];
  const altitude = fields.number(8, -1e5, 1e7);
  const separation = fields.number(10, -1000, 1000);
  return [
    { point: 'altitude', value: altitudeUnit === null ? null : altitude },
    { point: 'geoid-separation', value: separationUnit === null ? null : separation },
    { point: 'hdop', value: fields.number(7, 0, 9999) },
    { point: 'differential-age', value: fields.number(12, 0, 9999) },
  ];
}

function unknown(): readonly Sample[] {
  const points = ['latitude', 'longitude', 'altitude', 'geoid-separation', 'hdop', 'differential-age'];
  return points.map((point) => ({ point, value: null }));
}
