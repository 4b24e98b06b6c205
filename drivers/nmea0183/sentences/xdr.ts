import type { Sample, Value } from '../../contract/reading.ts';
import { cleanText } from '../../framing/text.ts';
import type { Fields } from '../fields.ts';
import { LONGEST_TRANSDUCER_ID, type Transducer, transducerKey, transducerKind } from '../transducers.ts';
import type { SentenceKind } from './kind.ts';

/** Beyond what any transducer measures, in any of the units. */
const LARGEST = 1e9;

/**
 * XDR, transducers. Four fields for each: type letter, value, unit letter, id, which the last may lack. Only those that
 * feed a point are looked at: of all others even a field out of form is passed over.
 * Source: gpsd, "NMEA Revealed" v2.24, XDR.
 */
export const xdr: SentenceKind = {
  id: 'XDR',
  leastFields: 3,
  decode(fields, { transducers }) {
    const samples: Sample[] = [];
    for (let at = 0; at + 2 < fields.count; at += 4) {
      const id = cleanText(fields.text(at + 3), LONGEST_TRANSDUCER_ID);
      const fed = transducers.get(transducerKey(fields.text(at), id));
      if (fed !== undefined) samples.push({ point: fed.point, value: measured(fields, at, fed.transducer) });
    }
    return samples;
  },
};

/** Null for a unit that its type does not have: then nobody knows what the number means. */
function measured(fields: Fields, at: number, transducer: Transducer): Value {
  const value = fields.number(at + 1, -LARGEST, LARGEST);
  const { units } = transducerKind(transducer);
  const letter = fields.text(at + 2);
  const convert = Object.hasOwn(units, letter) ? units[letter] : undefined;
  return value === null || convert === undefined ? null : convert(value);
}
