import type { Sample } from '../../contract/reading.ts';
import type { SentenceKind } from './kind.ts';

/** By the number in the field, from 1. */
export const FIX_TYPES = ['none', '2d', '3d'] as const;

/**
 * GSA, precision and satellites of the fix. Fields: 0 A/M, 1 fix type, 2 to 13 satellites used (not reported), 14 PDOP,
 * 15 HDOP, 16 VDOP, 17 system (4.1, not used: each system's sentence carries the values of the common fix).
 * Some receivers leave the end away while they have no fix.
 * Source: gpsd, "NMEA Revealed" v2.24, GSA; u-blox M8 receiver description, UBX-13003221.
 */
export const gsa: SentenceKind = {
  id: 'GSA',
  leastFields: 2,
  decode(fields, { used }) {
    const type = fields.whole(1, 1, FIX_TYPES.length);
    // Without a fix some receivers leave the precision empty, others write 99.99.
    const fixed = type !== null && type > 1;
    const samples: Sample[] = [
      { point: 'fix-type', value: type === null ? null : (FIX_TYPES[type - 1] ?? null) },
      { point: 'pdop', value: fixed ? fields.number(14, 0, 9999) : null },
      { point: 'vdop', value: fixed ? fields.number(16, 0, 9999) : null },
    ];
    if (!used.has('GGA')) samples.push({ point: 'hdop', value: fixed ? fields.number(15, 0, 9999) : null });
    return samples;
  },
};
