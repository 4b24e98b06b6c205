import type { Exchange } from '../../drivers/contract/driver.ts';
import type { Fault } from '../../drivers/contract/fault.ts';
import type { Instant } from '../clock/clock.ts';
import type { Refusals } from './refusals.ts';

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

/** What one poll asks: its plan, and the parts of what the device refuses. */
export class Agenda {
  readonly #refusals: Refusals;
  readonly #wholes = new Map<Exchange, Whole>();
  #list: readonly Exchange[];
  #added = 0;

  constructor(plan: readonly Exchange[], refusals: Refusals, now: Instant) {
    this.#refusals = refusals;
    this.#list = refusals.none ? plan : this.#unfolded(plan, undefined, now);
  }

  /** The exchange of this number, counted from 0; `undefined` behind the last. */
  at(number: number): Exchange | undefined {
    return this.#list[number];
  }

  answered(exchange: Exchange): void {
    if (!this.#refusals.none) this.#refusals.answered(exchange);
    if (this.#wholes.size > 0) this.#done(exchange, true, false);
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

  #unfolded(exchanges: readonly Exchange[], above: Whole | undefined, now: Instant): readonly Exchange[] {
    return exchanges.flatMap((exchange) => {
      if (above) this.#wholes.set(exchange, above);
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
