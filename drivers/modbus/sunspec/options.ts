import * as z from 'zod';
import { LIMITS } from '../limits.ts';
import { commonOptions, limited, preset, usualUnit } from '../options.ts';
import { SUNSPEC_LIMITS } from './limits.ts';

const { unit, anyUnit, timeoutMs, lateMs, profile } = commonOptions;

const common = {
  ...{ unit, anyUnit, timeoutMs, lateMs, profile },
  maxRegisters: preset(SUNSPEC_LIMITS.maxRegisters),
  base: limited(SUNSPEC_LIMITS.base).optional(),
};

const BROADCAST = 0;

export const sunspecRtuOptions = z.strictObject(common).superRefine((value, context) => {
  usualUnit(value, context);
  if (!value.anyUnit || value.unit !== BROADCAST) return;
  context.addIssue({
    code: 'custom',
    path: ['unit'],
    message: 'must not be 0, which is all devices, and none answers',
  });
});

export const sunspecTcpOptions = z
  .strictObject({
    ...common,
    timeoutMs: preset(LIMITS.tcpTimeoutMs),
    lateMs: preset(LIMITS.tcpLateMs),
  })
  .superRefine(usualUnit);

export type SunspecOptions = z.output<typeof sunspecRtuOptions>;
