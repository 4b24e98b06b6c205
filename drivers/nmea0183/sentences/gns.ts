import type { Sample } from '../../contract/reading.ts';
import type { Fields } from '../fields.ts';
import { modeValidity, type Validity } from '../validity.ts';
import type { SentenceKind } from './kind.ts';

/**
 * GNS, fix data of several systems. Fields: 0 UTC, 1 latitude, 2 N/S, 3 longitude, 4 E/W, 5 one mode letter for each
 * system, 6 satellites used, 7 HDOP, 8 altitude above mean sea level in m, 9 geoid separation in m, 10 age of corrections
 * in s, 11 reference station, 12 navigational status (4.1, not used).
 * Corrected by several systems, a receiver sends the fix as GN, and after it one for each system, without a position: with
 * that system's satellites, and the age of its corrections. Source: gpsd, "NMEA Revealed" v2.24, GNS.
 */
export const gns: SentenceKind = {
  id: 'GNS',
  leastFields: 10,
  decode(fields, { used }) {
    const age = fields.number(10, 0, 9999);
    const modes = fields.text(5);
    if (modes === '') return age === null ? [] : [{ point: 'differential-age', value: age }];
    const validity = /^[A-Z]{1,10}$/.test(modes) ? validityOf(modes) : (fields.refuse() ?? 'invalid');
    const samples: Sample[] = [{ point: 'satellites-used', value: fields.whole(6, 0, 255) }];
    if (validity === 'invalid') return [...samples, ...unknown()];
    if (validity === 'valid' || (!used.has('RMC') && !used.has('GLL'))) {
      samples.push(
        { point: 'latitude', value: fields.latitude(1) },
        { point: 'longitude', value: fields.longitude(3) },
      );
    }
    samples.push(...heights(fields));
    // A corrected fix of several systems leaves the age to the sentences that follow it.
    if (age !== null || !/[DFPR]/.test(modes)) samples.push({ point: 'differential-age', value: age });
    return samples;
  },
};

/** One system with a fix is a fix. */
function validityOf(modes: string): Validity {
  const each = [...modes].map(modeValidity);
  return each.find((validity) => validity === 'valid') ?? each.find((validity) => validity === 'unsure') ?? 'invalid';
}

function heights(fields: Fields): readonly Sample[] {
  return [
    { point: 'altitude', value: fields.number(8, -1e5, 1e7) },
    { point: 'geoid-separation', value: fields.number(9, -1000, 1000) },
    { point: 'hdop', value: fields.number(7, 0, 9999) },
  ];
}

function unknown(): readonly Sample[] {
  const points = ['latitude', 'longitude', 'altitude', 'geoid-separation', 'hdop', 'differential-age'];
  return points.map((point) => ({ point, value: null }));
}
