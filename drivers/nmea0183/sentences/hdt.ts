import { TRUE } from '../units.ts';
import type { SentenceKind } from './kind.ts';

/** HDT, heading. Fields: 0 degrees true, 1 T. Source: gpsd, "NMEA Revealed" v2.24, HDT. */
export const hdt: SentenceKind = {
  id: 'HDT',
  leastFields: 2,
  decode: (fields) => [{ point: 'heading', value: fields.quantity(0, 0, 360, TRUE) }],
};
