import { milliseconds } from '../contract/duration.ts';
import { Fault } from '../contract/fault.ts';
import type { Point, Value } from '../contract/reading.ts';
import { type Single, single } from '../contract/single.ts';
import { type Answer, judgeLines } from './answer.ts';
import { readBytes } from './escapes.ts';
import { readForm } from './form.ts';
import { DEFAULT_STABLE_WITHIN, DEFAULT_TIMEOUT, lateOf, type Options } from './options.ts';
import type { PointOptions } from './points.ts';
import type { Action } from './preset.ts';
import { LineReader } from './reader.ts';

/** The instrument did it; or why it did not. */
type Verdict = 'done' | Fault;

/** Something that the instrument does when it is told to, as the agent knows it, and the dialogue that tells it. */
export interface ActionPoint {
  readonly point: Point;
  readonly dialogue: ReturnType<typeof single<Verdict>>;
}

/** @throws Fault `driver/create` where the table of answers is wrong */
export function actionPoint(entry: PointOptions, action: Action, options: Options): ActionPoint {
  const { name, minIntervalMs, dailyWrites, writableWhen, confirm } = entry;
  return {
    point: {
      ...{ name, type: 'boolean', writable: true, action: true, readBack: false },
      ...{ minIntervalMs, dailyWrites, writableWhen, confirm },
    },
    dialogue: single(asking(name, action, options)),
  };
}

/**
 * The values of a write as the actions that they order, in their order.
 * @throws Fault `command/unknown-point`, `command/not-writable`, `command/value`
 */
export function orderedBy(
  values: ReadonlyMap<string, Value>,
  actions: ReadonlyMap<string, ActionPoint>,
  readable: readonly Point[],
): readonly ActionPoint[] {
  return Array.from(values, ([name, value]) => {
    const action = actions.get(name);
    if (action === undefined) {
      const known = readable.some((point) => point.name === name);
      throw new Fault(known ? 'command/not-writable' : 'command/unknown-point');
    }
    if (value !== true) throw new Fault('command/value');
    return action;
  });
}

function asking(name: string, action: Action, options: Options): Single<Verdict> {
  const { timeoutMs = DEFAULT_TIMEOUT, stableWithinMs = DEFAULT_STABLE_WITHIN } = options;
  const { request: written, answers } = stableWithinMs === 0 ? action.atOnce : action.whenStable;
  const request = readBytes(written);
  if (request === undefined) throw new Fault('driver/create');
  const meanings = answers.map(({ text, means }) => {
    const form = readForm({ text, says: {} }, options.decimal);
    if ('problem' in form) throw new Fault('driver/create');
    return { form, means };
  });
  const reader = new LineReader(
    meanings.map(({ form }) => form),
    options,
    new Map(),
  );
  const read = (line: Uint8Array): Answer<Verdict> => {
    const found = reader.find(line);
    if (!('form' in found)) return found;
    const means = meanings.find(({ form }) => form === found.form)?.means ?? 'done';
    return { result: means === 'done' ? 'done' : new Fault(means) };
  };
  return {
    ...{ key: name, points: [name] },
    exchange: {
      request,
      answer: { usual: reader.usualLength, most: reader.roomFor(request) },
      timeout: milliseconds(timeoutMs + stableWithinMs),
      // the same as of every line: a late one could pass for the answer of a device with other templates
      signature: 'lines',
      lateWithin: milliseconds(stableWithinMs + lateOf(options)),
      judge(received, ended) {
        const verdict = judgeLines(reader, read, { request, received, ended });
        if (verdict.state !== 'done' || verdict.result === 'done') return verdict;
        const { result: fault, strays } = verdict;
        return { state: 'failed', fault, consequence: 'refused', answered: true, strays };
      },
    },
    samples: () => [],
    acts: true,
  };
}
