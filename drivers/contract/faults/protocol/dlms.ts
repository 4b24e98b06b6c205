import type { FaultRows } from '../row.ts';

export const DLMS_FAULTS = {
  'dlms/checksum': {
    message: 'a frame had a wrong checksum',
    remedy: 'retry-later',
    advice: 'Check wiring, baud rate and parity.',
  },
  'dlms/incomplete': {
    message: 'a part of a telegram was missing',
    remedy: 'retry-later',
    advice: 'Once at the start it means nothing. Else check wiring, and whether the converter loses bytes.',
  },
  'dlms/malformed': {
    message: 'a telegram was not of the form that the standard gives',
    remedy: 'retry-later',
    advice: 'Listen to the line, and compare with the frames in the README of the driver.',
  },
  'dlms/unsupported': {
    message: 'a telegram used a part of DLMS that the driver does not read',
    remedy: 'retry-later',
    advice:
      'Compact arrays, compression, general signing and keys of 256 bits are not read. Ask the operator of the grid for another push list.',
  },
  'dlms/no-key': {
    message: 'a telegram was encrypted or signed and no key is set',
    remedy: 'retry-later',
    advice: 'Ask the operator of the grid for the key of the customer interface, and set `keyFile`.',
  },
  'dlms/not-encrypted': {
    message: 'a telegram was not encrypted though a key is set',
    remedy: 'retry-later',
    advice: 'Leave `keyFile` out if the meter sends in the clear.',
  },
  'dlms/tag': {
    message: 'a telegram had no tag, or one that does not fit the keys',
    remedy: 'retry-later',
    advice:
      'Check `keyFile` and `authenticationKeyFile`; both belong to this one meter. If the meter sends no tags, leave `authenticationKeyFile` out.',
  },
  'dlms/key': {
    message: 'a telegram made no sense after decryption',
    remedy: 'retry-later',
    advice: 'Check `keyFile`: the key belongs to this one meter.',
  },
  'dlms/replayed': {
    message: 'the invocation counter of a telegram had not grown',
    remedy: 'retry-later',
    advice:
      'Telegrams were recorded and sent again, or two meters share a system title. Reopen the bus if the meter was reset.',
  },
  'dlms/layout': {
    message: 'a telegram had no OBIS codes and was of no known list',
    remedy: 'retry-later',
    advice: 'Report the telegram with maker and model: the README lists the known lists.',
  },
} as const satisfies FaultRows<'dlms'>;
