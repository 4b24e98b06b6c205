import { ASKED_AT_MOST, heldMs, type LinePace } from '../../../config/budget/dialogue-cost.ts';
import { type Dialogue, MOST_TOLD } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { ToldIdentity } from '../../../drivers/contract/identity.ts';
import type { Dialogues } from '../../bus/bus.ts';
import type { Asker, Outcome } from '../../bus/dialogue/inquiry.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import type { LineAccess } from '../polling/line-access.ts';

/** A device that came back, or did not answer the question, is not asked again what it is before this, milliseconds. */
export const ASKED_AGAIN_AFTER = 3_600_000;

/** So many questions in a row that are not answered say that it does not tell. */
const MOST_UNANSWERED = 3;

/** After so long without a free stretch of the line a question takes the time of repeats that a poll has not needed. */
export const PATIENCE = 60_000;

/** After a question that was not put: the line was not to be had, or would not have been free for long enough. */
const PUT_OFF = 1000;

export interface IdentityAskingOptions {
  readonly device: Pick<PollDevice, 'identify'>;
  readonly asker: Asker;
  readonly line: LineAccess;
  readonly clock: Clock;
  readonly pace: LinePace;
  /** No dialogue may hold the line for longer, milliseconds. */
  readonly maxRunMs: number;
  /** Absent: {@link PATIENCE}. */
  readonly patienceMs?: number | undefined;
  /** Hears what the device says of itself. */
  readonly told: (identity: ToldIdentity | undefined) => void;
}

/**
 * When a device is asked for its identity: once after its first good reading, and again when it came back, at most once
 * an hour. It takes nothing of the line that anybody else has been promised: a stretch in which nobody is due, or,
 * where there has been none for a minute, the part of its own longest time (`worstPollMs`) that the poll that has just
 * ended has not used.
 */
export class IdentityAsking {
  readonly #options: IdentityAskingOptions;
  readonly #dialogues: Dialogues;
  /** The next question; undefined where there is none. */
  #next: Dialogue | undefined;
  #further = 0;
  /** The longest that the first question may hold the line: none that follows takes more. */
  #most = 0;
  #unanswered = 0;
  #notBefore: Instant = Number.NEGATIVE_INFINITY;
  #wantsSince: Instant = 0;
  /** Since the device came: it has given a good reading, and its questions were made of that. */
  #begun = false;
  /** It has refused, or can't be asked: for good. */
  #isOver = false;

  constructor(options: IdentityAskingOptions) {
    this.#options = options;
    this.#dialogues = options.line.register('poll', options.asker);
  }

  /** It has given a good reading. */
  good(): void {
    if (this.#begun || this.#isOver) return;
    this.#begun = true;
    try {
      this.#next = this.#options.device.identify?.();
    } catch {
      // told already, as all that a driver throws
    }
    this.#isOver = this.#next === undefined;
    this.#further = 0;
    this.#unanswered = 0;
    this.#most = this.#next === undefined ? 0 : this.#holds(this.#next);
    this.#wantsSince = Math.max(this.#options.clock.now(), this.#notBefore);
  }

  /** It is offline: when it is back it may be another one. */
  gone(): void {
    this.#begun = false;
    this.#next = undefined;
  }

  /** @param until from when on the line is wanted by others */
  fits(until: Instant): boolean {
    const { line, asker, clock, maxRunMs } = this.#options;
    const next = this.#next;
    if (next === undefined || this.#notBefore > clock.now()) return false;
    const holds = this.#holds(next);
    // it may be this very instant, and the clock goes on
    const readyAt = line.mayAskAt(asker, next);
    const now = clock.now();
    return now + holds <= until && holds <= maxRunMs && readyAt <= now;
  }

  /** Whether it has waited for so long that it may take the time of a poll's repeats. */
  isPatienceOver(): boolean {
    const { clock, patienceMs = PATIENCE } = this.#options;
    return this.#next !== undefined && clock.now() - this.#wantsSince >= patienceMs;
  }

  /** The time that one run of a poll's dialogue leaves over of its time in `check`: that of its other runs, milliseconds. */
  allowance(dialogue: Dialogue): number {
    return ASKED_AT_MOST * this.#holds(dialogue);
  }

  /** Puts the next question. Never throws. */
  async ask(until: Instant, signal: AbortSignal): Promise<void> {
    const { line, clock } = this.#options;
    const dialogue = this.#next;
    if (dialogue === undefined) return;
    const begins = () => {
      // a command may have gone first
      if (clock.now() + this.#holds(dialogue) > until) throw new Fault('bus/answer-pending');
    };
    let outcome: Outcome;
    try {
      outcome = await line.ask(this.#dialogues, { dialogue, begins }, signal);
    } catch {
      this.#notBefore = clock.now() + PUT_OFF;
      return;
    }
    // it may have gone meanwhile
    if (this.#next === dialogue) this.#settle(outcome);
  }

  #settle(outcome: Outcome): void {
    const now = this.#options.clock.now();
    this.#notBefore = now + ASKED_AGAIN_AFTER;
    if (outcome.ok) {
      this.#options.told(outcome.identity);
      this.#unanswered = 0;
      this.#next = this.#follows(outcome.further);
      // the rest belongs to what was told
      if (this.#next !== undefined) this.#notBefore = now;
      this.#wantsSince = now;
    } else if (outcome.consequence === 'refused') {
      this.#next = undefined;
      this.#isOver = this.#further === 0;
    } else {
      this.#unanswered += 1;
      this.#wantsSince = this.#notBefore;
      if (this.#unanswered === MOST_UNANSWERED) this.#next = undefined;
    }
  }

  #follows(further: Dialogue | undefined): Dialogue | undefined {
    if (further === undefined || this.#further === MOST_TOLD || this.#holds(further) > this.#most) return undefined;
    this.#further += 1;
    return further;
  }

  #holds(dialogue: Dialogue): number {
    return heldMs(dialogue, this.#options.pace) + this.#options.pace.gapMs;
  }
}
