import type { FaultRows } from './row.ts';

export const INTERNAL_FAULTS = {
  'internal/unexpected': {
    message: 'an unexpected internal error',
    remedy: 'give-up',
    advice: 'Report it with the log at debug level.',
  },
  'internal/duration': {
    message: 'a wait was out of its bounds',
    remedy: 'refuse',
    advice: 'Report it: every wait comes from a checked number.',
  },
  'internal/cancelled': {
    message: 'cancelled because the agent or the bus is stopping',
    remedy: 'give-up',
    advice: 'Nothing to do.',
  },
  'internal/deadline': {
    message: 'a step did not end within its time',
    remedy: 'retry-later',
    advice: 'The log names the step. See whether the machine is overloaded or a device hangs.',
  },
} as const satisfies FaultRows<'internal'>;
