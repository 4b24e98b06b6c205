import { Fault } from '../../drivers/contract/fault.ts';

/** A collector's answer. */
export interface CollectorAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: string;
}

export interface PushVerdict {
  /** Undefined where all was taken. */
  readonly fault: Fault | undefined;
  /** Points that the collector did not take, as it says. */
  readonly rejected: number;
  /** The same push is worth another try soon, and not only with the next period. */
  readonly again: boolean;
  /** Milliseconds that the collector asks to be left alone for. */
  readonly wait: number;
}

/** OTLP 1.0, Failures: these may be tried again. */
const RETRYABLE = new Set([429, 502, 503, 504]);
/** No collector keeps us away for longer. */
const LONGEST_WAIT = 3_600_000;
const LARGEST_COUNT = 1e9;

/** The verdict on a push (OTLP 1.0, OTLP/HTTP Response). Pure. @param wall milliseconds since 1970, for a date */
export function judgeAnswer({ status, retryAfter, body }: CollectorAnswer, wall: number): PushVerdict {
  const none = { rejected: 0, again: false, wait: 0 };
  if (status >= 200 && status < 300) {
    const rejected = rejectedIn(body);
    return { ...none, rejected, fault: rejected > 0 ? new Fault('metrics/partial') : undefined };
  }
  if (RETRYABLE.has(status)) {
    return { ...none, again: true, wait: waitOf(retryAfter, wall), fault: new Fault('metrics/busy', { status }) };
  }
  const code = status === 401 || status === 403 ? 'metrics/credentials' : 'metrics/refused';
  return { ...none, fault: new Fault(code, { status }) };
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function waitOf(retryAfter: string | undefined, wall: number): number {
  if (retryAfter === undefined) return 0;
  const wait = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - wall;
  return Number.isFinite(wait) ? Math.min(LONGEST_WAIT, Math.max(0, wait)) : 0;
}

/** `partialSuccess.rejectedDataPoints`, a number or its text; 0 for any other value. */
function rejectedIn(body: string): number {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return 0;
  }
  const partial = own(answer, 'partialSuccess') ?? own(answer, 'partial_success');
  const rejected = Number(own(partial, 'rejectedDataPoints') ?? own(partial, 'rejected_data_points') ?? 0);
  return Number.isFinite(rejected) ? Math.min(LARGEST_COUNT, Math.max(0, Math.trunc(rejected))) : 0;
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
