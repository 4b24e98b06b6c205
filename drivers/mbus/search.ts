import type { Exchange, ExchangeEnd } from '../contract/dialogue.ts';
import { resetFrame, SELECTED, type SelectionKey, selectionFrame } from './link/frame.ts';
import { acknowledged, requested, type UserData } from './question.ts';
import type { Header } from './record/header.ts';
import { readTelegram } from './record/telegram.ts';
import type { Timing } from './timing.ts';

/**
 * Looks for the devices of a line as a pure machine: it says what to ask, and gets how that ended. It holds no line and no
 * clock, and the same answers give the same questions.
 */
export interface Search {
  /** What is asked next; nothing: the search is over. */
  readonly question: Exchange<unknown> | undefined;
  readonly found: readonly FoundDevice[];
  /** Questions that were asked, and that there will be if nothing more is found. */
  readonly asked: number;
  readonly foreseen: number;
  next(end: ExchangeEnd<unknown>): Search;
}

/** A device that answers. */
export interface FoundDevice {
  /** Its primary address, where the search was for these. */
  readonly address?: number | undefined;
  /** What selects it, where the search was for secondary addresses. */
  readonly key?: SelectionKey | undefined;
  /** What it says of itself; empty where its data was no telegram. */
  readonly header: Header;
  /** Several devices answer under one address, so that none can be read. */
  readonly isShared: boolean;
}

/** How long a search takes at most, in milliseconds, if nothing more is found: all questions unanswered. */
export function longestMs({ asked, foreseen }: Search, { acknowledgement }: Timing, characterMs: number): number {
  return Math.max(0, foreseen - asked) * (acknowledgement + QUESTION_CHARACTERS * characterMs);
}

/** Bytes of a selection, the longest question. */
const QUESTION_CHARACTERS = 17;

/** A header of an answer; nothing where it can not be read. */
function headerOf(end: ExchangeEnd<unknown>): Header | undefined {
  if (end.state !== 'answered' || !(end.result instanceof Uint8Array)) return undefined;
  const reading = readTelegram(end.result satisfies UserData, 0);
  return 'telegram' in reading ? reading.telegram.header : {};
}

/** What a question was answered with: by one device, by several at once, or by none. */
type Echoed = 'one' | 'several' | 'none';

function echoed(end: ExchangeEnd<unknown>): Echoed {
  if (end.state === 'answered') return 'one';
  return end.consequence === 'silent' ? 'none' : 'several';
}

interface PrimaryState {
  readonly addresses: readonly number[];
  readonly timing: Timing;
  readonly place: number;
  /** The address that has answered is asked for its data. */
  readonly isReading: boolean;
  readonly found: readonly FoundDevice[];
  readonly asked: number;
}

/**
 * Primary addresses: each is reset, and one that answers is asked for its data.
 * @param addresses 0 to 250
 */
export function primarySearch(addresses: readonly number[], timing: Timing): Search {
  return primary({ addresses, timing, place: 0, isReading: false, found: [], asked: 0 });
}

function primary(at: PrimaryState): Search {
  const { addresses, timing, place, isReading, found, asked } = at;
  const address = addresses[place];
  const question =
    address === undefined
      ? undefined
      : isReading
        ? requested(address, 1, timing, ONCE)
        : acknowledged(resetFrame(address), timing, ONCE);
  return {
    question,
    found,
    asked,
    foreseen: asked + addresses.length - place,
    next(end) {
      if (address === undefined) return primary(at);
      const ahead = { ...at, asked: asked + 1 };
      const answer = echoed(end);
      if (isReading) {
        const header = headerOf(end);
        const device = { address, header: header ?? {}, isShared: answer === 'several' };
        return primary({ ...ahead, place: place + 1, isReading: false, found: [...found, device] });
      }
      return answer === 'none' ? primary({ ...ahead, place: place + 1 }) : primary({ ...ahead, isReading: true });
    },
  };
}

/** A late answer to one question must not be taken for that to the next. */
const ONCE = { isRepeated: false } as const;

/** Anything. */
export const WHOLE_RANGE: SelectionKey = { id: 'FFFFFFFF', manufacturer: 0xffff, version: 0xff, medium: 0xff };

/**
 * No meter has a digit A, so nobody answers: what comes all the same is noise of the level converter. It is asked first, so
 * that the noise is not taken for several devices.
 */
const NOBODY: SelectionKey = { ...WHOLE_RANGE, id: 'AAAAAAAA' };

const DIGITS = [...'0123456789'];
const ID_LENGTH = 8;

