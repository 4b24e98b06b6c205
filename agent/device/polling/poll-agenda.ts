import type { Exchange } from '../../../drivers/contract/driver.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Instant } from '../../clock/clock.ts';
import type { Silences } from './silences.ts';
import type { Refusals } from './split-memory.ts';

/**
 * So many exchanges a poll may add to find out what a device refuses: enough for fifteen bad places, and no poll holds
 * the line for long. The rest is found out in the next polls.
 */
export const MOST_ADDED = 32;

/** An exchange whose parts are asked in its place. */
interface Whole {
  readonly exchange: Exchange;
  readonly parts: readonly Exchange[];
  /** The one that this is a part of. */
  readonly above: Whole | undefined;
  /** It was refused in this poll, so that its parts are on trial. */
  readonly fresh: boolean;
  open: number;
  answered: boolean;
  /** A part was refused whose own parts were not asked. */
  unexplored: boolean;
}

/** What a device does not give, and from when on a question may be tried that it did not answer before. */
export interface Unanswered {
  readonly refusals: Refusals;
  readonly silences: Silences;
  readonly trialFrom: Instant;
  /** The plan's order stands, whatever was not answered lately. */
  readonly inOrder: boolean;
}

/**
 * What one poll asks: its plan, and the parts of what the device refuses or does not answer. What was answered before
 * comes first, so that it is known whether the device is there; what stayed unanswered is tried last, one in a poll.
 */
export class Agenda {
  readonly #refusals: Refusals;
  readonly #silences: Silences;
  readonly #wholes = new Map<Exchange, Whole>();
  /** Narrow questions, and those in whose place they are asked. */
  readonly #scouts = new Map<Exchange, Exchange>();
  #list: readonly Exchange[];
  #trial: Exchange | undefined;
  #added = 0;

  constructor(plan: readonly Exchange[], { refusals, silences, trialFrom, inOrder }: Unanswered, now: Instant) {
    this.#refusals = refusals;
    this.#silences = silences;
    this.#list = refusals.none && silences.none ? plan : this.#unfolded(plan, undefined, now);
    if (silences.none) return;
    const byMisses = (a: Exchange, b: Exchange) => silences.misses(a) - silences.misses(b);
    const ordered = inOrder ? this.#list : this.#list.toSorted(byMisses);
    const [first] = ordered;
    const knock = first === undefined || silences.isProven(first) ? first : silences.narrowest(first);
    const isNarrower = knock !== undefined && !ordered.includes(knock);
    this.#list = [...(isNarrower ? [knock] : []), ...ordered];
    if (this.#trial !== undefined && now >= trialFrom) this.#list = [...this.#list, this.#trial];
  }

  /** The exchange of this number, counted from 0; `undefined` behind the last. */
  at(number: number): Exchange | undefined {
    return this.#list[number];
  }

  /** Whether it is only asked to see if it is answered by now. */
  isTrial(exchange: Exchange): boolean {
    return exchange === this.#trial;
  }

  /** The wider question of which it tells whether its parts are worth asking. */
  scoutedBy(exchange: Exchange): Exchange | undefined {
    return this.#scouts.get(exchange);
  }

  /** What is to be asked from this number on, trials left out. */
  from(number: number): readonly Exchange[] {
    return this.#list.slice(number).filter((exchange) => exchange !== this.#trial);
  }

  answered(number: number, now: Instant): void {
    const exchange = this.#list[number];
    if (!exchange) return;
    if (!this.#refusals.none) this.#refusals.answered(exchange);
    if (this.#wholes.size > 0) this.#done(exchange, true, false);
    this.#silences.answered(exchange);
    const whole = this.#scouts.get(exchange);
    // it may be one of the parts that follow, and is a scout no more then
    this.#scouts.delete(exchange);
    if (whole) this.#insert(number, [whole], now);
  }

  /** It stays unanswered while others are answered: what may be asked in its place follows. */
  silent(number: number, now: Instant): void {
    const exchange = this.#list[number];
    if (!exchange) return;
    const whole = this.#scouts.get(exchange) ?? exchange;
    this.#scouts.delete(exchange);
    this.#insert(number, [whole], now);
  }

  /** @returns whether its parts follow in its place */
  refused(number: number, fault: Fault, now: Instant): boolean {
    const exchange = this.#list[number];
    if (!exchange) return false;
    const parts = this.#refusals.worthAsking(exchange, fault, now);
    // what is known already was counted when it was found out
    const added = this.#refusals.knows(exchange) ? 0 : parts.length;
    const tooMany = this.#added + added > MOST_ADDED;
    if (parts.length === 0 || tooMany) {
      this.#done(exchange, false, tooMany);
      return false;
    }
    this.#added += added;
    this.#refusals.split(exchange, fault, now);
    const above = this.#wholes.get(exchange);
    const whole = wholeOf(exchange, parts, above, true);
    this.#list = this.#list.toSpliced(number + 1, 0, ...this.#unfolded(parts, whole, now));
    return true;
  }

  #insert(number: number, exchanges: readonly Exchange[], now: Instant): void {
    this.#list = this.#list.toSpliced(number + 1, 0, ...this.#unfolded(exchanges, undefined, now));
  }

  #unfolded(exchanges: readonly Exchange[], above: Whole | undefined, now: Instant): readonly Exchange[] {
    return exchanges.flatMap((exchange) => {
      if (above) this.#wholes.set(exchange, above);
      const instead = this.#silences.inPlaceOf(exchange);
      if (instead) {
        if (now >= this.#silences.retryAt(exchange)) this.#trial ??= exchange;
        if (!instead.scout) return this.#unfolded(instead.parts, undefined, now);
        for (const scout of instead.parts) this.#scouts.set(scout, exchange);
        return instead.parts;
      }
      const parts = this.#refusals.inPlaceOf(exchange, now);
      if (!parts) return [exchange];
      const whole = wholeOf(exchange, parts, above, false);
      return this.#unfolded(parts, whole, now);
    });
  }

  /** A whole is judged once all its parts were asked; what got a damaged answer leaves it without a verdict. */
  #done(exchange: Exchange, answered: boolean, unexplored: boolean): void {
    let part = { answered, unexplored };
    for (let whole = this.#wholes.get(exchange); whole; whole = whole.above) {
      whole.answered ||= part.answered;
      whole.unexplored ||= part.unexplored;
      whole.open -= 1;
      if (whole.open > 0) return;
      if (whole.fresh && !whole.answered && !whole.unexplored) this.#refusals.unite(whole.exchange, whole.parts);
      part = whole;
    }
  }
}

function wholeOf(exchange: Exchange, parts: readonly Exchange[], above: Whole | undefined, fresh: boolean): Whole {
  return { exchange, parts, above, fresh, open: parts.length, answered: false, unexplored: false };
}
