import { type Fault, toFault } from '../../drivers/contract/fault.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import { escapeText } from './escape.ts';
import type { LogFields } from './log.ts';
import { placeOf } from './place.ts';

type Shown = Record<string, string | number | boolean | null>;

export interface LoggedFault {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly facts?: Shown;
  /** Of a mistake in our own code: file and line. */
  readonly at?: string;
  readonly cause?: Shown;
}

/** Faults that stand for a mistake in our own code, or in a driver. */
const MISTAKES: ReadonlySet<string> = new Set(['internal/unexpected', 'driver/threw', 'driver/create']);
/** Faults may wrap faults; more than a few do not. */
const MOST_CAUSES = 4;

/** Keys of a line that fields may not take the place of. */
const RESERVED: ReadonlySet<string> = new Set(['level', 'time', 'event', 'fault', 'suppressed', 'dropped']);
const MAX_KEY = 64;
const MAX_STACK = 2048;

/** The fields as a log line may show them. A value that is neither text, number, boolean nor null is left out. */
export function describeFields(fields: LogFields): Shown {
  const shown: Shown = {};
  for (const [key, value] of Object.entries(fields)) {
    const name = RESERVED.has(key) ? `${key}_` : escapeText(key, MAX_KEY);
    if (typeof value === 'string') shown[name] = escapeText(value);
    else if (typeof value === 'number' || typeof value === 'boolean' || value === null) shown[name] = value;
  }
  return shown;
}

/**
 * Code, words and remedy from the table, the facts, and of a mistake its place. Never the message or the stack of an error, except the cause
 * for a debugger.
 */
export function describeFault(thrown: Fault, debug: boolean): LoggedFault {
  const fault = toFault(thrown);
  const { message, remedy } = FAULTS[fault.code];
  const { code, facts } = fault;
  const at = MISTAKES.has(code) ? placeOfCause(fault) : undefined;
  const cause = debug ? describeCause(fault.cause) : undefined;
  return {
    code,
    message,
    remedy,
    ...(facts === undefined ? {} : { facts: numbersOf(facts) }),
    ...(at === undefined ? {} : { at }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Of what was thrown first. */
function placeOfCause(fault: Fault): string | undefined {
  let cause: unknown = fault.cause ?? fault;
  for (let depth = 0; depth < MOST_CAUSES && cause instanceof Error && 'cause' in cause; depth += 1) {
    if (!(cause.cause instanceof Error)) break;
    cause = cause.cause;
  }
  return placeOf(cause);
}

function numbersOf(facts: object): Shown {
  const shown: Shown = {};
  for (const [key, value] of Object.entries(facts)) {
    if (typeof value === 'number' || typeof value === 'boolean') shown[escapeText(key, MAX_KEY)] = value;
  }
  return shown;
}

function describeCause(cause: unknown): Shown | undefined {
  if (!(cause instanceof Error)) return undefined;
  try {
    // an error of a look at the line has no stack
    const stack = String(cause.stack ?? cause);
    return { name: escapeText(String(cause.name)), stack: escapeText(stack, MAX_STACK) };
  } catch {
    return undefined; // a getter of a foreign error
  }
}
