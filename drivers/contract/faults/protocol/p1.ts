import type { FaultRows } from '../row.ts';

export const P1_FAULTS = {
  'p1/checksum': {
    message: 'a telegram had a wrong CRC',
    remedy: 'retry-later',
    advice: 'Check cable and signal: the P1 line is inverted and needs a pull-up.',
  },
  'p1/no-crc': {
    message: 'a telegram had no CRC, though this meter sends one',
    remedy: 'retry-later',
    advice: 'Check cable and signal: the end of the telegram was lost.',
  },
  'p1/truncated': {
    message: 'a telegram was cut off by the next one',
    remedy: 'retry-later',
    advice: 'Check cable, signal and whether something else reads the same port.',
  },
  'p1/malformed': {
    message: 'a telegram was not of the form that the standard gives',
    remedy: 'retry-later',
    advice: 'Check baud rate and parity: 115200 8N1, or 9600 7E1 up to DSMR 3.',
  },
  'p1/no-key': {
    message: 'the meter sends encrypted telegrams, and no key is configured',
    remedy: 'retry-later',
    advice: 'Set `keyFile` in the options; the grid operator gives the key.',
  },
  'p1/authentication': {
    message: 'an encrypted telegram did not fit the keys',
    remedy: 'retry-later',
    advice: 'Check the content of `keyFile` and `authenticationKeyFile`. If it comes seldom, check the cable.',
  },
  'p1/replay': {
    message: 'an encrypted telegram came again: its frame counter did not grow',
    remedy: 'retry-later',
    advice: 'Look for what repeats telegrams on the line. After an exchange of the meter, reopen the bus.',
  },
  'p1/not-encrypted': {
    message: 'a telegram came in plain, though a key is configured',
    remedy: 'retry-later',
    advice: 'Remove `keyFile` from the options, if the meter does not encrypt.',
  },
} as const satisfies FaultRows<'p1'>;
