import type { Dialogue, EndStep, Exchange, Verdict } from '../contract/dialogue.ts';
import { milliseconds } from '../contract/duration.ts';
import { Fault } from '../contract/fault.ts';
import { single } from '../contract/single.ts';
import { answerBytes, consequenceOf } from './answer.ts';
import type { Finding } from './finding.ts';
import type { Options } from './options.ts';
import { isRead, type Request } from './request.ts';
import type { Ask, Told } from './wire.ts';

/** A request to no device in particular (Modbus over Serial Line V1.02, 2.1): all do it, and none answers. */
const BROADCAST = 0;

const NOTHING = new Uint8Array(0);

/** One request as it goes over a line, and the search for its answer there. */
export interface LineFrame
  extends Pick<Exchange<unknown>, 'request' | 'answer' | 'quietBefore' | 'idle' | 'beginWithin'> {
  /** From the end of the request to the last byte of the answer, milliseconds. */
  readonly timeout: number;
  /** Of `timeout`: the time of the answer itself on the line. */
  readonly answerMs: number;
  scan(received: Uint8Array, ended: boolean): Finding;
}

/** The dialogue of one request on a line, where answers carry no number. */
export function lineDialogue(options: Options, ask: Ask, frame: LineFrame, around: (half: Ask) => Dialogue): Dialogue {
  const { request, points, samples, told, split } = ask;
  const isSilent = options.unit === BROADCAST && !isRead(request);
  const exchange = isSilent ? broadcast(options, frame) : lineExchange(options, request, frame);
  const key = Buffer.from(frame.request).toString('hex');
  return single({
    ...{ key, points, exchange },
    samples: (data) => (data.length === 0 ? [] : samples(data)),
    ...(told && { told: (data: Uint8Array) => toldEnd(told(data), around) }),
    ...(split && { split: (refused: Fault) => split(refused).map(around) }),
    ...(isRead(request) ? {} : { acts: true }),
  });
}

/** The further ask as a dialogue of its own. */
export function toldEnd(
  { identity, further }: Told,
  around: (ask: Ask) => Dialogue,
): Pick<EndStep, 'identity' | 'further'> {
  return { identity, ...(further && { further: around(further) }) };
}

/** One request on a line, and the test of its answer. */
export function lineExchange(
  options: Pick<Options, 'unit' | 'lateMs'>,
  request: Request,
  frame: LineFrame,
): Exchange<Uint8Array> {
  const { scan, timeout, answerMs, answer, quietBefore, idle, beginWithin } = frame;
  return {
    request: frame.request,
    answer,
    quietBefore,
    idle,
    beginWithin,
    timeout: milliseconds(timeout),
    signature: signature(options.unit, request),
    lateWithin: milliseconds(Math.max(timeout, options.lateMs + answerMs)),
    judge(received, ended): Verdict<Uint8Array> {
      const found = scan(received, ended);
      if (found.state === 'more') return found;
      if (found.state === 'answer') {
        return { state: 'done', result: found.data, used: found.end, strays: found.strays };
      }
      const { code, answered, refused, strays } = found;
      const consequence = refused ? consequenceOf(code, request) : answered ? 'damaged' : 'silent';
      return { state: 'failed', fault: new Fault(code), consequence, answered, strays };
    },
  };
}

/** The devices get the time to do it that they have to answer (V1.02, 2.4.1: turnaround delay). */
function broadcast({ timeoutMs }: Options, { request, quietBefore }: LineFrame): Exchange<Uint8Array> {
  return {
    ...{ request, quietBefore },
    answer: { usual: 0, most: 0 },
    timeout: milliseconds(timeoutMs),
    signature: 'broadcast',
    lateWithin: milliseconds(0),
    judge: () => ({ state: 'done', result: NOTHING, used: 0, strays: [] }),
  };
}

/**
 * An answer to a read says only unit, function and number of bytes. A write is told apart by its confirmation, but not
 * by an exception: so after an unanswered write no other write of that function goes to the unit until it is too late
 * for its answer, lest one be reported as refused that was done.
 */
function signature(unit: number, request: Request): string {
  const tellsBytes = isRead(request) || request.function === 23;
  return tellsBytes ? `${unit}/${request.function}/${answerBytes(request)}` : `${unit}/${request.function}`;
}
