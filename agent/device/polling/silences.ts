import type { Exchange } from '../../../drivers/contract/driver.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Instant } from '../../clock/clock.ts';
import { FIRST_RETRY, keyOf, LONGEST_RETRY } from './split-memory.ts';

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
}

/**
 * Which questions a device does not answer although it answers others, and when they are tried again. Known by the bytes
 * of the request. In place of such a question its parts are asked, once one of the narrowest of them was answered.
 */
export class Silences {
  /** Times in a row without an answer; an answer takes a question out. */
  readonly #misses = new Map<string, number>();
  readonly #known = new Map<string, Silence>();
  /** Answered since something was not. */
  readonly #proven = new Set<string>();
  readonly #parts = new WeakMap<Exchange, readonly Exchange[]>();
  /** Bytes of the longest answer since the device was last forgotten. */
  #longest = 0;
  /** Bytes of the shortest answer that did not come although a narrower one did; infinity where there is none. */
  #tooLong = Number.POSITIVE_INFINITY;

  /** Everything that was asked was answered. */
  get none(): boolean {
    return this.#misses.size === 0;
  }

  knows(exchange: Exchange): boolean {
    return this.#known.has(keyOf(exchange));
  }

  misses(exchange: Exchange): number {
    return this.#misses.get(keyOf(exchange)) ?? 0;
  }

  isProven(exchange: Exchange): boolean {
    return this.#proven.has(keyOf(exchange));
  }

  /** When it is tried again; infinity where it is not known for its silence. */
  retryAt(exchange: Exchange): Instant {
    return this.#known.get(keyOf(exchange))?.retryAt ?? Number.POSITIVE_INFINITY;
  }

  answered(exchange: Exchange): void {
    if (exchange.answerLength > this.#longest) this.#longest = exchange.answerLength;
    if (this.none) return;
    const key = keyOf(exchange);
    this.#known.delete(key);
    this.#misses.delete(key);
    if (exchange.answerLength >= this.#tooLong) this.#tooLong = Number.POSITIVE_INFINITY;
    if (this.none) this.#proven.clear();
    else remember(this.#proven, key);
  }

  /** So often in a row it must stay unanswered until that is certain. What may be too long is asked in parts at once. */
  sureAfter({ answerLength }: Exchange): number {
    return answerLength > this.#longest && this.#tooLong < Number.POSITIVE_INFINITY ? 1 : SURE;
  }

  /** @returns how often in a row, with this time */
  missed(exchange: Exchange): number {
    const key = keyOf(exchange);
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

  /** It stays unanswered while others are answered: it is asked again after a wait, which doubles each time. */
  settle(exchange: Exchange, now: Instant): void {
    const key = keyOf(exchange);
    const known = this.#known.get(key);
    const first = Math.max(FIRST_RETRY, LATE_TIMES * exchange.lateWithin);
    const wait = Math.min(LONGEST_RETRY, known === undefined ? first : known.wait * 2);
    const split = known?.split === true;
    const rounds = known === undefined ? 0 : known.rounds + 1;
    this.#known.set(key, { wait, retryAt: now + wait, rounds, split });
    if (!this.#misses.has(key)) this.#misses.set(key, SURE);
    if (!split) for (const end of this.#ends(exchange, rounds)) if (!this.knows(end)) this.#misses.delete(keyOf(end));
  }

  /**
   * What is asked in place of a question that stays unanswered: its parts, or one of the narrowest that tells whether
   * they are worth asking, or nothing. `undefined`: it is asked itself.
   */
  inPlaceOf(exchange: Exchange): { readonly parts: readonly Exchange[]; readonly scout: boolean } | undefined {
    const key = keyOf(exchange);
    const known = this.#known.get(key);
    if (known === undefined) {
      // where a device has not answered one so long, the next is not asked first
      const parts = this.#isTooLong(exchange) && this.misses(exchange) === 0 ? this.#split(exchange) : [];
      return parts.length === 0 ? undefined : { parts, scout: false };
    }
    const ends = this.#ends(exchange, known.rounds);
    if (known.split || ends.some((end) => this.isProven(end))) {
      this.#known.set(key, { ...known, split: true });
      if (exchange.answerLength > this.#longest) this.#tooLong = Math.min(this.#tooLong, exchange.answerLength);
      return { parts: this.#split(exchange), scout: false };
    }
    const untried = ends.find((end) => this.misses(end) === 0);
    return { parts: untried === undefined ? [] : [untried], scout: true };
  }

  /** What reads the same points where it is known that this does not; `undefined`: nothing that is better. */
  partsOf(exchange: Exchange): readonly Exchange[] | undefined {
    return this.#known.get(keyOf(exchange))?.split === true ? this.#split(exchange) : undefined;
  }

  /** Neither it nor anything narrower is worth asking before its next retry. */
  isHopeless(exchange: Exchange): boolean {
    const instead = this.inPlaceOf(exchange);
    return instead !== undefined && instead.parts.length === 0;
  }

  /** Whether anything is read in parts because narrower questions are answered. */
  get split(): boolean {
    for (const { split } of this.#known.values()) if (split) return true;
    return false;
  }

  /** The narrowest question about the same points that went unanswered least often; itself where there is none. */
  narrowest(exchange: Exchange): Exchange {
    const ends = this.#ends(exchange, 0);
    return ends.reduce((best, leaf) => (this.misses(leaf) < this.misses(best) ? leaf : best), ends[0] ?? exchange);
  }

  /** The device may be another one, or in another state. */
  forget(): void {
    this.#misses.clear();
    this.#known.clear();
    this.#proven.clear();
    this.#longest = 0;
    this.#tooLong = Number.POSITIVE_INFINITY;
  }

  #isTooLong({ answerLength }: Exchange): boolean {
    return answerLength > this.#longest && answerLength >= this.#tooLong;
  }

  /** Two of the narrowest questions about its points: at first those at its ends. */
  #ends(exchange: Exchange, rounds: number): readonly Exchange[] {
    const leaves = this.#leaves(exchange);
    const at = rounds % Math.max(1, leaves.length);
    return [leaves[at], leaves.at(-1 - at)].flatMap((leaf) => leaf ?? []);
  }

  /** Empty where there is nothing narrower. */
  #leaves(exchange: Exchange): readonly Exchange[] {
    return this.#split(exchange).flatMap((part) => {
      const leaves = this.#leaves(part);
      return leaves.length === 0 ? [part] : leaves;
    });
  }

  #split(exchange: Exchange): readonly Exchange[] {
    const made = this.#parts.get(exchange) ?? exchange.split?.(SILENT) ?? [];
    this.#parts.set(exchange, made);
    return made;
  }
}

function remember(keys: Set<string>, key: string): void {
  keys.delete(key);
  keys.add(key);
  const oldest = keys.keys().next();
  if (keys.size > MOST && !oldest.done) keys.delete(oldest.value);
}
