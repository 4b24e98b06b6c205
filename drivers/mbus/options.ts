import * as z from 'zod';
import { wholeNumber } from '../schema/number.ts';
import { LIMITS, SELECTION_BYTE } from './limits.ts';

type Limit = (typeof LIMITS)[keyof typeof LIMITS];

function limited({ min, max, unit, reason }: Limit) {
  return wholeNumber(min, max).describe(`${min} to ${max}${unit === '' ? '' : ` ${unit}`}. ${reason}`);
}

/** Addresses that no device has: reserved, and those of selection. */
const NO_DEVICE: ReadonlySet<number> = new Set([251, 252, 253]);

const byte = () => wholeNumber(SELECTION_BYTE.min, SELECTION_BYTE.max);

export const options = z
  .strictObject({
    address: limited(LIMITS.address)
      .refine((value) => !NO_DEVICE.has(value), { error: 'must be 0 to 250, or 254' })
      .optional(),
    secondary: z
      .string({ error: 'must be text of eight digits, in quotes' })
      .regex(/^[0-9A-Fa-f]{8}$/, { error: 'must be eight digits, with F for any digit' })
      .transform((text) => text.toUpperCase())
      .optional()
      .describe('The secondary address in place of the primary one: eight digits in quotes, F for any digit.'),
    manufacturer: z
      .string({ error: 'must be text' })
      .regex(/^[A-Z]{3}$/, { error: 'must be three capital letters' })
      .optional()
      .describe('Three capital letters. Only with secondary; absent: any.'),
    version: byte().optional().describe('0 to 254. Only with secondary; absent: any.'),
    medium: byte()
      .optional()
      .describe('0 to 254: 3 gas, 4 heat, 6 warm water, 7 water … Only with secondary; absent: any.'),
    timeoutMs: limited(LIMITS.timeoutMs).optional(),
    retries: limited(LIMITS.retries).default(LIMITS.retries.default),
    maxTelegrams: limited(LIMITS.maxTelegrams).default(LIMITS.maxTelegrams.default),
    minPollMs: limited(LIMITS.minPollMs).default(LIMITS.minPollMs.default),
  })
  .superRefine((value, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (value.address === undefined && value.secondary === undefined) refuse('address', 'is missing, or secondary');
    if (value.address !== undefined && value.secondary !== undefined) refuse('secondary', 'does not go with address');
    for (const key of ['manufacturer', 'version', 'medium'] as const) {
      if (value[key] !== undefined && value.secondary === undefined) refuse(key, 'only goes with secondary');
    }
  });

export type Options = z.output<typeof options>;
