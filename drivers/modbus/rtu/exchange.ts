import type { Answer, Exchange } from '../../contract/driver.ts';
import { milliseconds } from '../../contract/duration.ts';
import { Fault } from '../../contract/fault.ts';
import type { LineTiming } from '../../contract/port.ts';
import type { Sample } from '../../contract/reading.ts';
import { answerBytes, answerSize, confirmation, OPEN_EXCEPTIONS } from '../answer.ts';
import type { Options } from '../options.ts';
import { encodeRequest, type Request } from '../request.ts';
import { scan, type Verdict } from './scan.ts';

export interface ExchangeSetup {
  readonly options: Pick<Options, 'unit' | 'timeoutMs' | 'lateMs'>;
  readonly line: LineTiming;
}

/**
 * One question to the device.
 * @param points names of the points that it reads or writes
 * @param samples the values in the answer's data bytes; for a pure write there are none
 * @param split see {@link Exchange.split}; a write has none: half of it must not be done
 */
export function exchange(
  setup: ExchangeSetup,
  request: Request,
  points: readonly string[],
  samples: (data: Uint8Array) => readonly Sample[],
  split?: (refused: Fault) => readonly Exchange[],
): Exchange {
  const { options, line } = setup;
  const frame = encodeRequest(options.unit, request);
  const bytes = answerBytes(request);
  const answerLength = answerSize(request);
  const answerMs = answerLength * line.characterMs;
  const question = {
    unit: options.unit,
    function: request.function,
    request: frame,
    bytes,
    confirmation: confirmation(options.unit, request),
  };
  return {
    request: frame,
    timeout: milliseconds(options.timeoutMs + answerMs),
    answerLength,
    signature: signature(options.unit, request, bytes),
    lateWithin: milliseconds(Math.max(options.timeoutMs, options.lateMs) + answerMs),
    points,
    ...(split && { split }),
    answer(received: Uint8Array, ended: boolean): Answer {
      const verdict: Verdict = scan(received, ended, question);
      if (verdict.state === 'more') return verdict;
      if (verdict.state === 'failed') {
        const { code, answered, refused, strays } = verdict;
        const mayHaveActed = refused && !isRead(request) && OPEN_EXCEPTIONS.has(code);
        return { state: 'failed', fault: new Fault(code), answered, refused, mayHaveActed, strays };
      }
      const data = bytes === 0 ? new Uint8Array(0) : received.subarray(verdict.at + 3, verdict.end - 2);
      return { state: 'done', samples: samples(data), used: verdict.end, strays: verdict.strays };
    },
  };
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
