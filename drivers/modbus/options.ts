import { z } from 'zod';
import { wholeNumber } from '../schema/number.ts';
import { id } from '../schema/text.ts';
import { LIMITS, type Limit } from './limits.ts';

/** An option within its limit, without a default. */
export function limited(limit: Limit) {
  const unit = limit.unit === '' ? '' : ` ${limit.unit}`;
  return wholeNumber(limit.min, limit.max).describe(`${limit.min} to ${limit.max}${unit}. ${limit.reason}`);
}

/** The same with its default. */
export function preset(limit: Limit & { readonly default: number }) {
  return limited(limit).default(limit.default);
}

/** `big`: most significant first, as the standard has it for bytes (V1.1b3, 4.2) and most devices for words. */
export const order = z.enum(['big', 'little'], { error: 'must be big or little' });

const WRITE_FUNCTIONS = ['auto', 'single', 'multiple', 'read-write'] as const;
export type WriteFunction = (typeof WRITE_FUNCTIONS)[number];

/** By which functions coils and holding registers are written (V1.1b3, 6.5, 6.6, 6.11, 6.12 and 6.17). */
export const writeFunction = z.enum(WRITE_FUNCTIONS, { error: 'must be auto, single, multiple or read-write' });

/** Options of every transport. */
export const commonOptions = {
  unit: limited(LIMITS.unit),
  anyUnit: z
    .boolean({ error: 'must be true or false' })
    .default(false)
    .describe(
      'true: `unit` may also be 0 or 248 to 255. On a line 0 is the broadcast: a write goes to all devices and none answers, so that its outcome is never known.',
    ),
  timeoutMs: preset(LIMITS.timeoutMs),
  lateMs: preset(LIMITS.lateMs),
  maxRegisters: preset(LIMITS.maxRegisters),
  maxCoils: preset(LIMITS.maxCoils),
  maxHole: preset(LIMITS.maxHole),
  wordOrder: order.default('big').describe('Of values in several registers, unless the point says otherwise.'),
  byteOrder: order.default('big').describe('Inside each register, unless the point says otherwise.'),
  writeFunction: writeFunction
    .default('auto')
    .describe(
      'auto: functions 5 and 6 for one coil or register, 15 and 16 for more. single: 5 or 6 for each coil and each register, one at a time. So a value of several registers is never written at once. multiple: always 15 and 16. read-write: function 23 for registers, which writes and reads back in one exchange.',
    ),
  profile: id().optional().describe('The profile that the points come from; see `fieldward profiles`.'),
} as const;

const common = z.strictObject(commonOptions);

export type Options = z.output<typeof common>;

/** Units that devices have (Modbus over Serial Line V1.02, 2.2). */
const FIRST_UNIT = 1;
const LAST_UNIT = 247;

/** Refines the options of a transport: a unit that no device has is allowed by name only. */
export function usualUnit(
  { unit, anyUnit }: Pick<Options, 'unit' | 'anyUnit'>,
  context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void },
): void {
  if (anyUnit || (unit >= FIRST_UNIT && unit <= LAST_UNIT)) return;
  context.addIssue({
    code: 'custom',
    path: ['unit'],
    message: 'must be 1 to 247; 0 and 248 to 255 need anyUnit: true',
  });
}
