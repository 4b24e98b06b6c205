import type { Consequence, Dialogue, Exchange, Verdict } from '../../contract/dialogue.ts';
import { milliseconds } from '../../contract/duration.ts';
import { Fault } from '../../contract/fault.ts';
import type { LineTiming } from '../../contract/port.ts';
import type { Sample } from '../../contract/reading.ts';
import { single } from '../../contract/single.ts';
import { answerBytes, answerSize, confirmation, OPEN_EXCEPTIONS } from '../answer.ts';
import type { Options } from '../options.ts';
import { encodeRequest, type Request } from '../request.ts';
import { type Finding, MOST_BYTES, scan } from './scan.ts';
import { silenceMs } from './silence.ts';

export interface ExchangeSetup {
  readonly options: Pick<Options, 'unit' | 'timeoutMs' | 'lateMs'>;
  readonly line: LineTiming;
}

/**
 * One request to the device, and its answer.
 * @param points names of the points that it reads or writes
 * @param samples the values in the answer's data bytes; for a pure write there are none
 * @param split see {@link Dialogue.split}; a write has none: half of it must not be done
 */
export function dialogue(
  setup: ExchangeSetup,
  request: Request,
  points: readonly string[],
  samples: (data: Uint8Array) => readonly Sample[],
  split?: (refused: Fault) => readonly Dialogue[],
): Dialogue {
  const exchange = exchangeOf(setup, request);
  const key = Buffer.from(exchange.request).toString('hex');
  return single({ key, points, exchange, samples, split, ...(isRead(request) ? {} : { acts: true }) });
}

function exchangeOf({ options, line }: ExchangeSetup, request: Request): Exchange<Uint8Array> {
  const frame = encodeRequest(options.unit, request);
  const bytes = answerBytes(request);
  const usual = answerSize(request);
  const answerMs = usual * line.characterMs;
  const question = {
    unit: options.unit,
    function: request.function,
    request: frame,
    bytes,
    confirmation: confirmation(options.unit, request),
  };
  return {
    request: frame,
    answer: { usual, most: MOST_BYTES },
    timeout: milliseconds(options.timeoutMs + answerMs),
    quietBefore: milliseconds(silenceMs(line)),
    signature: signature(options.unit, request, bytes),
    lateWithin: milliseconds(Math.max(options.timeoutMs, options.lateMs) + answerMs),
    judge(received, ended): Verdict<Uint8Array> {
      const found = scan(received, ended, question);
      if (found.state === 'more') return found;
      const { strays } = found;
      if (found.state === 'failed') {
        const consequence = consequenceOf(found, request);
        return { state: 'failed', fault: new Fault(found.code), consequence, answered: found.answered, strays };
      }
      const data = bytes === 0 ? new Uint8Array(0) : received.subarray(found.at + 3, found.end - 2);
      return { state: 'done', result: data, used: found.end, strays };
    },
  };
}

function consequenceOf(
  { code, answered, refused }: Extract<Finding, { state: 'failed' }>,
  request: Request,
): Consequence {
  if (refused) return !isRead(request) && OPEN_EXCEPTIONS.has(code) ? 'may-have-acted' : 'refused';
  return answered ? 'damaged' : 'silent';
}

/**
 * An answer to a read says only unit, function and number of bytes. A write is told apart by its confirmation, but not
 * by an exception: so after an unanswered write no other write of that function goes to the unit until it is too late
 * for its answer, lest one be reported as refused that was done.
 */
function signature(unit: number, request: Request, bytes: number): string {
  const tellsBytes = isRead(request) || request.function === 23;
  return tellsBytes ? `${unit}/${request.function}/${bytes}` : `${unit}/${request.function}`;
}

function isRead(request: Request): boolean {
  return request.function <= 4;
}
