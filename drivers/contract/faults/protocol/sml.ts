import type { FaultRows } from '../row.ts';

export const SML_FAULTS = {
  'sml/checksum': {
    message: 'the checksum of a telegram is neither CRC-16/X-25 nor CRC-16/KERMIT',
    remedy: 'retry-later',
    advice:
      'Now and then: check that the optical head sits straight and nothing shines on it. With every telegram: check the baud rate; else the meter sums in another way, which is not supported: report it with a capture.',
  },
  'sml/other-checksum': {
    message: 'a telegram has the other checksum than the one that the options name',
    remedy: 'retry-later',
    advice: 'Set `crc` in the options to the one that the meter sends, or to auto.',
  },
  'sml/message-checksum': {
    message: 'a message in a sound telegram had a wrong checksum',
    remedy: 'retry-later',
    advice: 'The line is good: the meter itself sums wrongly, or in a way that is not known. Report it with a capture.',
  },
  'sml/malformed': {
    message: 'a telegram was not of the form that the standard gives',
    remedy: 'retry-later',
    advice: 'Check baud rate and optical head, and whether the meter speaks SML with transport version 1.',
  },
  'sml/truncated': {
    message: 'a telegram ended before its end',
    remedy: 'retry-later',
    advice:
      'Check that the optical head sits straight. With every telegram: an adapter or a serial server between loses bytes.',
  },
} as const satisfies FaultRows<'sml'>;
