import type { Dialogue, Step } from '../../../drivers/contract/dialogue.ts';
import type { Doubt, PollDevice, PortFacts, Schema } from '../../../drivers/contract/driver.ts';
import { lineTiming } from '../../../drivers/port/line.ts';
import { createDevice } from '../../../drivers/registry/loader.ts';
import { driver } from '../../../drivers/sdi12/driver.ts';
import { type Given, runWith } from '../dialogue-machine.ts';

export const LINE = lineTiming({ baudRate: 1200, dataBits: 7, parity: 'even', stopBits: 1 });

/** A sensor as the config would make it. */
export function sensor(options: Record<string, unknown>, points: readonly Record<string, unknown>[]): PollDevice {
  const device = createDevice(driver, { options, points, line: LINE });
  if (device.kind !== 'poll') throw new Error('expected a device that is asked');
  return device;
}

/** Points at these indexes, `v0`, `v1` …. */
export function values(...indexes: readonly number[]): readonly Record<string, unknown>[] {
  return indexes.map((index) => ({ name: `v${index}`, index }));
}

export function wholePlan(device: PollDevice): readonly Dialogue[] {
  return device.plan(device.points.map(({ name }) => name));
}

export function only(device: PollDevice): Dialogue {
  const [dialogue, ...more] = wholePlan(device);
  if (dialogue === undefined || more.length > 0) throw new Error('expected one dialogue');
  return dialogue;
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The acts in order: commands as text, `break 20`, `rest 10`; an empty text is a wait without a command. */
export interface Talk {
  readonly done: readonly string[];
  /** The values; or the code of the fault, its consequence and whether it is worth another try. */
  readonly end: Record<string, unknown> | string;
}

/**
 * Runs a dialogue. Each line of the script is a command, and the bytes that come then: `['0M!', '00013\r\n']`; `['',
 * '0\r\n']` is a service request. A command that is not in the script is answered by nothing, and each line is used
 * once.
 */
export function talk(dialogue: Dialogue, script: readonly (readonly [string, string])[]): Talk {
  const left = [...script];
  return talkTo(dialogue, (sent) => {
    const next = left.findIndex(([command]) => command === sent);
    const [, answer = ''] = next < 0 ? [] : (left.splice(next, 1)[0] ?? []);
    return { bytes: bytesOf(answer), cuts: [] };
  });
}

/** The same, answered by a function. The rest of an answer is awaited too: then `sent` is empty. */
export function talkTo(dialogue: Dialogue, answer: (sent: string, done: readonly string[]) => Given): Talk {
  const done: string[] = [];
  const noted = { ...dialogue, begin: () => note(dialogue.begin(undefined), done) };
  const { end } = runWith(noted, LINE, (request) => answer(String.fromCharCode(...request), done));
  if (end.kind === 'fail') return { done, end: `${end.fault.code} ${end.consequence} ${end.repeat}` };
  return { done, end: Object.fromEntries(end.samples.map(({ point, value }) => [point, value])) };
}

function note(step: Step, done: string[]): Step {
  switch (step.kind) {
    case 'ask': {
      const { request, timeout, fixed } = step.exchange;
      if (fixed !== true) throw new Error('a wait that may be cut short');
      // the wait for a whole answer is part of its command; that for a service request is not
      if (request.length > 0) done.push(String.fromCharCode(...request));
      else if (timeout >= 1000) done.push(`listen ${Math.floor(timeout / 1000)} s`);
      return { ...step, next: (end) => note(step.next(end), done) };
    }
    case 'break':
    case 'rest':
      done.push(`${step.kind} ${Math.round(step.span)}`);
      return { ...step, next: () => note(step.next(), done) };
    default:
      return step;
  }
}

export function messagesOf(schema: Schema<unknown>, value: unknown): readonly string[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

export function doubtsOf(options: unknown, facts: PortFacts): readonly Doubt[] {
  const parsed = driver.options.safeParse(options);
  if (!parsed.success) throw new Error('options');
  return driver.doubts?.({ options: parsed.data, points: [], line: LINE }, facts) ?? [];
}
