import { resetFrame, SELECTED, type SelectionKey, selectionFrame } from '../link/frame.ts';
import type { Header } from '../record/header.ts';
import type { Timing } from '../timing.ts';
import {
  type FoundDevice,
  headerOf,
  inquiry,
  knock,
  MOST_FOUND,
  MOST_QUESTIONS,
  type Reply,
  replyOf,
  type Search,
} from './search.ts';

/** Anything. */
const ANYBODY: SelectionKey = { id: 'FFFFFFFF', manufacturer: 0xffff, version: 0xff, medium: 0xff };

/**
 * No meter has a digit A, so nobody answers: bytes that come all the same are noise of the level converter. It is asked
 * first, so that the noise is not taken for several devices.
 */
const NOBODY: SelectionKey = { ...ANYBODY, id: 'AAAAAAAA' };

const WILD = 'F';
const DIGITS = '0123456789';

interface State {
  readonly timing: Timing;
  readonly step: 'control' | 'select' | 'read' | 'deselect';
  /** Selections that are still to be asked, the next one last. */
  readonly open: readonly SelectionKey[];
  readonly found: readonly FoundDevice[];
  readonly asked: number;
  /** The reply where nobody answers. */
  readonly nobody: Reply;
}

/**
 * Looks for secondary addresses by the walk over the digits (EN 13757-3, annex on the search with wild cards): the one that
 * is selected is asked for its data. Where several devices answer, the next open digit is set to 0 to 9 in turn.
 * @param id eight digits, F for any: the range that is looked through
 */
export function secondarySearch(timing: Timing, id: string = ANYBODY.id): Search {
  return searchAt({ timing, step: 'control', open: [{ ...ANYBODY, id }], found: [], asked: 0, nobody: 'none' });
}

function searchAt(at: State): Search {
  const { timing, step, open, found, asked } = at;
  const key = open.at(-1);
  const isCut = (asked >= MOST_QUESTIONS || found.length >= MOST_FOUND) && key !== undefined;
  const base = { found, asked, foreseen: asked + (step === 'control' ? 1 : 0) + open.length, isCut };
  if (isCut || (key === undefined && step !== 'deselect')) {
    return { ...base, question: undefined, next: () => searchAt(at) };
  }
  const ahead = { ...at, asked: asked + 1 };
  switch (step) {
    case 'control':
      return {
        ...base,
        question: knock(selectionFrame(NOBODY), timing),
        next: (end) => searchAt({ ...ahead, step: 'select', nobody: replyOf(end) }),
      };
    case 'select':
      return {
        ...base,
        question: knock(selectionFrame(key ?? ANYBODY), timing),
        next: (end) => searchAt(selected(ahead, key ?? ANYBODY, replyOf(end))),
      };
    case 'read':
      return {
        ...base,
        question: inquiry(SELECTED, timing),
        next: (end) => searchAt(read(ahead, key ?? ANYBODY, headerOf(end))),
      };
    case 'deselect':
      return {
        ...base,
        question: knock(resetFrame(SELECTED), timing),
        next: () => searchAt({ ...ahead, step: 'select' }),
      };
  }
}

function selected(at: State, key: SelectionKey, reply: Reply): State {
  if (reply === 'one') return { ...at, step: 'read' };
  // bytes that are no acknowledgement: several at once, unless the line says the same where nobody answers
  if (reply === 'none' || reply === at.nobody || at.nobody === 'several') return passed(at);
  return parted(at, key, reply === 'several');
}

/** @param header nothing: the answer was damaged, by another one or by the line */
function read(at: State, key: SelectionKey, header: Header | undefined): State {
  if (header === undefined) return parted(at, key, true);
  return {
    ...passed(at),
    step: 'deselect',
    found: withDevice(at.found, { key: keyOf(header) ?? key, header, isShared: false }),
  };
}

/** Each of the ten narrower selections in place of this one; of a whole number there is none. */
function parted(at: State, key: SelectionKey, isAnswer: boolean): State {
  const place = key.id.indexOf(WILD);
  if (place < 0) {
    const found = isAnswer ? withDevice(at.found, { key, header: {}, isShared: true }) : at.found;
    return { ...passed(at), step: 'deselect', found };
  }
  const narrower = [...DIGITS].map((digit) => ({
    ...key,
    id: key.id.slice(0, place) + digit + key.id.slice(place + 1),
  }));
  return { ...at, step: 'select', open: [...at.open.slice(0, -1), ...narrower.reverse()] };
}

function passed(at: State): State {
  return { ...at, step: 'select', open: at.open.slice(0, -1) };
}

/** One that is found twice, under two wild cards, counts once. */
function withDevice(found: readonly FoundDevice[], device: FoundDevice): readonly FoundDevice[] {
  return found.some(({ key }) => isSameKey(key, device.key)) ? found : [...found, device];
}

function keyOf({ id, manufacturerCode, version, medium }: Header): SelectionKey | undefined {
  if (id === undefined) return undefined;
  return { id, manufacturer: manufacturerCode ?? 0xffff, version: version ?? 0xff, medium: medium ?? 0xff };
}

function isSameKey(one: SelectionKey | undefined, other: SelectionKey | undefined): boolean {
  return (
    one?.id === other?.id &&
    one?.manufacturer === other?.manufacturer &&
    one?.version === other?.version &&
    one?.medium === other?.medium
  );
}
