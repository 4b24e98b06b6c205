import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Sample } from '../../../drivers/contract/reading.ts';
import type { Instant } from '../../clock/clock.ts';

/**
 * Points that are read as often as the line allows are left alone for so long, milliseconds, while none of them is given:
 * all are set aside, or refused. Else one empty poll would follow the other at once.
 */
const IN_VAIN_PAUSE = 1000;

/** The result of one poll so far. */
export class PollTally {
  /** Nothing is due; the questions that the poll before left over are asked. */
  readonly isExtra: boolean;
  readonly samples: Sample[] = [];
  fault: Fault | undefined;
  latencyMs: number | null = null;
  damaged = false;
  /** How long each of its dialogues had the line, milliseconds. */
  readonly #runs: number[] = [];
  #begunAt: Instant | undefined;
  asked = 0;
  answers = 0;
  silent = 0;
  /** Questions without an answer since the last answer. */
  inRow = 0;
  /** A question was not answered that may be answered the next time. */
  unsure = false;
  /** Why it became certain that a question stays unanswered. */
  settled: Fault | undefined;
  /** When the first of the questions may be asked that could not be asked yet. */
  skipped: Instant = Number.POSITIVE_INFINITY;

  constructor(isExtra: boolean) {
    this.isExtra = isExtra;
  }

  /** A dialogue has the line. */
  begins(now: Instant): void {
    this.#begunAt = now;
  }

  ended(now: Instant): void {
    if (this.#begunAt !== undefined) this.#runs.push(now - this.#begunAt);
    this.#begunAt = undefined;
  }

  /** How long the line was taken at a time, milliseconds. @param inParts others had it between two dialogues */
  heldMs(inParts: boolean): number {
    return inParts ? Math.max(0, ...this.#runs) : this.#runs.reduce((sum, ms) => sum + ms, 0);
  }

  /**
   * For how long the points of this poll need not be asked about again, milliseconds.
   * @param explores something was found out about them
   */
  pause(explores: boolean): number {
    const isRefused = this.samples.length === 0 && !this.damaged && this.silent === 0 && !explores;
    return this.asked === 0 || isRefused ? IN_VAIN_PAUSE : 0;
  }

  answered(): void {
    this.answers += 1;
    this.inRow = 0;
  }
}
