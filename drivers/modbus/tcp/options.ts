import * as z from 'zod';
import { LIMITS } from '../limits.ts';
import { commonOptions, preset, usualUnit } from '../options.ts';

export const tcpOptions = z
  .strictObject({
    ...commonOptions,
    timeoutMs: preset(LIMITS.tcpTimeoutMs),
    lateMs: preset(LIMITS.tcpLateMs),
    maxInFlight: preset(LIMITS.maxInFlight),
  })
  .superRefine(usualUnit);

export type TcpOptions = z.output<typeof tcpOptions>;
