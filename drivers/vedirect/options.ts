import * as z from 'zod';
import { PRODUCTS } from './usual.ts';

const NAMES = Object.keys(PRODUCTS) as [keyof typeof PRODUCTS, ...(keyof typeof PRODUCTS)[]];

export const options = z.strictObject({
  product: z
    .enum(NAMES, { error: `must be one of ${NAMES.join(', ')}` })
    .optional()
    .describe(
      'Which usual points the device has, where none are listed; absent: all. solar-charger: MPPT; battery-monitor: BMV, SmartShunt and DC meters; charger: also DC-DC converters.',
    ),
});

export type Options = z.infer<typeof options>;
