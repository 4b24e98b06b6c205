import type { Remedy } from './faults/row.ts';
import { FAULTS, type FaultCode } from './faults.ts';

/** Numbers and booleans only: no text of a device, an operator or the operating system can ride on a fault. */
export type Facts = Readonly<Record<string, number | boolean>>;

/** The public form of a failure: all that status, replies and the log may show. */
export interface SafeError {
  readonly code: FaultCode;
  readonly message: string;
  readonly facts?: Facts;
}

/**
 * The only thing that Fieldward throws. Its text comes from the fault table by its code.
 * `cause` is kept for a debugger and never read by anything that publishes or logs.
 */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly facts: Facts | undefined;

  constructor(code: FaultCode, facts?: Facts, cause?: unknown) {
    super(FAULTS[code].message, { cause });
    this.name = 'Fault';
    this.code = code;
    this.facts = facts;
  }

  get remedy(): Remedy {
    return FAULTS[this.code].remedy;
  }
}

/** The fault itself, or `internal/unexpected` around anything else that was thrown. Never throws, for no thrown value. */
export function toFault(thrown: unknown): Fault {
  try {
    if (thrown instanceof Fault) return thrown;
  } catch {
    // a proxy that does not even say what it is
  }
  return new Fault('internal/unexpected', undefined, thrown);
}

/** Whether the operating system said this, and not a mistake in our own code. */
export function isSystemError(thrown: unknown): boolean {
  if (!(thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string')) return false;
  return 'syscall' in thrown || /^E[A-Z0-9]+$/.test(thrown.code);
}

/** This fault for what the operating system refused; a mistake of ours stays one. */
export function systemFault(thrown: unknown, code: FaultCode): Fault {
  return isSystemError(thrown) ? new Fault(code, undefined, thrown) : toFault(thrown);
}

/** The public form of anything thrown. Looks the words up by code and never reads `Error.message`. */
export function toSafeError(thrown: unknown): SafeError {
  const { code, facts } = toFault(thrown);
  const { message } = FAULTS[code];
  return facts === undefined ? { code, message } : { code, message, facts };
}
