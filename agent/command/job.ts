import type { z } from 'zod';
import type { FaultCode } from '../../drivers/contract/faults.ts';

/**
 * `done`: answered; `applied`: the device confirmed; `verified`: and the read-back agrees; `refused`: nothing was
 * sent; `failed`: the device said no, or kept another value; `unknown`: it may have acted.
 */
export type CommandOutcome = 'done' | 'applied' | 'verified' | 'refused' | 'failed' | 'unknown';

export interface Result {
  readonly outcome: CommandOutcome;
  readonly fault?: FaultCode | undefined;
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Names of values that are out of their point's range. */
  readonly uncertain?: readonly string[] | undefined;
  /** Of each point that could not be read, why; bounded. */
  readonly faults?: Readonly<Record<string, FaultCode>> | undefined;
}

/** The parts that a command is given while it runs. */
export interface CommandRun {
  /**
   * Asked again as an operation leaves its queue, before the first byte.
   * @throws Fault `command/expired`, `command/lockout`, `internal/cancelled`
   */
  readonly stillValid: () => void;
  readonly signal: AbortSignal;
}

/** A request whose command, target and args are checked: it is run at most once, and never again after a failure. */
export interface CommandJob {
  /** Faults are results: rejects only on a defect of ours. */
  run(run: CommandRun): Promise<Result>;
  /** Its outcome when it gives no result. */
  readonly otherwise: 'failed' | 'unknown';
  /** Called once the reply is out, or can not go out. */
  readonly afterReply?: (() => void) | undefined;
}

export interface Command<Target> {
  /** Taken while commands are enabled, with any `allow`: it tells only facts that are published anyway. */
  readonly always: boolean;
  /** One sentence for the reference page. */
  readonly summary: string;
  /** The schema of its args. */
  readonly args: z.ZodType;
  /** @throws Fault `command/malformed` and the other faults of bad args */
  prepare(target: Target, args: Readonly<Record<string, unknown>>): CommandJob;
}
