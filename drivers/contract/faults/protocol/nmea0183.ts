import type { FaultRows } from '../row.ts';

export const NMEA0183_FAULTS = {
  'nmea0183/checksum': {
    message: 'a sentence had a wrong checksum',
    remedy: 'retry-later',
    advice: 'Check baud rate and wiring.',
  },
  'nmea0183/malformed': {
    message: 'a sentence was not of the form that the standard gives',
    remedy: 'retry-later',
    advice: 'Check baud rate and whether the receiver speaks NMEA 0183.',
  },
  'nmea0183/no-checksum': {
    message: 'a sentence had no checksum',
    remedy: 'retry-later',
    advice: 'Set `checksum: optional` in the options, if the instrument sends none.',
  },
} as const satisfies FaultRows<'nmea0183'>;
