import type { FaultRows } from './row.ts';

export const DEVICE_FAULTS = {
  'device/silent': {
    message: 'the device did not answer in time',
    remedy: 'retry-later',
    advice:
      'Check address, baud rate and parity, whether A and B are swapped, wiring, termination and power. `fieldward scan` says who answers.',
  },
  'device/partly-silent': {
    message: 'the device answers other questions, and this one not',
    remedy: 'retry-later',
    advice:
      'Check the point’s address and register kind against the manual: some devices say nothing where others refuse. It is tried again ever more rarely.',
  },
  'device/too-long': {
    message: 'the device answers short questions, and long ones not: lower maxRegisters',
    remedy: 'retry-later',
    advice:
      'Set maxRegisters, for coils maxCoils, to the most that the device answers at once; on Modbus TCP also lower maxInFlight. Meanwhile it is read in parts.',
  },
  'device/late': {
    message: 'answers come, but too late: raise timeoutMs',
    remedy: 'retry-later',
    advice: 'Set timeoutMs of the device above the time that its answers take.',
  },
  'device/stale': {
    message: 'nothing has come from the device for too long',
    remedy: 'retry-later',
    advice: 'Check power, wiring and baud rate.',
  },
  'device/passed-over': {
    message: 'sentences or lines come from the device, but none is for one of its points',
    remedy: 'retry-later',
    advice:
      'The line is good. Compare what the device sends with its points and options in the config: talkers and sentences, or the template.',
  },
  'device/date-suspect': {
    message: 'the device’s date is off by 1024 weeks, or a multiple of that',
    remedy: 'retry-later',
    advice:
      'Its count of GPS weeks has rolled over. The time of day is right and the date is not, so its utc is null. Update the receiver’s firmware, or replace it; its position is not concerned.',
  },
  'device/garbled': {
    message: 'what came from the device makes no sense',
    remedy: 'retry-later',
    advice: 'Check baud rate, parity, wiring and termination.',
  },
} as const satisfies FaultRows<'device'>;
