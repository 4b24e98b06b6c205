import type { Exchange } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { Outcome } from '../../bus/line.ts';
import {
  forgiven,
  heard,
  missed,
  type Patience,
  type PatienceBounds,
  patienceNow,
  UNTRIED,
} from './adaptive-timeout.ts';

/** Different questions of one device; the oldest is forgotten first, which only costs the full time again. */
const MOST = 128;

/** Timeouts are multiples of this, so that they seldom change and the exchange with its timeout is made once. */
const STEP = 5;

export interface TimeoutOptions {
  /** One character on the line; 0 where its speed is not known. */
  readonly characterMs: number;
  /** Nothing shorter is waited for beyond the answer's own time on the line. */
  readonly minTimeoutMs: number;
}

/**
 * How long each question of one device is waited for: at most what its driver says, less where its answers have always
 * come sooner. Kept for each kind of question, because a device may take longer for one than for another.
 */
export class Timeouts {
  readonly #options: TimeoutOptions;
  readonly #known = new Map<string, Patience>();
  readonly #made = new WeakMap<Exchange, Exchange>();
  /** Questions in a row, of whatever kind, that were not answered. */
  #misses = 0;
  #current: number | null = null;
  #cost = 0;

  constructor(options: TimeoutOptions) {
    this.#options = options;
  }

  /** What was used last, milliseconds; null before the first question. */
  get current(): number | null {
    return this.#current;
  }

  /** How long the last unanswered question would have the line if it was asked again and not answered. */
  get cost(): number {
    return this.#cost;
  }

  /**
   * The exchange as it is to be asked now.
   * @param full whatever was learnt: it must be sure that no answer comes
   */
  of(exchange: Exchange, full = false): Exchange {
    const timeout = full ? exchange.timeout : this.#timeout(exchange);
    this.#current = timeout;
    if (timeout === exchange.timeout) return exchange;
    const made = this.#made.get(exchange);
    if (made?.timeout === timeout) return made;
    const adapted = { ...exchange, timeout: milliseconds(timeout) };
    this.#made.set(exchange, adapted);
    return adapted;
  }

  /** What came of it. To be told once for each question, before the next one is asked. */
  settle(exchange: Exchange, outcome: Outcome): void {
    const patience = this.#patience(exchange);
    if (!outcome.ok && !outcome.answered) {
      const given = this.#timeout(exchange) - this.#wireTime(exchange);
      this.#keep(exchange, missed(patience, given, this.#bounds(exchange)));
      this.#misses += 1;
      this.#cost = exchange.request.length * this.#options.characterMs + this.#timeout(exchange);
      return;
    }
    // more than one question of its was lost: it was away, and no wait was too short
    if (this.#misses > 1) for (const [kind, each] of this.#known) this.#known.set(kind, forgiven(each));
    this.#misses = 0;
    // a refusal and a damaged answer have other lengths than the answer, so they are no measure
    if (!outcome.ok) return;
    this.#keep(exchange, heard(this.#patience(exchange), Math.max(0, outcome.latencyMs - this.#wireTime(exchange))));
  }

  #timeout(exchange: Exchange): number {
    const wait = patienceNow(this.#patience(exchange), this.#bounds(exchange), this.#misses);
    return Math.min(exchange.timeout, Math.ceil((this.#wireTime(exchange) + wait) / STEP) * STEP);
  }

  #bounds(exchange: Exchange): PatienceBounds {
    return { least: this.#options.minTimeoutMs, full: Math.max(0, exchange.timeout - this.#wireTime(exchange)) };
  }

  #wireTime(exchange: Exchange): number {
    return exchange.answerLength * this.#options.characterMs;
  }

  #patience(exchange: Exchange): Patience {
    return this.#known.get(exchange.signature) ?? UNTRIED;
  }

  #keep(exchange: Exchange, patience: Patience): void {
    this.#known.set(exchange.signature, patience);
    const oldest = this.#known.keys().next();
    if (this.#known.size > MOST && !oldest.done) this.#known.delete(oldest.value);
  }
}
