import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Instant } from '../../clock/clock.ts';
import type { Silences } from './silences.ts';
import type { SplitMemory } from './split-memory.ts';

/**
 * So many dialogues a poll may add to find out what a device refuses: enough for fifteen bad places, and no poll holds
 * the line for long. The rest is found out in the next polls.
 */
export const MOST_ADDED = 32;

/** A dialogue whose parts are asked in its place. */
interface Whole {
  readonly dialogue: Dialogue;
  readonly parts: readonly Dialogue[];
  /** The one that this is a part of. */
  readonly above: Whole | undefined;
  /** It was refused in this poll, so that its parts are on trial. */
  readonly fresh: boolean;
  open: number;
  answered: boolean;
  /** A part was refused whose own parts were not asked. */
  unexplored: boolean;
}

/** The points that a device does not give, and from when on a question may be tried that it did not answer before. */
export interface Unanswered {
  readonly refusals: SplitMemory;
  readonly silences: Silences;
  readonly trialFrom: Instant;
  /** The plan's order stands, also when parts of it were not answered lately. */
  readonly inOrder: boolean;
}

/**
 * The questions of one poll: its plan, and the parts of questions that the device refuses or does not answer. Questions
 * that were answered before come first, so that it is known whether the device is there; unanswered ones are tried
 * last, one in a poll.
 */
export class PollAgenda {
  readonly #refusals: SplitMemory;
  readonly #silences: Silences;
  /** Absent while every dialogue of the plan is asked whole, as those of most polls are. */
  #wholes: Map<Dialogue, Whole> | undefined;
  /** Narrow questions, and those in whose place they are asked. */
  #scouts: Map<Dialogue, Dialogue> | undefined;
  #list: readonly Dialogue[];
  #trial: Dialogue | undefined;
  #added = 0;

  constructor(plan: readonly Dialogue[], { refusals, silences, trialFrom, inOrder }: Unanswered, now: Instant) {
    this.#refusals = refusals;
    this.#silences = silences;
    this.#list = refusals.none && silences.none ? plan : this.#unfolded(plan, undefined, now);
    if (silences.none) return;
    const byMisses = (a: Dialogue, b: Dialogue) => silences.misses(a) - silences.misses(b);
    const ordered = inOrder ? this.#list : this.#list.toSorted(byMisses);
    const [first] = ordered;
    const knock = first === undefined || silences.isProven(first) ? first : silences.narrowest(first);
    const isNarrower = knock !== undefined && !ordered.includes(knock);
    this.#list = [...(isNarrower ? [knock] : []), ...ordered];
    if (this.#trial !== undefined && now >= trialFrom) this.#list = [...this.#list, this.#trial];
  }

  /** The dialogue of this number, counted from 0; `undefined` behind the last. */
  at(number: number): Dialogue | undefined {
    return this.#list[number];
  }

  /** Parts of what was refused were asked for the first time. */
  get explores(): boolean {
    return this.#added > 0;
  }

  /** Whether it is only asked to see if it is answered by now. */
  isTrial(dialogue: Dialogue): boolean {
    return dialogue === this.#trial;
  }

  /** The wider question of which it tells whether its parts are worth asking. */
  scoutedBy(dialogue: Dialogue): Dialogue | undefined {
    return this.#scouts?.get(dialogue);
  }

  /** The questions from this number on, trials left out. */
  from(number: number): readonly Dialogue[] {
    return this.#list.slice(number).filter((dialogue) => dialogue !== this.#trial);
  }

  answered(number: number, now: Instant): void {
    const dialogue = this.#list[number];
    if (!dialogue) return;
    if (!this.#refusals.none) this.#refusals.answered(dialogue);
    if (this.#wholes !== undefined) this.#done(dialogue, true, false);
    this.#silences.answered(dialogue);
    const whole = this.#scouts?.get(dialogue);
    // it may be one of the parts that follow, and is a scout no more then
    this.#scouts?.delete(dialogue);
    if (whole) this.#insert(number, [whole], now);
  }

  /** It stays unanswered while others are answered: the questions that may be asked in its place follow. */
  silent(number: number, now: Instant): void {
    const dialogue = this.#list[number];
    if (!dialogue) return;
    const whole = this.#scouts?.get(dialogue) ?? dialogue;
    this.#scouts?.delete(dialogue);
    this.#insert(number, [whole], now);
  }

  /** @returns whether its parts follow in its place */
  refused(number: number, fault: Fault, now: Instant): boolean {
    const dialogue = this.#list[number];
    if (!dialogue) return false;
    const parts = this.#refusals.worthAsking(dialogue, fault, now);
    // parts that are known already were counted when they were found out
    const added = this.#refusals.knows(dialogue) ? 0 : parts.length;
    const tooMany = this.#added + added > MOST_ADDED;
    if (parts.length === 0 || tooMany) {
      this.#done(dialogue, false, tooMany);
      return false;
    }
    this.#added += added;
    this.#refusals.split(dialogue, fault, now);
    const above = this.#wholes?.get(dialogue);
    const whole = wholeOf(dialogue, parts, above, true);
    this.#list = this.#list.toSpliced(number + 1, 0, ...this.#unfolded(parts, whole, now));
    return true;
  }

  #insert(number: number, dialogues: readonly Dialogue[], now: Instant): void {
    this.#list = this.#list.toSpliced(number + 1, 0, ...this.#unfolded(dialogues, undefined, now));
  }

  #unfolded(dialogues: readonly Dialogue[], above: Whole | undefined, now: Instant): readonly Dialogue[] {
    return dialogues.flatMap((dialogue) => {
      if (above) {
        this.#wholes ??= new Map();
        this.#wholes.set(dialogue, above);
      }
      const instead = this.#silences.inPlaceOf(dialogue);
      if (instead) {
        if (now >= this.#silences.retryAt(dialogue)) this.#trial ??= dialogue;
        if (!instead.scout) return this.#unfolded(instead.parts, undefined, now);
        this.#scouts ??= new Map();
        for (const scout of instead.parts) this.#scouts.set(scout, dialogue);
        return instead.parts;
      }
      const parts = this.#refusals.inPlaceOf(dialogue, now);
      if (!parts) return [dialogue];
      const whole = wholeOf(dialogue, parts, above, false);
      return this.#unfolded(parts, whole, now);
    });
  }

  /** A whole is judged once all its parts were asked; a part with a damaged answer leaves it without a verdict. */
  #done(dialogue: Dialogue, answered: boolean, unexplored: boolean): void {
    let part = { answered, unexplored };
    for (let whole = this.#wholes?.get(dialogue); whole; whole = whole.above) {
      whole.answered ||= part.answered;
      whole.unexplored ||= part.unexplored;
      whole.open -= 1;
      if (whole.open > 0) return;
      if (whole.fresh && !whole.answered && !whole.unexplored) this.#refusals.unite(whole.dialogue, whole.parts);
      part = whole;
    }
  }
}

function wholeOf(dialogue: Dialogue, parts: readonly Dialogue[], above: Whole | undefined, fresh: boolean): Whole {
  return { dialogue, parts, above, fresh, open: parts.length, answered: false, unexplored: false };
}
