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
} as const satisfies FaultRows<'lines'>;
