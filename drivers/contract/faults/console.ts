import type { FaultRows } from './row.ts';

export const CONSOLE_FAULTS = {
  'console/port': {
    message: 'the console can not listen on the port',
    remedy: 'refuse',
    advice: 'Give another --port, or none: then it takes one that is free.',
  },
  'console/altered': {
    message: 'files of the console’s page are missing or do not match the build',
    remedy: 'give-up',
    advice: 'Reinstall the package.',
  },
} as const satisfies FaultRows<'console'>;
