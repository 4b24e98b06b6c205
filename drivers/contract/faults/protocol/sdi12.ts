import type { FaultRows } from '../row.ts';

export const SDI12_FAULTS = {
  'sdi12/checksum': {
    message: 'an answer had a wrong CRC',
    remedy: 'retry-later',
    advice: 'Check wiring, length of the cable and supply of the sensors; take `crc` out if the sensor sends none.',
  },
  'sdi12/malformed': {
    message: 'an answer was not of the form that the standard gives',
    remedy: 'retry-later',
    advice: 'Check that the port has 1200 baud, 7 data bits and even parity, and that `crc` is what the sensor does.',
  },
  'sdi12/truncated': {
    message: 'an answer ended without its end',
    remedy: 'retry-later',
    advice: 'Check wiring and the supply of the sensors. Two sensors may have the same address.',
  },
  'sdi12/foreign': {
    message: 'a sensor with another address answered',
    remedy: 'retry-later',
    advice: 'Another recorder may be on the line, or the adapter hands over old answers.',
  },
  'sdi12/no-values': {
    message: 'the sensor has no values for this measurement',
    remedy: 'retry-later',
    advice: 'Check `measurement` of the point and `command` against the manual of the sensor.',
  },
  'sdi12/no-data': {
    message: 'the sensor gave none of the values that it had announced',
    remedy: 'retry-later',
    advice:
      'The measurement was aborted: by another recorder on the line, by noise that looked like a break, or by the sensor itself. See its manual and its supply.',
  },
  'sdi12/too-slow': {
    message: 'the sensor announced a longer measurement than maxMeasureS allows',
    remedy: 'retry-later',
    advice:
      'Raise `maxMeasureS` to the time that the manual gives, and throttle.maxRunMs of the bus with it: `fieldward check` says whether that is enough.',
  },
} as const satisfies FaultRows<'sdi12'>;
