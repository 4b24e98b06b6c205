import type { Exchange, Verdict } from '../../contract/dialogue.ts';
import { milliseconds } from '../../contract/duration.ts';
import { Fault } from '../../contract/fault.ts';
import { answerSize, consequenceOf, questionOf, UNREACHED } from '../answer.ts';
import { isRead, type Request, requestPdu } from '../request.ts';
import type { Courier } from '../wire.ts';
import { HEADER, LONGEST_FRAME, wrap } from './frame.ts';
import type { TcpOptions } from './options.ts';
import { sift } from './sift.ts';
import { TCP_COST } from './wire.ts';

/** Requests of one run: its transaction numbers follow each other. */
const RUN = 64;

/** So many frames that nobody waits for may come before the answer. */
const MOST_STALE = 2;

type CourierOptions = Pick<TcpOptions, 'unit' | 'timeoutMs' | 'lateMs'>;

/** Modbus TCP, one request at a time: the answer is known by its transaction, and nothing waits for late ones. */
export function tcpCourier(options: CourierOptions): Courier {
  return {
    cost: TCP_COST,
    needs: ['network'],
    exchange: (request, run, place) => exchangeOf(options, request, (run * RUN + place) & 0xffff),
  };
}

function exchangeOf({ unit, timeoutMs, lateMs }: CourierOptions, asked: Request, transaction: number) {
  const request = wrap(transaction, unit, requestPdu(asked));
  const awaited = { unit, first: transaction, questions: [questionOf(asked)], frames: [request] };
  const usual = HEADER + answerSize(asked);
  const exchange: Exchange<Uint8Array> = {
    request,
    answer: { usual, most: usual + (MOST_STALE + 1) * LONGEST_FRAME },
    timeout: milliseconds(timeoutMs),
    lateWithin: milliseconds(Math.max(timeoutMs, lateMs)),
    judge(received, ended): Verdict<Uint8Array> {
      const { results, end, strays, code } = sift(received, ended, awaited);
      const [result] = results;
      if (result?.kind === 'answer') return { state: 'done', result: result.data, used: end, strays };
      if (result === undefined && !ended) return { state: 'more' };
      const fault = new Fault(result?.code ?? code);
      const isSilent = result === undefined || (isRead(asked) && UNREACHED.has(result.code));
      const consequence = isSilent ? 'silent' : consequenceOf(result.code, asked);
      return { state: 'failed', fault, consequence, answered: result !== undefined, strays };
    },
  };
  return exchange;
}
