import type { FaultRows } from './row.ts';

export const FRAMING_FAULTS = {
  'framing/none': {
    message: 'bytes come, but no whole sentence or line',
    remedy: 'retry-later',
    advice: 'Check baud rate, parity and delimiter, and whether the device speaks this protocol.',
  },
  'framing/too-long': {
    message: 'a frame was longer than the longest allowed',
    remedy: 'retry-later',
    advice: 'Check baud rate and delimiter.',
  },
} as const satisfies FaultRows<'framing'>;
