import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { grown } from '../../clock/backoff.ts';
import type { Instant } from '../../clock/clock.ts';
import { answerBytes } from './extent.ts';
import { FIRST_RETRY, LONGEST_RETRY } from './split-memory.ts';

/** So often in a row a question must stay unanswered before its silence is no lost frame. */
const SURE = 2;

/**
 * A question that is not answered holds up those whose answers look like its own, for as long as its answer could still
 * come. So it is tried again no sooner than after so many times that: the others lose a tenth of their time at the most.
 */
const LATE_TIMES = 10;

/** Questions that are remembered; the oldest is forgotten first, and learnt again. */
const MOST = 256;

const SILENT = new Fault('device/silent');

interface Silence {
  readonly wait: number;
  readonly retryAt: Instant;
  /** Retries in vain: each looks at other narrow questions. */
  readonly rounds: number;
  /** One of the narrowest questions about its points was answered, so that its parts are asked in its place. */
  readonly split: boolean;
  readonly points: readonly string[];
}

/**
 * The questions that a device does not answer although it answers others, and the times of their next trials. Known by
 * their keys. In place of such a question its parts are asked, once one of the narrowest of them was answered.
 */
export class Silences {
  /** Times in a row without an answer; an answer takes a question out. */
  readonly #misses = new Map<string, number>();
  readonly #known = new Map<string, Silence>();
  /** Answered since something was not. */
  readonly #proven = new Set<string>();
  readonly #parts = new WeakMap<Dialogue, readonly Dialogue[]>();
  /** Bytes of the longest answer since the device was last forgotten. */
  #longest = 0;
  /** Bytes of the shortest answer that did not come although a narrower one did; infinity where there is none. */
  #tooLong = Number.POSITIVE_INFINITY;

  /** Everything that was asked was answered. */
  get none(): boolean {
    return this.#misses.size === 0;
  }

  knows(dialogue: Dialogue): boolean {
    return this.#known.has(dialogue.key);
  }

  misses(dialogue: Dialogue): number {
    return this.#misses.get(dialogue.key) ?? 0;
  }

  isProven(dialogue: Dialogue): boolean {
    return this.#proven.has(dialogue.key);
  }

  /** When it is tried again; infinity where it is not known for its silence. */
  retryAt(dialogue: Dialogue): Instant {
    return this.#known.get(dialogue.key)?.retryAt ?? Number.POSITIVE_INFINITY;
  }

