import type { Stray } from '../../contract/driver.ts';
import type { FaultCode } from '../../contract/faults.ts';
import { type Judgement, judgePdu } from '../answer.ts';
import { Strays, worstOf } from '../finding.ts';
import { HEADER, headAt, transactionOf } from './frame.ts';
import { type Numbered, placeOf } from './requests.ts';

/** The outcome of each request, in their order; undefined: no answer has come. */
export type Results = readonly (Exclude<Judgement, { kind: 'other' }> | undefined)[];

export interface Sifted {
  readonly results: Results;
  /** So many of them are there. */
  readonly answered: number;
  /** Where the last of the answers ends. */
  readonly end: number;
  readonly strays: readonly Stray[];
  /** Why nothing that came was an answer. */
  readonly code: FaultCode;
}

/**
 * Finds the answers among all bytes since the requests, in any order. An answer is a whole frame of the transaction,
 * the unit and the function of its request. Whole frames that are none, as answers to older requests, are stepped over;
 * bytes that begin no frame are noise.
 */
export function sift(received: Uint8Array, ended: boolean, asked: Numbered): Sifted {
  const count = asked.frames.length;
  const results = new Array<Results[number]>(count).fill(undefined);
  const strays = new Strays();
  const seen = new Set<FaultCode>();
  const isExpected = (transaction: number, from: number) => from === asked.unit && placeOf(asked, transaction) >= 0;
  let code: FaultCode | undefined;
  let answered = 0;
  let end = 0;
  let at = 0;
  while (at < received.length && answered < count) {
    const head = headAt(received, at, isExpected);
    const isWhole = typeof head === 'number' && at + head <= received.length;
    if (head !== 'none' && !isWhole && !ended) break;
    if (!isWhole) {
      const place = received.length - at < 2 ? -1 : placeOf(asked, transactionOf(received, at));
      if (head !== 'none' && place >= 0) {
        code ??= 'modbus/truncated';
        strays.frame('truncated');
        break;
      }
      strays.begin('noise');
      at += 1;
      continue;
    }
    const frame = received.subarray(at, at + head);
    at += head;
    const place = placeOf(asked, transactionOf(frame, 0));
    const judged = judgeFrame(frame, asked, place);
    if (judged.kind !== 'other' && results[place] === undefined) {
      results[place] = judged;
      answered += 1;
      end = at;
      continue;
    }
    strays.frame(judged.kind === 'other' && judged.code === 'modbus/echo' ? 'echo' : 'foreign');
    if (judged.kind === 'other' && place >= 0) seen.add(judged.code);
  }
  const all = strays.all();
  code ??= worstOf(seen) ?? (all.includes('noise') ? 'device/garbled' : 'device/silent');
  return { results, answered, end, strays: all, code };
}

function judgeFrame(frame: Uint8Array, { unit, questions, frames }: Numbered, place: number): Judgement {
  const question = questions[place];
  if (question === undefined || frame[HEADER - 1] !== unit) return { kind: 'other', code: 'modbus/foreign-unit' };
  // the confirmation of functions 5 and 6 is the request once more
  const isRepeated = question.function === 5 || question.function === 6;
  if (!isRepeated && isSame(frame, frames[place])) return { kind: 'other', code: 'modbus/echo' };
  return judgePdu(frame.subarray(HEADER), question);
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  if (one.length !== other?.length) return false;
  for (let at = 0; at < one.length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}
