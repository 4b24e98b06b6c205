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
  'vedirect/unknown-register': {
    message: 'the device does not know the register',
    remedy: 'retry-later',
    advice:
      'Compare register with the HEX protocol document of this product: not every model and firmware has all of them.',
  },
  'vedirect/not-supported': {
    message: 'the device does not support reading the register',
    remedy: 'retry-later',
    advice: 'Compare register with the HEX protocol document of this product: some can only be written.',
  },
  'vedirect/parameter': {
    message: 'the device refused the register with a parameter error',
    remedy: 'retry-later',
    advice: 'Compare register with the HEX protocol document of this product.',
  },
  'vedirect/register-size': {
    message: 'the register is of another length than its type',
    remedy: 'retry-later',
    advice:
      'Compare type with the HEX protocol document of this product: un16 is uint16, sn32 is int32, a string is text.',
  },
  'vedirect/hex-refused': {
    message: 'the device did not understand a HEX message of ours',
    remedy: 'retry-later',
    advice: 'Check wiring and ground: the message was damaged on its way, or the device can not be asked at all.',
  },
} as const satisfies FaultRows<'vedirect'>;
