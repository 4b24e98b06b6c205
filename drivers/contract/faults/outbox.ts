import type { FaultRows } from './row.ts';

export const OUTBOX_FAULTS = {
  'outbox/full': {
    message: 'the outbox is full',
    remedy: 'retry-later',
    advice: 'The oldest or newest readings are dropped and counted, as configured.',
  },
  'outbox/disk': {
    message: 'the folder of the outbox can not be used',
    remedy: 'retry-later',
    advice:
      'Readings wait in memory and are lost at a power cut; the disk is tried again. Look at its space, its mount options and `dmesg`.',
  },
  'outbox/disk-full': {
    message: 'the disk of the outbox is full',
    remedy: 'retry-later',
    advice:
      'Readings wait in memory and are lost at a power cut; the disk is tried again. Make room, or lower `outbox.maxBytes`.',
  },
  'outbox/format': {
    message: 'the outbox was written by another version of the agent',
    remedy: 'refuse',
    advice:
      'Its files are left as they are, and readings wait in memory. Run the version that wrote them until it is empty, or move the files away.',
  },
  'outbox/in-use': {
    message: 'another agent uses the folder of the outbox',
    remedy: 'retry-later',
    advice:
      'Readings of this one wait in memory until that one has ended. Give each agent a folder of its own, or end the one too many.',
  },
  'outbox/damaged': {
    message: 'readings of the outbox could not be read again',
    remedy: 'retry-later',
    advice:
      'They are counted and show as a gap in `seq`. Where it comes again without power cuts, the disk is worn out.',
  },
} as const satisfies FaultRows<'outbox'>;
