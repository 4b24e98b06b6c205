import type { z } from 'zod';
import { Fault } from '../../drivers/contract/fault.ts';

/** @throws Fault `command/malformed` */
export function checkArgs<T>(schema: z.ZodType<T>, args: unknown): T {
  const checked = schema.safeParse(args);
  if (!checked.success) throw new Fault('command/malformed');
  return checked.data;
}
