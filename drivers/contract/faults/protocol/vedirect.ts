import type { FaultRows } from '../row.ts';

export const VEDIRECT_FAULTS = {
  'vedirect/checksum': {
    message: 'a text block had a wrong checksum',
    remedy: 'retry-later',
    advice:
      'One at the start is usual: the port was opened in the middle of a block. If they go on, check baud rate (19200), wiring and ground.',
  },
  'vedirect/truncated': {
    message: 'a text block ended without its checksum',
    remedy: 'retry-later',
    advice: 'Check wiring, ground and the length of the cable.',
  },
  'vedirect/malformed': {
    message: 'a text block was not of the form that the protocol gives',
    remedy: 'retry-later',
    advice: 'Check baud rate (19200) and whether the device speaks VE.Direct.',
  },
  'vedirect/hex-checksum': {
    message: 'a HEX message had a wrong checksum',
    remedy: 'retry-later',
    advice: 'Check wiring and ground. Text blocks are not concerned.',
  },
} as const satisfies FaultRows<'vedirect'>;
