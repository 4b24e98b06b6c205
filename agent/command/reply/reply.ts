import { FAULTS, type FaultCode } from '../../../drivers/contract/faults.ts';
import type { Result } from '../job.ts';
import { REPLY_LENGTH } from '../limits.ts';

/** A reply as it is published and stored, and its outcome. */
export interface Reply {
  readonly payload: string;
  readonly result: Result;
}

/**
 * Pure. The words of a fault come from the table by its code; nothing else of a failure is told.
 * A reply that would be too long says so: an outcome is kept, its values are not.
 * @param wall milliseconds since 1970; a refusal carries no time, because nothing happened
 */
export function buildReply(id: string, result: Result, wall: number): Reply {
  const whole = reply(id, result, wall);
  if (whole !== undefined && whole.payload.length <= REPLY_LENGTH) return whole;
  const short = withoutValues(result);
  return { payload: stringify(id, short, wall), result: short };
}

/** The same for a reply that is larger than the broker takes. */
export function shortReply(payload: string): string {
  const whole = JSON.parse(payload);
  const { values: _, ...rest } = whole;
  if (whole.outcome !== 'done') return JSON.stringify(rest);
  return JSON.stringify({ ...rest, outcome: 'failed', fault: words('command/reply-too-large') });
}

function withoutValues({ outcome, fault }: Result): Result {
  return outcome === 'done' ? { outcome: 'failed', fault: 'command/reply-too-large' } : { outcome, fault };
}

function reply(id: string, result: Result, wall: number): Reply | undefined {
  try {
    return { payload: stringify(id, result, wall), result };
  } catch {
    return undefined;
  }
}

function stringify(id: string, { outcome, fault, values, uncertain, faults }: Result, wall: number): string {
  if (outcome === 'refused') return JSON.stringify({ id, outcome, fault: words(fault ?? 'internal/unexpected') });
  const at = new Date(wall).toISOString();
  const why = fault === undefined ? undefined : words(fault);
  return JSON.stringify({ id, outcome, at, values, uncertain, fault: why, faults });
}

function words(code: FaultCode): { readonly code: FaultCode; readonly message: string } {
  return { code, message: FAULTS[code].message };
}
