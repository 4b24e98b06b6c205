import type { FaultRows } from '../row.ts';

export const IEC62056_FAULTS = {
  'iec62056/identification': {
    message: 'the meter’s identification was not of the form that the standard gives',
    remedy: 'retry-later',
    advice: 'Check that the port is at 300 baud, 7 data bits, even parity, and that the head sits right on the meter.',
  },
  'iec62056/speed': {
    message: 'the meter offers no speed that may be used',
    remedy: 'retry-later',
    advice:
      'Compare baudRate and fixedSpeed in the options with the manual. With fixedSpeed the readout comes at the speed of the line. A meter of mode B changes its speed unasked.',
  },
  'iec62056/checksum': {
    message: 'a readout had a wrong block check character',
    remedy: 'retry-later',
    advice: 'Check the seat of the optical head, the wiring, and that the port has 7 data bits and even parity.',
  },
  'iec62056/no-bcc': {
    message: 'a readout came without a block check character',
    remedy: 'retry-later',
    advice: 'Set `allowNoBcc: true` in the options, if the meter sends none.',
  },
  'iec62056/truncated': {
    message: 'a readout or telegram ended before its end',
    remedy: 'retry-later',
    advice: 'Check the seat of the optical head and the wiring; raise timeoutMs if the meter makes long pauses.',
  },
  'iec62056/malformed': {
    message: 'a readout or telegram was not of the form that the standard gives',
    remedy: 'retry-later',
    advice: 'Check baud rate, data bits and parity, and whether the meter speaks IEC 62056-21.',
  },
} as const satisfies FaultRows<'iec62056'>;
