import type { FaultRows } from './row.ts';

export const CONFIG_FAULTS = {
  'config/unreadable': {
    message: 'the config file can not be read',
    remedy: 'refuse',
    advice: 'Check that the file exists and that the service may read it.',
  },
  'config/refused': {
    message: 'the config was refused',
    remedy: 'refuse',
    advice: 'Run `fieldward check`: it names each place.',
  },
  'config/credential': {
    message: 'a credential file is missing or unreadable',
    remedy: 'refuse',
    advice: 'Check LoadCredential= in the unit, or the file beside the config.',
  },
  'config/not-confirmed': {
    message: 'the new config did not prove itself, the old one counts again',
    remedy: 'refuse',
    advice: 'See what `fieldward apply` said; put that right and apply the new config again.',
  },
} as const satisfies FaultRows<'config'>;
