import type { FaultRows } from './row.ts';

export const THROTTLE_FAULTS = {
  'throttle/sealed': {
    message: 'operations can only be registered before the start',
    remedy: 'refuse',
    advice: 'Report it.',
  },
  'throttle/not-started': {
    message: 'operations can only be submitted after the start',
    remedy: 'refuse',
    advice: 'Report it.',
  },
  'throttle/limits': {
    message: 'a limit of the throttle was out of its bounds',
    remedy: 'refuse',
    advice: 'Report it: `fieldward check` refuses such limits.',
  },
  'throttle/unknown-operation': {
    message: 'the operation is not registered',
    remedy: 'refuse',
    advice: 'Report it.',
  },
  'throttle/full': {
    message: 'the queue of the bus is full',
    remedy: 'retry-later',
    advice: 'Ask less often, or raise throttle.maxQueue.',
  },
  'throttle/waited-too-long': {
    message: 'the operation waited too long for the bus',
    remedy: 'retry-later',
    advice: 'The bus is saturated: poll less, or raise the baud rate or throttle.maxWaitMs.',
  },
  'throttle/ran-too-long': {
    message: 'the operation ran too long and was stopped',
    remedy: 'retry-later',
    advice: 'Check the device and its timeout.',
  },
} as const satisfies FaultRows<'throttle'>;
