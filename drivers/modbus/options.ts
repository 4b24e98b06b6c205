import { z } from 'zod';
import { wholeNumber } from '../schema/number.ts';
import { id } from '../schema/text.ts';
import { LIMITS, type Limit } from './limits.ts';

function limited(limit: Limit) {
  const unit = limit.unit === '' ? '' : ` ${limit.unit}`;
  return wholeNumber(limit.min, limit.max).describe(`${limit.min} to ${limit.max}${unit}. ${limit.reason}`);
}

function preset(limit: Limit & { readonly default: number }) {
  return limited(limit).default(limit.default);
}

/** `big`: most significant first, as the standard has it for bytes (V1.1b3, 4.2) and most devices for words. */
export const order = z.enum(['big', 'little'], { error: 'must be big or little' });

export const options = z.strictObject({
  unit: limited(LIMITS.unit),
  timeoutMs: preset(LIMITS.timeoutMs),
  lateMs: preset(LIMITS.lateMs),
  maxRegisters: preset(LIMITS.maxRegisters),
  maxCoils: preset(LIMITS.maxCoils),
  maxHole: preset(LIMITS.maxHole),
  wordOrder: order.default('big').describe('Of values in several registers, unless the point says otherwise.'),
  byteOrder: order.default('big').describe('Inside each register, unless the point says otherwise.'),
  writeFunction: z
    .enum(['single', 'multiple', 'read-write'], { error: 'must be single, multiple or read-write' })
    .default('single')
    .describe(
      'single: functions 5 and 6 for one coil or register, 15 and 16 for more; multiple: always 15 and 16; read-write: function 23 for registers, which writes and reads back in one exchange.',
    ),
  profile: id().optional().describe('The profile that the points come from; see `fieldward profiles`.'),
});

export type Options = z.output<typeof options>;
