import type { Stray } from '../../contract/driver.ts';
import type { FaultCode } from '../../contract/faults.ts';
import { type Judgement, judgePdu, type Question } from '../answer.ts';
import { Strays, worstOf } from '../finding.ts';
import { HEADER, headAt, transactionOf } from './frame.ts';

/** One request under way. */
export interface Awaited {
  readonly transaction: number;
  readonly question: Question;
  /** The whole frame, to know it again when something returns it. */
  readonly frame: Uint8Array;
}

/** What became of each request, in their order; undefined: no answer has come. */
export type Results = readonly (Exclude<Judgement, { kind: 'other' }> | undefined)[];

export interface Sifted {
  readonly results: Results;
  /** Where the last of the answers ends. */
  readonly end: number;
  readonly strays: readonly Stray[];
  /** Why nothing that came was an answer. */
  readonly code: FaultCode;
}

/**
 * Finds the answers among all bytes since the requests, in whatever order they come. An answer is a whole frame of the
 * transaction, the unit and the function of its request. Whole frames that are none, as answers to older requests, are
 * stepped over; what begins no frame is noise.
 */
export function sift(received: Uint8Array, ended: boolean, unit: number, awaited: readonly Awaited[]): Sifted {
  const results: Results[number][] = awaited.map(() => undefined);
  const strays = new Strays();
  const seen = new Set<FaultCode>();
  const placeOf = (transaction: number) => awaited.findIndex((each) => each.transaction === transaction);
  let code: FaultCode | undefined;
  let end = 0;
  let at = 0;
  while (at < received.length && results.includes(undefined)) {
    const head = headAt(received, at, (transaction, from) => from === unit && placeOf(transaction) >= 0);
    const isWhole = head.kind === 'frame' && at + head.length <= received.length;
    if (head.kind !== 'none' && !isWhole && !ended) break;
    if (head.kind !== 'frame' || !isWhole) {
      const place = received.length - at < 2 ? -1 : placeOf(transactionOf(received, at));
      if (head.kind !== 'none' && place >= 0) {
        code ??= 'modbus/truncated';
        strays.frame('truncated');
        break;
      }
      strays.begin('noise');
      at += 1;
      continue;
    }
    const frame = received.subarray(at, at + head.length);
    at += head.length;
    const place = placeOf(transactionOf(frame, 0));
    const judged = judgeFrame(frame, unit, awaited[place]);
    if (judged.kind !== 'other' && results[place] === undefined) {
      results[place] = judged;
      end = at;
      continue;
    }
    strays.frame(judged.kind === 'other' && judged.code === 'modbus/echo' ? 'echo' : 'foreign');
    if (judged.kind === 'other' && place >= 0) seen.add(judged.code);
  }
  const all = strays.all();
  code ??= worstOf(seen) ?? (all.includes('noise') ? 'device/garbled' : 'device/silent');
  return { results, end, strays: all, code };
}

function judgeFrame(frame: Uint8Array, unit: number, asked: Awaited | undefined): Judgement {
  if (asked === undefined || frame[HEADER - 1] !== unit) return { kind: 'other', code: 'modbus/foreign-unit' };
  const { question } = asked;
  // the confirmation of functions 5 and 6 is the request once more
  const isRepeated = question.function === 5 || question.function === 6;
  if (!isRepeated && isSame(frame, asked.frame)) return { kind: 'other', code: 'modbus/echo' };
  return judgePdu(frame.subarray(HEADER), question);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
