import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import { grown } from '../../clock/backoff.ts';
import type { Instant } from '../../clock/clock.ts';

/**
 * After the first refusal the whole is tried again so soon, milliseconds: a single noisy exception costs an dialogue or
 * two in each poll until then, and no longer.
 */
export const FIRST_RETRY = 10_000;

/**
 * The wait doubles up to this, milliseconds. A retry costs one refused dialogue, some 25 characters: every ten minutes
 * that is nothing even at 1200 baud, and registers that come to life in a device are found within that time.
 */
export const LONGEST_RETRY = 600_000;

/** Refused dialogues of one device that are remembered; the oldest is forgotten first, and learnt again. */
const MOST = 256;

interface Refusal {
  readonly fault: Fault;
  readonly wait: number;
  readonly retryAt: Instant;
  /** Its parts are asked in its place until then; else they brought nothing, and it is not split until then. */
  readonly split: boolean;
  /** Before its last retry its parts were of use. */
  readonly proven: boolean;
}

/**
 * The dialogues that a device has refused as a whole, and the times of their next trials. Known by their keys, which
 * are the same in the plan of every combination of points that are due together.
 */
export class SplitMemory {
  readonly #known = new Map<string, Refusal>();
  /** Made once for each dialogue of a plan, and gone with the plan. */
  readonly #parts = new WeakMap<Dialogue, readonly Dialogue[]>();

  get none(): boolean {
    return this.#known.size === 0;
  }

  knows(dialogue: Dialogue): boolean {
    return this.#known.has(dialogue.key);
  }

  /** The dialogues in place of one that was refused lately; `undefined`: none, it is asked itself. */
  inPlaceOf(dialogue: Dialogue, now: Instant): readonly Dialogue[] | undefined {
    const known = this.#known.get(dialogue.key);
    if (!known?.split || now >= known.retryAt) return undefined;
    const parts = this.#parts.get(dialogue) ?? this.#split(dialogue, known.fault);
    return parts.length === 0 ? undefined : parts;
  }

  /** Narrower dialogues that may go well; empty where there are none, or they were tried in vain lately. */
  worthAsking(dialogue: Dialogue, fault: Fault, now: Instant): readonly Dialogue[] {
    const known = this.#known.get(dialogue.key);
    return known && !known.split && now < known.retryAt ? [] : this.#split(dialogue, fault);
  }

  /** It was refused, and its parts are asked from now on. */
  split(dialogue: Dialogue, fault: Fault, now: Instant): void {
    const key = dialogue.key;
    const known = this.#known.get(key);
    const wait = grown(known?.wait, FIRST_RETRY, LONGEST_RETRY);
    this.#known.delete(key);
    this.#known.set(key, { fault, wait, retryAt: now + wait, split: true, proven: known?.split === true });
    const oldest = this.#known.keys().next();
    if (this.#known.size > MOST && !oldest.done) this.#known.delete(oldest.value);
  }

  /**
   * It was split, and no part brought anything: then the whole is the cheaper question, and the parts are tried when it
   * is time for the retry; soon, if they were of use before. The knowledge of the parts goes, so that all of them are
   * tried then.
   */
  unite(dialogue: Dialogue, parts: readonly Dialogue[]): void {
    const key = dialogue.key;
    const known = this.#known.get(key);
    if (!known) return;
    const wait = known.proven ? FIRST_RETRY : known.wait;
    this.#known.set(key, { ...known, wait, retryAt: known.retryAt - known.wait + wait, split: false });
    for (const part of parts) this.#known.delete(part.key);
  }

  /** It went well as a whole. */
  answered(dialogue: Dialogue): void {
    this.#known.delete(dialogue.key);
  }

  /** The device may be another one, or in another state: everything is asked whole again. */
  forget(): void {
    this.#known.clear();
  }

  /** The fault decides whether there are parts, not which: so parts that were made once are used again. */
  #split(dialogue: Dialogue, fault: Fault): readonly Dialogue[] {
    const parts = dialogue.split?.(fault) ?? [];
    if (parts.length === 0) return parts;
    const made = this.#parts.get(dialogue) ?? parts;
    this.#parts.set(dialogue, made);
    return made;
  }
}