  answered(dialogue: Dialogue): void {
    if (answerBytes(dialogue) > this.#longest) this.#longest = answerBytes(dialogue);
    if (this.none) return;
    const key = dialogue.key;
    this.#known.delete(key);
    this.#misses.delete(key);
    this.#covered(dialogue.points);
    if (answerBytes(dialogue) >= this.#tooLong) this.#tooLong = Number.POSITIVE_INFINITY;
    if (this.none) this.#proven.clear();
    else remember(this.#proven, key);
  }

  /** These were answered together: no question about some of them is unanswered any more, also one that no plan asks now. */
  #covered(points: readonly string[]): void {
    if (this.#known.size === 0) return;
    const all = new Set(points);
    for (const [key, known] of this.#known) {
      if (known.points.length > all.size || !known.points.every((point) => all.has(point))) continue;
      this.#known.delete(key);
      this.#misses.delete(key);
    }
  }

  /**
   * So often in a row it must stay unanswered until that is certain. A question that may be too long is asked in parts
   * at once.
   */
  sureAfter(dialogue: Dialogue): number {
    return answerBytes(dialogue) > this.#longest && this.#tooLong < Number.POSITIVE_INFINITY ? 1 : SURE;
  }

  /** @returns how often in a row, with this time */
  missed(dialogue: Dialogue): number {
    const key = dialogue.key;
    const misses = (this.#misses.get(key) ?? 0) + 1;
    this.#proven.delete(key);
    this.#misses.delete(key);
    this.#misses.set(key, misses);
    const oldest = this.#misses.keys().next();
    if (this.#misses.size > MOST && !oldest.done) {
      this.#misses.delete(oldest.value);
      this.#known.delete(oldest.value);
    }
    return misses;
  }

  /**
   * It stays unanswered while others are answered: it is asked again after a wait, which doubles each time.
   * @param lateWithin how long its answer could still come, milliseconds
   */
  settle(dialogue: Dialogue, lateWithin: number, now: Instant): void {
    const key = dialogue.key;
    const known = this.#known.get(key);
    const first = Math.max(FIRST_RETRY, LATE_TIMES * lateWithin);
    const wait = grown(known?.wait, Math.min(first, LONGEST_RETRY), LONGEST_RETRY);
    const split = known?.split === true;
    const rounds = known === undefined ? 0 : known.rounds + 1;
    this.#known.set(key, { wait, retryAt: now + wait, rounds, split, points: dialogue.points });
    if (!this.#misses.has(key)) this.#misses.set(key, SURE);
    if (!split) for (const end of this.#ends(dialogue, rounds)) if (!this.knows(end)) this.#misses.delete(end.key);
  }

  /**
   * The questions in place of one that stays unanswered: its parts, or one of the narrowest that tells whether they are
   * worth asking, or nothing. `undefined`: it is asked itself.
   */
  inPlaceOf(dialogue: Dialogue): { readonly parts: readonly Dialogue[]; readonly scout: boolean } | undefined {
    const key = dialogue.key;
    const known = this.#known.get(key);
    if (known === undefined) {
      // where a device has not answered one so long, the next is not asked first
      const parts = this.#isTooLong(dialogue) && this.misses(dialogue) === 0 ? this.#split(dialogue) : [];
      return parts.length === 0 ? undefined : { parts, scout: false };
    }
    const ends = this.#ends(dialogue, known.rounds);
    if (known.split || ends.some((end) => this.isProven(end))) {
      this.#known.set(key, { ...known, split: true });
      if (answerBytes(dialogue) > this.#longest) this.#tooLong = Math.min(this.#tooLong, answerBytes(dialogue));
      return { parts: this.#split(dialogue), scout: false };
    }
    const untried = ends.find((end) => this.misses(end) === 0);
    return { parts: untried === undefined ? [] : [untried], scout: true };
  }

  /** The dialogues that read the same points where it is known that this one does not; `undefined`: none that are better. */
  partsOf(dialogue: Dialogue): readonly Dialogue[] | undefined {
    return this.#known.get(dialogue.key)?.split === true ? this.#split(dialogue) : undefined;
  }

  /** Neither it nor anything narrower is worth asking before its next retry. */
  isHopeless(dialogue: Dialogue): boolean {
    const instead = this.inPlaceOf(dialogue);
    return instead !== undefined && instead.parts.length === 0;
  }

  /** Whether anything is read in parts because narrower questions are answered. */
  get split(): boolean {
    for (const { split } of this.#known.values()) if (split) return true;
    return false;
  }

  /** The narrowest question about the same points that went unanswered least often; itself where there is none. */
  narrowest(dialogue: Dialogue): Dialogue {
    const ends = this.#ends(dialogue, 0);
    return ends.reduce((best, leaf) => (this.misses(leaf) < this.misses(best) ? leaf : best), ends[0] ?? dialogue);
  }

  /** The device may be another one, or in another state. */
  forget(): void {
    this.#misses.clear();
    this.#known.clear();
    this.#proven.clear();
    this.#longest = 0;
    this.#tooLong = Number.POSITIVE_INFINITY;
  }

  #isTooLong(dialogue: Dialogue): boolean {
    const bytes = answerBytes(dialogue);
    return bytes > this.#longest && bytes >= this.#tooLong;
  }

  /** Two of the narrowest questions about its points: at first those at its ends. */
  #ends(dialogue: Dialogue, rounds: number): readonly Dialogue[] {
    const leaves = this.#leaves(dialogue);
    const at = rounds % Math.max(1, leaves.length);
    return [leaves[at], leaves.at(-1 - at)].flatMap((leaf) => leaf ?? []);
  }

  /** Empty where there is nothing narrower. */
  #leaves(dialogue: Dialogue): readonly Dialogue[] {
    return this.#split(dialogue).flatMap((part) => {
      const leaves = this.#leaves(part);
      return leaves.length === 0 ? [part] : leaves;
    });
  }

  #split(dialogue: Dialogue): readonly Dialogue[] {
    const made = this.#parts.get(dialogue) ?? dialogue.split?.(SILENT) ?? [];
    this.#parts.set(dialogue, made);
    return made;
  }
}

function remember(keys: Set<string>, key: string): void {
  keys.delete(key);
  keys.add(key);
  const oldest = keys.keys().next();
  if (keys.size > MOST && !oldest.done) keys.delete(oldest.value);
}
