import type { FaultRows } from './row.ts';

export const AUDIT_FAULTS = {
  'audit/not-written': {
    message: 'the audit journal can not be written',
    remedy: 'retry-later',
    advice:
      'Check space and permissions of commands.directory. Entries wait in memory, in bounds, and are written once it can be.',
  },
  'audit/damaged': {
    message: 'the audit journal was not as it had been left',
    remedy: 'retry-later',
    advice: '`fieldward audit verify` names the place. After a power cut half a line at the end is to be expected.',
  },
} as const satisfies FaultRows<'audit'>;
