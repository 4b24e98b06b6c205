import type { Dialogue, Step, Verdict } from '../../../../drivers/contract/dialogue.ts';
import type { Device, Schema, StreamDevice } from '../../../../drivers/contract/driver.ts';
import type { Fault } from '../../../../drivers/contract/fault.ts';
import type { Value } from '../../../../drivers/contract/reading.ts';
import { driver } from '../../../../drivers/obis/iec/driver.ts';

/** 300 baud, 7 data bits, even parity. */
export const OPTICAL = { baudRate: 300, characterMs: 10_000 / 300 };
/** A serial server: nothing is known of its line. */
export const SERVER = { baudRate: 0, characterMs: 0 };

export function meter(options: unknown = {}, points: readonly unknown[] = [], line = OPTICAL): Device {
  return driver.create({
    options: parse(driver.options, options),
    points: points.map((point) => parse(driver.point, point)),
    line,
  });
}

/** The one dialogue that reads all points of a meter that is asked. */
export function dialogueOf(device: Device): Dialogue {
  if (device.kind !== 'poll') throw new Error('it talks by itself');
  const [dialogue, ...more] = device.plan(device.points.map(({ name }) => name));
  if (dialogue === undefined || more.length > 0) throw new Error('the readout is one dialogue');
  return dialogue;
}

export function talking(options: unknown = {}, points: readonly unknown[] = []): StreamDevice {
  const device = meter({ mode: 'd', ...(options as object) }, points);
  if (device.kind !== 'stream') throw new Error('it is asked');
  return device;
}

function parse<T>(schema: Schema<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new Error(JSON.stringify(result.error.issues));
  return result.data;
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** A whole data block, by the standard's rule and not with the driver's own code. */
export function block(data: string): string {
  let check = 0;
  for (const byte of bytesOf(`${data}\x03`)) check ^= byte;
  return `\x02${data}\x03${String.fromCharCode(check)}`;
}

export interface Run {
  readonly values?: Record<string, Value>;
  readonly doubtful?: boolean;
  readonly fault?: Fault;
  readonly consequence?: string;
  readonly repeat?: string;
  /** Requests as text, speeds as numbers, rests as `rest N`, in order. */
  readonly trace: readonly (string | number)[];
  /** Times and bytes by request, as the bus would hold them against the cost. */
  readonly asked: readonly { readonly request: number; readonly timeout: number; readonly most: number }[];
  readonly rested: number;
}

/** The bytes that come back to a request; an empty one asks for nothing. */
export type Answerer = (request: Uint8Array, baudRate: number) => Uint8Array;

/**
 * Runs a dialogue against answers, in chunks of a size, as the bus does: bytes behind an answer begin the next one that
 * is awaited without a request, and bytes that come while nothing is awaited are noise.
 */
export function run(dialogue: Dialogue, answer: Answerer, size = Number.POSITIVE_INFINITY): Run {
  const trace: (string | number)[] = [];
  const asked: { request: number; timeout: number; most: number }[] = [];
  let rested = 0;
  let baudRate = 300;
  let rest: Uint8Array = new Uint8Array();
  let step: Step = dialogue.begin(undefined);
  for (let steps = 0; steps < 64; steps++) {
    switch (step.kind) {
      case 'ask': {
        const { exchange } = step;
        const { request } = exchange;
        asked.push({ request: request.length, timeout: exchange.timeout, most: exchange.answer.most });
        if (request.length > 0) trace.push(textOf(request));
        const come: Uint8Array = answer(request, baudRate);
        const waiting = request.length === 0 ? Uint8Array.of(...rest, ...come) : come;
        if (exchange.answer.most === 0) {
          rest = waiting;
          const verdict = exchange.judge(new Uint8Array(), true);
          if (verdict.state !== 'done') throw new Error('nobody answers, and that is right');
          step = step.next({ state: 'answered', result: verdict.result });
          break;
        }
        const received = waiting.subarray(0, exchange.answer.most);
        const verdict = judgeInChunks((bytes, ended) => exchange.judge(bytes, ended), received, size);
        rest = verdict.state === 'done' ? waiting.slice(verdict.used) : new Uint8Array();
        if (verdict.state === 'done') step = step.next({ state: 'answered', result: verdict.result });
        else if (verdict.state === 'failed') step = step.next(verdict);
        else throw new Error('an end is a verdict');
        break;
      }
      case 'set-line':
        trace.push(step.baudRate);
        baudRate = step.baudRate;
        step = step.next();
        break;
      case 'rest':
        trace.push(`rest ${step.span}`);
        rested += step.span;
        rest = new Uint8Array();
        step = step.next();
        break;
      case 'break':
        throw new Error('no meter of the standard needs a break of the line');
      case 'end': {
        const values = Object.fromEntries(step.samples.map(({ point, value }) => [point, value]));
        return { values, doubtful: step.samples.some((each) => each.doubtful), trace, asked, rested };
      }
      case 'fail':
        return { fault: step.fault, consequence: step.consequence, repeat: step.repeat, trace, asked, rested };
    }
  }
  throw new Error('it does not end');
}

function judgeInChunks<T>(
  judge: (bytes: Uint8Array, ended: boolean) => Verdict<T>,
  received: Uint8Array,
  size: number,
): Verdict<T> {
  for (
    let at = Math.min(size, received.length);
    at > 0;
    at = at < received.length ? Math.min(at + size, received.length) : 0
  ) {
    const verdict = judge(received.subarray(0, at), false);
    if (verdict.state !== 'more') return verdict;
  }
  return judge(received, true);
}

/** Whether the bus would have let the run go so far: each request takes a leg that is no shorter, in any order. */
export function isWithinCost({ cost }: Dialogue, { asked, rested }: Run, characterMs = OPTICAL.characterMs): boolean {
  const legs = cost.most.map((leg) => leg.request * characterMs + leg.timeout).sort((a, b) => a - b);
  for (const { request, timeout } of asked) {
    const at = legs.findIndex((leg) => request * characterMs + timeout <= leg + 1e-6);
    if (at < 0) return false;
    legs.splice(at, 1);
  }
  return rested <= cost.most.reduce((sum, { rest = 0 }) => sum + rest, 0);
}
