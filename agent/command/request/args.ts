import type { z } from 'zod';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Command, CommandJob } from '../job.ts';

/** A command whose args are checked by the very schema that it shows. */
export function commandOf<Target, Args>(
  shown: { readonly always?: boolean; readonly summary: string; readonly args: z.ZodType<Args> },
  prepare: (target: Target, args: Args) => CommandJob,
): Command<Target> {
  return { always: false, ...shown, prepare: (target, args) => prepare(target, checkArgs(shown.args, args)) };
}

/** @throws Fault `command/malformed` */
function checkArgs<T>(schema: z.ZodType<T>, args: unknown): T {
  const checked = schema.safeParse(args);
  if (!checked.success) throw new Fault('command/malformed');
  return checked.data;
}
