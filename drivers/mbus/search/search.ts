import type { Exchange, ExchangeEnd } from '../../contract/dialogue.ts';
import type { SelectionKey } from '../link/frame.ts';
import { acknowledged, requested, type UserData } from '../question.ts';
import type { Header } from '../record/header.ts';
import { readTelegram } from '../record/telegram.ts';
import type { Timing } from '../timing.ts';

/**
 * Looks for the devices of a line as a pure machine: it says what to ask, and gets how that ended. It holds no line and no
 * clock, and the same answers give the same questions.
 */
export interface Search {
  /** The next question; undefined: the search is over. */
  readonly question: Exchange<unknown> | undefined;
  readonly found: readonly FoundDevice[];
  /** Questions that were asked, and that there will be if nothing more is found. */
  readonly asked: number;
  readonly foreseen: number;
  /** It ended at its bound, and devices may be missing. */
  readonly isCut: boolean;
  next(end: ExchangeEnd<unknown>): Search;
}

/** A device that answers. */
export interface FoundDevice {
  /** Its primary address, where the search was for these. */
  readonly address?: number | undefined;
  /** The key that selects it, where the search was for secondary addresses. */
  readonly key?: SelectionKey | undefined;
  /** Its account of itself; empty where its data was no telegram. */
  readonly header: Header;
  /** Several devices answer here at once, so that none can be read. */
  readonly isShared: boolean;
}

/**
 * No search asks more: a line of 250 devices whose numbers have nothing in common needs some 6000 questions. Noise that
 * looks like answers would make it ask a hundred million.
 */
export const MOST_QUESTIONS = 25_000;

/** Nor finds more: a level converter feeds 250 devices. */
export const MOST_FOUND = 1000;

/** The answer to a question: from one device, from several at once, from a level converter's noise, or from nobody. */
export type Reply = 'one' | 'several' | 'noise' | 'none';

/** Asks whether anybody acknowledges a request; noise alone is told too. */
export function knock(request: Uint8Array, timing: Timing): Exchange<unknown> {
  const plain = acknowledged(request, timing, ONCE);
  return {
    ...plain,
    judge(received, ended) {
      const verdict = plain.judge(received, ended);
      if (verdict.state !== 'failed' || verdict.consequence !== 'silent' || !verdict.strays.includes('noise'))
        return verdict;
      return { state: 'done', result: false, used: received.length, strays: verdict.strays };
    },
  };
}

/** Asks the device that has acknowledged for its first telegram. */
export function inquiry(address: number, timing: Timing): Exchange<unknown> {
  return requested(address, 1, timing, ONCE);
}

/** A late answer to one question must not be taken for that to the next. */
const ONCE = { isRepeated: false } as const;

export function replyOf(end: ExchangeEnd<unknown>): Reply {
  if (end.state === 'answered') return end.result === false ? 'noise' : 'one';
  return end.consequence === 'silent' ? 'none' : 'several';
}

/** The header that an answer holds; nothing where it did not come soundly. */
export function headerOf(end: ExchangeEnd<unknown>): Header | undefined {
  if (end.state !== 'answered' || !(end.result instanceof Uint8Array)) return undefined;
  const reading = readTelegram(end.result satisfies UserData, 0);
  return 'telegram' in reading ? reading.telegram.header : {};
}

/** Bytes of a selection, the longest question. */
const QUESTION_BYTES = 17;

/** How long the rest of a search takes if nothing more is found, milliseconds: nobody answers any of its questions. */
export function restMs({ asked, foreseen }: Search, { acknowledgement, quiet }: Timing, characterMs: number): number {
  return Math.max(0, foreseen - asked) * (acknowledgement + quiet + QUESTION_BYTES * characterMs);
}
