import type { Dialogue, Exchange } from '../../../drivers/contract/dialogue.ts';
import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import type { StepTiming } from '../../bus/dialogue/inquiry.ts';
import {
  type AdaptiveTimeout,
  forgiven,
  heard,
  missed,
  type TimeoutBounds,
  timeoutNow,
  UNTRIED,
} from './adaptive-timeout.ts';

/** Different requests of one device; the oldest is forgotten first, which only costs the full time again. */
const MOST = 512;

/** Timeouts are multiples of this, so that the status seldom changes. */
const STEP = 5;

export interface TimeoutOptions {
  /** Nothing shorter is waited for beyond the answer's own time on the line, milliseconds. */
  readonly minTimeoutMs: number;
}

/** How one dialogue is asked. */
export interface TimingOptions {
  /** In spite of all measured answers: it must be sure that no answer comes. */
  readonly full?: boolean;
  /** A request in vain says nothing of how long the answers to others take. */
  readonly isTrial?: boolean;
}

/**
 * How long the answers of one device are waited for: at most what its driver says, less where they have always come
 * sooner. Kept for each request of each dialogue, because a device may take longer for one than for another.
 */
export class Timeouts {
  readonly #options: TimeoutOptions;
  readonly #known = new Map<string, AdaptiveTimeout>();
  /** Requests in a row, of any kind, that were not answered. */
  #misses = 0;
  #current: number | null = null;
  #cost = 0;
  /** How long the line is taken at a time where all goes as in the last poll, whose answers were damaged; 0: they were not. */
  damagedMs = 0;

  constructor(options: TimeoutOptions) {
    this.#options = options;
  }

  /** The timeout that was used last, milliseconds; null before the first question. */
  get current(): number | null {
    return this.#current;
  }

  /**
   * How long the last unanswered dialogue would have the line if it was asked again and came as far; where answers were
   * damaged, no less than these took.
   */
  get cost(): number {
    return Math.max(this.#cost, this.damagedMs);
  }

  /** For one run of this dialogue. */
  of({ key }: Dialogue, { full = false, isTrial = false }: TimingOptions = {}): StepTiming {
    let before = 0;
    return {
      timeoutOf: (step, exchange, characterMs) => {
        // where nobody answers the timeout is the time that the devices need
        if (exchange.answer.most === 0 || exchange.fixed) return exchange.timeout;
        const timeout = full ? exchange.timeout : this.#timeout(kindOf(key, step), exchange, characterMs);
        this.#current = timeout;
        return timeout;
      },
      ended: (step, exchange, reply, characterMs) => {
        const sent = exchange.request.length * characterMs;
        const isHeard = reply.state === 'answered' || reply.answered;
        if (exchange.answer.most === 0) before += sent + exchange.timeout;
        else if (isHeard) {
          const latencyMs = reply.state === 'answered' ? reply.latencyMs : undefined;
          this.#heard(kindOf(key, step), exchange, latencyMs, characterMs);
          before += sent + (latencyMs ?? 0);
        } else if (!isTrial) {
          this.#missed(kindOf(key, step), exchange, characterMs);
          this.#cost = before + sent + this.#timeout(kindOf(key, step), exchange, characterMs);
        }
      },
    };
  }

  #missed(kind: string, exchange: Exchange<unknown>, characterMs: number): void {
    const given = this.#timeout(kind, exchange, characterMs) - wireTime(exchange, characterMs);
    this.#keep(kind, missed(this.#patience(kind), given, this.#bounds(exchange, characterMs)));
    this.#misses += 1;
  }

  /** @param latencyMs nothing of a refusal and a damaged answer: their lengths are others, so they are no measure */
  #heard(kind: string, exchange: Exchange<unknown>, latencyMs: number | undefined, characterMs: number): void {
    // more than one request of its was lost: it was away, and no wait was too short
    if (this.#misses > 1) for (const [each, patience] of this.#known) this.#known.set(each, forgiven(patience));
    this.#misses = 0;
    if (latencyMs === undefined) return;
    this.#keep(kind, heard(this.#patience(kind), Math.max(0, latencyMs - wireTime(exchange, characterMs))));
  }

  #timeout(kind: string, exchange: Exchange<unknown>, characterMs: number): Duration {
    const wait = timeoutNow(this.#patience(kind), this.#bounds(exchange, characterMs), this.#misses);
    const stepped = Math.ceil((wireTime(exchange, characterMs) + wait) / STEP) * STEP;
    return stepped < exchange.timeout ? milliseconds(stepped) : exchange.timeout;
  }

  #bounds(exchange: Exchange<unknown>, characterMs: number): TimeoutBounds {
    const full = Math.max(0, exchange.timeout - wireTime(exchange, characterMs));
    return { least: this.#options.minTimeoutMs, full };
  }

  #patience(kind: string): AdaptiveTimeout {
    return this.#known.get(kind) ?? UNTRIED;
  }

  #keep(kind: string, patience: AdaptiveTimeout): void {
    this.#known.set(kind, patience);
    const oldest = this.#known.keys().next();
    if (this.#known.size > MOST && !oldest.done) this.#known.delete(oldest.value);
  }
}

function kindOf(key: string, step: number): string {
  return step === 0 ? key : `${key}#${step}`;
}

function wireTime(exchange: Exchange<unknown>, characterMs: number): number {
  return exchange.answer.usual * characterMs;
}
