import type { FaultRows } from '../row.ts';

export const SUNSPEC_FAULTS = {
  'sunspec/no-marker': {
    message: 'the device has no list of SunSpec models',
    remedy: 'retry-later',
    advice:
      'Check the unit. Switch SunSpec on in the device’s own menu, where it is an option. If the manual names another first register than 40000, 50000 or 0, set `base`.',
  },
  'sunspec/no-model': {
    message: 'the device has no such SunSpec model',
    remedy: 'retry-later',
    advice: 'Take out the points of that model, or check `model` and `instance` against the manual of the device.',
  },
  'sunspec/no-point': {
    message: 'the device’s SunSpec model ends before the point, or has fewer instances',
    remedy: 'refuse',
    advice: 'The device does not have this point: check `instance`, or take the point out.',
  },
  'sunspec/broken-list': {
    message: 'the device’s list of SunSpec models is broken',
    remedy: 'retry-later',
    advice: 'Models before the broken place are read. See the device’s manual for newer firmware.',
  },
  'sunspec/changed': {
    message: 'the device has another list of SunSpec models than before',
    remedy: 'retry-later',
    advice: 'The list is read anew by the next poll. If it comes often, another device may share the unit.',
  },
  'sunspec/unfinished': {
    message: 'the device’s list of SunSpec models is still being read',
    remedy: 'retry-later',
    advice: 'It is read on by the next poll. A device that answers slowly needs several.',
  },
  'sunspec/unsteady-factor': {
    message: 'the scale factor changed while the value was read',
    remedy: 'retry-later',
    advice: 'The value comes with one of the next polls. If it comes often, raise maxRegisters.',
  },
  'sunspec/no-factor': {
    message: 'the device gives no valid scale factor for the point',
    remedy: 'refuse',
    advice: 'Nothing was written. The device does not use this point, as far as it says.',
  },
  'sunspec/resolution': {
    message: 'the device’s scale factor can not represent the value',
    remedy: 'refuse',
    advice:
      'Nothing was written. Write a value that is a whole number of the device’s steps, and that its type can hold.',
  },
} as const satisfies FaultRows<'sunspec'>;
