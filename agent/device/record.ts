import type { Fault } from '../../drivers/contract/fault.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { PollResult } from './polling/poll-result.ts';

/** The course of a device's polls, for its status. */
export class PollRecord {
  readonly #clock: Clock;
  readonly #staleAfterMs: number;
  #goodAt: Instant | null = null;
  /** Wall clock; null before the first good reading. */
  lastGoodAt: number | null = null;
  fault: Fault | undefined;
  latencyMs: number | null = null;
  readings = 0;
  failures = 0;

  constructor(clock: Clock, staleAfterMs: number) {
    this.#clock = clock;
    this.#staleAfterMs = staleAfterMs;
  }

  good({ latencyMs, fault, refusal }: PollResult): void {
    this.#goodAt = this.#clock.now();
    this.lastGoodAt = this.#clock.wall();
    this.latencyMs = latencyMs;
    this.readings += 1;
    // a point that is refused at a longer period keeps its fault until it is read
    if (!fault) this.fault = refusal;
  }

  /** @returns whether it is news: a bad reading in each poll for a point that is refused for good would belie the others */
  bad(fault: Fault, { samples, standing }: PollResult): boolean {
    const known = standing === 'answered' && samples.length > 0 && this.fault?.code === fault.code;
    this.fault = fault;
    this.failures += 1;
    return !known;
  }

  get wasGood(): boolean {
    return this.#goodAt !== null;
  }

  /** It was good once, and that was too long ago. */
  isStale(now: Instant): boolean {
    return this.#goodAt !== null && now - this.#goodAt > this.#staleAfterMs;
  }
}
