import type { FaultRows } from './row.ts';

export const DRIVER_FAULTS = {
  'driver/name': {
    message: 'the driver name has a form that no driver can have',
    remedy: 'refuse',
    advice: 'See `fieldward drivers` for the names.',
  },
  'driver/unknown': {
    message: 'there is no driver of that name',
    remedy: 'refuse',
    advice: 'See `fieldward drivers` for the names.',
  },
  'driver/manifest': {
    message: 'the manifest of the drivers is missing or damaged',
    remedy: 'give-up',
    advice: 'Reinstall the package.',
  },
  'driver/altered': {
    message: 'files of the driver do not match the build',
    remedy: 'give-up',
    advice: 'Reinstall the package; find out who changed the files.',
  },
  'driver/import': {
    message: 'the driver could not be loaded',
    remedy: 'give-up',
    advice: 'Reinstall the package.',
  },
  'driver/shape': {
    message: 'the driver does not have the form that the agent needs',
    remedy: 'give-up',
    advice: 'Reinstall the package: agent and drivers are of different versions.',
  },
  'driver/options': {
    message: 'the driver refused its options',
    remedy: 'refuse',
    advice: 'Run `fieldward check`: it names the place.',
  },
  'driver/create': {
    message: 'the driver could not set up the device',
    remedy: 'give-up',
    advice: 'Run `fieldward check`; report it if it finds nothing.',
  },
  'driver/threw': {
    message: 'the driver failed at its own work',
    remedy: 'retry-later',
    advice:
      'Report it with the line `driver failed` of the log: `at` names the file and the line. Only this device is concerned.',
  },
  'driver/cost': {
    message: 'the driver asked for more of the line than it had said',
    remedy: 'retry-later',
    advice: 'Report it with the device’s entry of the config. Only this device is concerned.',
  },
} as const satisfies FaultRows<'driver'>;
