import type { FaultRows } from '../row.ts';

export const MBUS_FAULTS = {
  'mbus/checksum': {
    message: 'the answer had a wrong checksum',
    remedy: 'retry-later',
    advice:
      'Check baud rate, parity (even), wiring and the level converter. Where only this device does it, another one may have the same address.',
  },
  'mbus/truncated': {
    message: 'the answer ended too early',
    remedy: 'retry-later',
    advice:
      'Check wiring and the load of the level converter; raise timeoutMs if the line is slower than it is taken for.',
  },
  'mbus/several-answers': {
    message: 'what came is no acknowledgement: several devices may have answered at once',
    remedy: 'retry-later',
    advice:
      'Give the whole secondary address, with manufacturer, version and medium, so that it selects one device. `fieldward scan` lists them.',
  },
  'mbus/no-data': {
    message: 'the device says that it has no data',
    remedy: 'retry-later',
    advice: 'Some devices need minutes after power-up. Ask again later.',
  },
  'mbus/other-device': {
    message: 'another device answered than was selected',
    remedy: 'retry-later',
    advice: 'Compare `secondary`, `manufacturer`, `version` and `medium` with the device’s label.',
  },
  'mbus/foreign-address': {
    message: 'an answer came from another address',
    remedy: 'retry-later',
    advice: 'Look for a second master on the line.',
  },
  'mbus/malformed': {
    message: 'the answer is sound, and its records break the standard',
    remedy: 'retry-later',
    advice: 'Report it with the bytes of the answer and the device’s manual.',
  },
  'mbus/unknown-answer': {
    message: 'the device answered with a kind of data that is not known',
    remedy: 'retry-later',
    advice: 'Look in the device’s manual for an application that sends EN 13757-3 with CI 72.',
  },
  'mbus/encrypted': {
    message: 'the device sends its data enciphered',
    remedy: 'retry-later',
    advice: 'Switch encryption off for the wired interface: there is no key for it in the config.',
  },
  'mbus/busy': {
    message: 'the device is busy (application error 8)',
    remedy: 'retry-later',
    advice: 'It is asked again by itself. Poll it less often.',
  },
  'mbus/too-many-readouts': {
    message: 'the device was read too often and spares its battery (application error 9)',
    remedy: 'retry-later',
    advice: 'Raise pollMs: many meters allow some readouts a day. Look for a second master.',
  },
  'mbus/application-error': {
    message: 'the device answered with an application error',
    remedy: 'retry-later',
    advice: 'See the device’s manual; a restart of the device may help.',
  },
  'mbus/no-record': {
    message: 'the answer has none of the records that the points name',
    remedy: 'retry-later',
    advice: 'Run `fieldward scan`, which lists the device’s records as points, and compare.',
  },
} as const satisfies FaultRows<'mbus'>;
