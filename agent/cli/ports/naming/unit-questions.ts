import type { Dialogue } from '../../../../drivers/contract/dialogue.ts';
import type { Driver } from '../../../../drivers/contract/driver.ts';
import { type Duration, milliseconds } from '../../../../drivers/contract/duration.ts';
import { toFault } from '../../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../../drivers/contract/faults.ts';
import type { LineTiming } from '../../../../drivers/contract/port.ts';
import { NARROWER_MAY_HELP } from '../../../../drivers/modbus/split.ts';
import { createDevice } from '../../../../drivers/registry/loader.ts';
import type { Outcome } from '../../../bus/dialogue/inquiry.ts';
import type { Clock } from '../../../clock/clock.ts';
import type { NextRead, ReadEnd } from './probe-search.ts';

/** How units are asked on a line. */
export interface QuestionSetup {
  readonly driver: Driver;
  readonly line: LineTiming;
  readonly timeout: Duration;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Puts a question to the line. */
export type Ask = (dialogue: Dialogue) => Promise<Outcome>;

/** Rest before each question: the longest that a shipped profile asks for. */
const REST = milliseconds(100);
/** An old answer may still come: so often the question is put again. */
const PENDING_TRIES = 8;
/** How long an answer may be late, milliseconds. */
export const LATE_MS = 500;

/** How long one question takes where nothing comes, milliseconds. */
export function questionMs(timeout: number): number {
  return REST + Math.max(timeout, LATE_MS);
}

/** Reads what the search wants to know of a unit, in one request. */
export async function readFor(setup: QuestionSetup, unit: number, next: NextRead, ask: Ask): Promise<ReadEnd> {
  const { driver, line, timeout } = setup;
  const names = new Map(next.parts.map(({ key }, place) => [`part-${place}`, key]));
  const points = next.parts.map(({ point }, place) => ({ ...point, name: `part-${place}` }));
  const options = { unit, anyUnit: true, timeoutMs: timeout, lateMs: LATE_MS };
  const device = createDevice(driver, { options, points, line });
  const [dialogue] = device.kind === 'poll' ? device.plan([...names.keys()]) : [];
  const outcome = dialogue && (await askOnce(setup, dialogue, ask));
  if (outcome === undefined) return { state: 'silent' };
  if (!outcome.ok) return refusedEnd(outcome);
  const values = outcome.samples.flatMap(({ point, value }) => {
    const key = names.get(point);
    return key === undefined ? [] : [[key, value] as const];
  });
  return { state: 'answered', values: new Map(values) };
}

/** @returns undefined where an old answer might pass for this one's all the time */
export async function askOnce(
  { clock, signal }: QuestionSetup,
  dialogue: Dialogue,
  ask: Ask,
): Promise<Outcome | undefined> {
  for (let tries = 1; ; tries += 1) {
    await clock.sleep(REST, signal);
    try {
      return await ask(dialogue);
    } catch (thrown) {
      if (toFault(thrown).code !== 'bus/answer-pending') throw thrown;
      if (tries === PENDING_TRIES) return undefined;
    }
  }
}

/** The unit does not know the function, with any data (V1.1b3, 7). */
export const NO_FUNCTION: FaultCode = 'modbus/illegal-function';

function refusedEnd({ consequence, fault: { code } }: Extract<Outcome, { ok: false }>): ReadEnd {
  if (consequence !== 'refused') return { state: 'silent' };
  if (code === NO_FUNCTION) return { state: 'refused', says: 'no-function' };
  return { state: 'refused', says: NARROWER_MAY_HELP.has(code) ? 'narrower' : 'nothing' };
}