interface SecondaryState {
  readonly timing: Timing;
  readonly step: 'control' | 'select' | 'read' | 'deselect';
  /** Selections that are still to be asked, the next one last. */
  readonly open: readonly SelectionKey[];
  readonly found: readonly FoundDevice[];
  readonly asked: number;
  /** Bytes come where nobody answers. */
  readonly isNoisy: boolean;
}

/**
 * Secondary addresses, by the walk over the digits (EN 13757-3, annex on the search for secondary addresses): what is
 * selected is asked for its data. Where several devices answer, the next open digit is set to 0 to 9 in turn. One whose
 * identification was read is selected by all of it from then on.
 * @param from the range that is searched: digits that are given stay as they are
 */
export function secondarySearch(timing: Timing, from: SelectionKey = WHOLE_RANGE): Search {
  return secondary({ timing, step: 'control', open: [from], found: [], asked: 0, isNoisy: false });
}

function secondary(at: SecondaryState): Search {
  const key = at.open.at(-1);
  return {
    question: secondaryQuestion(at, key),
    found: at.found,
    asked: at.asked,
    foreseen: at.asked + at.open.length,
    next(end) {
      const ahead = { ...at, asked: at.asked + 1 };
      if (at.step === 'control') return secondary({ ...ahead, step: 'select', isNoisy: echoed(end) !== 'none' });
      if (at.step === 'deselect' || key === undefined) return secondary({ ...ahead, step: 'select' });
      const rest = at.open.slice(0, -1);
      if (at.step === 'select') {
        const answer = echoed(end);
        // noise at each question: only the acknowledgement counts, and several of them mostly fall together into one
        if (answer === 'none' || (answer === 'several' && at.isNoisy)) return secondary({ ...ahead, open: rest });
        return secondary(answer === 'one' ? { ...ahead, step: 'read' } : parted(ahead, key, rest));
      }
      return secondary(afterRead({ ...ahead, step: 'select' }, key, rest, end));
    },
  };
}

function secondaryQuestion(at: SecondaryState, key: SelectionKey | undefined): Exchange<unknown> | undefined {
  const { timing, step } = at;
  if (step === 'control') return acknowledged(selectionFrame(NOBODY), timing, ONCE);
  if (step === 'deselect') return acknowledged(resetFrame(SELECTED), timing, ONCE);
  if (key === undefined) return undefined;
  return step === 'read' ? requested(SELECTED, 1, timing, ONCE) : acknowledged(selectionFrame(key), timing, ONCE);
}

function afterRead(
  at: SecondaryState,
  key: SelectionKey,
  rest: readonly SelectionKey[],
  end: ExchangeEnd<unknown>,
): SecondaryState {
  const header = headerOf(end);
  if (header === undefined && !isWhole(key)) {
    // several have answered, or one whose data was lost: both show in the next digit
    return parted(at, key, rest);
  }
  const exact = header === undefined ? undefined : keyOf(header);
  const isShared = header === undefined;
  const device: FoundDevice = { key: exact ?? key, header: header ?? {}, isShared };
  const known = at.found.some((each) => sameKey(each.key, device.key));
  return { ...at, step: 'deselect', open: rest, found: known ? at.found : [...at.found, device] };
}

/** The same selection with its first open digit set, 0 first; nothing where all are set. */
function parted(at: SecondaryState, key: SelectionKey, rest: readonly SelectionKey[]): SecondaryState {
  const place = key.id.indexOf('F');
  if (place < 0) {
    const shared: FoundDevice = { key, header: {}, isShared: true };
    return { ...at, step: 'deselect', open: rest, found: [...at.found, shared] };
  }
  const narrower = DIGITS.map((digit) => ({ ...key, id: key.id.slice(0, place) + digit + key.id.slice(place + 1) }));
  return { ...at, step: 'select', open: [...rest, ...narrower.reverse()] };
}

function isWhole({ id }: SelectionKey): boolean {
  return id.length === ID_LENGTH && !id.includes('F');
}

function keyOf({ id, manufacturerCode, version, medium }: Header): SelectionKey | undefined {
  if (id === undefined) return undefined;
  return { id, manufacturer: manufacturerCode ?? 0xffff, version: version ?? 0xff, medium: medium ?? 0xff };
}

function sameKey(one: SelectionKey | undefined, other: SelectionKey | undefined): boolean {
  return (
    one?.id === other?.id &&
    one?.manufacturer === other?.manufacturer &&
    one?.version === other?.version &&
    one?.medium === other?.medium
  );
}
