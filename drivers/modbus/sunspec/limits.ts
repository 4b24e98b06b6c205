import { LIMITS, type Limit } from '../limits.ts';

export const SUNSPEC_LIMITS = {
  maxRegisters: {
    ...LIMITS.maxRegisters,
    min: 34,
    reason:
      'The most that one request reads or writes. The protocol allows 125 to read; some devices allow less. The longest text of a model has 32.',
  },
  base: {
    unit: '',
    min: 0,
    max: 65_533,
    reason:
      'Where the list of models begins, zero-based as in the PDU: the register of the marker. Absent: it is looked for at 40000, 50000 and 0.',
  },
  model: {
    unit: '',
    min: 1,
    max: 65_534,
    reason: 'The number of a model.',
  },
  instance: {
    unit: '',
    min: 0,
    max: 511,
    reason: 'Which of several of the same kind, counted from 0.',
  },
} as const satisfies Record<string, Limit>;

/** Where lists of models begin (SunSpec Device Information Model Specification), in the order in which they are looked for. */
export const USUAL_BASES: readonly number[] = [40_000, 50_000, 0];
