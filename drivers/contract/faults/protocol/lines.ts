import type { FaultRows } from '../row.ts';

export const LINES_FAULTS = {
  'lines/truncated': {
    message: 'the answer ended without its delimiter',
    remedy: 'retry-later',
    advice: 'Check the delimiter; raise timeoutMs if the device is slow.',
  },
  'lines/checksum': {
    message: 'a line had a wrong checksum',
    remedy: 'retry-later',
    advice: 'Check wiring and baud rate, and whether `checksum` in the options is the one that the device sends.',
  },
  'lines/mismatch': {
    message: 'a line did not fit the template',
    remedy: 'retry-later',
    advice: 'Compare the template with what the device sends.',
  },
  'lines/not-now': {
    message: 'the instrument can not do that now',
    remedy: 'retry-later',
    advice: 'The load moves, or the instrument is busy. Let it come to rest and send the command again.',
  },
  'lines/out-of-range': {
    message: 'the load is outside the range in which the instrument does that',
    remedy: 'retry-later',
    advice: 'Take the load off before you zero; see the ranges for zeroing and taring in the instrument’s manual.',
  },
  'lines/not-understood': {
    message: 'the instrument did not take the command',
    remedy: 'retry-later',
    advice: 'See in the instrument’s manual whether it knows the command, and whether its settings allow it.',
  },
} as const satisfies FaultRows<'lines'>;
