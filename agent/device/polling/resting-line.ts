import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { Dialogues } from '../../bus/bus.ts';
import type { Asker, Inquiry, Outcome } from '../../bus/dialogue/inquiry.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import { timeouts } from './extent.ts';
import type { LineAccess } from './line-access.ts';

export interface RestingLineOptions {
  readonly line: LineAccess;
  readonly clock: Clock;
  /** Milliseconds from the end of one dialogue with the device to the next question to it. */
  readonly minGapMs: number;
  /** Its poll is due and expected to be answered. */
  readonly wantsPoll: () => boolean;
}

/** Nothing for a device that need not rest. */
export function restingLine(
  {
    line,
    clock,
    minGapMs = 0,
  }: Pick<RestingLineOptions, 'line' | 'clock'> & { readonly minGapMs?: number | undefined },
  wantsPoll: () => boolean,
): RestingLine | undefined {
  return minGapMs === 0 ? undefined : new RestingLine({ line, clock, minGapMs, wantsPoll });
}

interface Gate {
  open(): void;
  close(fault: Fault): void;
}

/**
 * The line as a device has it that must rest between two questions. The others have the line meanwhile: a command waits
 * in the throttle without being in the way, and a poll stops after each question until the poller comes back to it.
 * Commands and polls of the device take turns, so that neither can keep the other from it.
 */
export class RestingLine implements LineAccess {
  readonly #options: RestingLineOptions;
  readonly #polls = new Set<Dialogues>();
  /** The question that has the line; from its end on the device rests. */
  #running: Inquiry | undefined;
  #restsUntil: Instant = Number.NEGATIVE_INFINITY;
  /** A command was the last to ask. */
  #commandWas = false;
  /** A question of its poll is in the throttle's queue. */
  #pollQueued = false;
  #commandsQueued = 0;
  /** The poll under way, also while the device rests. */
  #poll: Promise<unknown> | undefined;
  /** Where the poll waits while the device rests. */
  #gate: Gate | undefined;
  #toRest: (() => void) | undefined;
  #asked = false;
  #spoke = false;
  /** Until then the answer to its last question may come late, be it of a command. */
  #lateUntil: Instant = Number.NEGATIVE_INFINITY;

  constructor(options: RestingLineOptions) {
    this.#options = options;
  }

  /** When its poll may ask next; infinity while the device is being asked, and while it is a command's turn. */
  get pollReadyAt(): Instant {
    const commandsTurn = this.#commandsQueued > 0 && !this.#commandWas;
    return commandsTurn ? Number.POSITIVE_INFINITY : this.#readyAt;
  }

  /** A poll has begun and waits for the device's rest to end. */
  get interrupted(): boolean {
    return this.#poll !== undefined;
  }

  /** The last stretch of the poll sent a question. */
  get asked(): boolean {
    return this.#asked;
  }

  /** Its last question was answered, and the answer was not damaged. */
  get spoke(): boolean {
    return this.#spoke;
  }

  register(lane: 'command' | 'poll', asker: Asker): Dialogues {
    const readyAt = lane === 'command' ? () => this.#commandReadyAt() : undefined;
    const dialogues = this.#options.line.register(lane, asker, readyAt);
    if (lane === 'poll') this.#polls.add(dialogues);
    return dialogues;
  }

  async ask(dialogues: Dialogues, inquiry: Inquiry, signal: AbortSignal): Promise<Outcome> {
    const isPoll = this.#polls.has(dialogues);
    if (isPoll) await this.#rested();
    if (!isPoll) this.#commandsQueued += 1;
    const begins = () => {
      // its late answer may have come while this waited
      if (this.#readyAt > this.#options.clock.now()) throw new Fault('bus/answer-pending');
      inquiry.begins?.();
      this.#running = inquiry;
      this.#spoke = false;
      this.#commandWas = !isPoll;
      if (isPoll) this.#asked = true;
      else this.#commandsQueued -= 1;
    };
    try {
      const outcome = await this.#options.line.ask(dialogues, { ...inquiry, begins }, signal);
      const heard = outcome.ok || outcome.answered;
      this.#lateUntil = heard ? Number.NEGATIVE_INFINITY : this.#options.clock.now() + outcome.lateWithin;
      this.#spoke = outcome.ok || (outcome.answered && outcome.consequence !== 'damaged');
      return outcome;
    } catch (thrown) {
      const sent = this.#running === inquiry && toFault(thrown).code !== 'port/not-open';
      if (sent) this.#lateUntil = this.#options.clock.now() + timeouts(inquiry.dialogue);
      throw thrown;
    } finally {
      if (this.#running === inquiry) {
        this.#running = undefined;
        this.#restsUntil = this.#options.clock.now() + this.#options.minGapMs;
      } else if (!isPoll) {
        this.#commandsQueued -= 1;
      }
      if (isPoll) this.#pollQueued = false;
      this.wake();
    }
  }

  mayAskAt(asker: Asker, dialogue: Dialogue): Instant {
    return this.#options.line.mayAskAt(asker, dialogue);
  }

  cameLate(asker: Asker, dialogue: Dialogue): boolean {
    return this.#options.line.cameLate(asker, dialogue);
  }

  wake(): void {
    this.#options.line.wake();
  }

  /**
   * Begins a poll, or goes on with the one that has begun.
   * @returns what the poll brought; nothing where the device must rest before its next question
   */
  async stretch<T>(poll: () => Promise<T>): Promise<T | undefined> {
    this.#asked = false;
    const rests = new Promise<undefined>((resolve) => {
      this.#toRest = () => resolve(undefined);
    });
    const begun = (this.#poll as Promise<T> | undefined) ?? poll();
    this.#poll = begun;
    this.#gate?.open();
    this.#gate = undefined;
    const over = () => {
      if (this.#poll === begun) this.#poll = undefined;
    };
    try {
      return await Promise.race([begun.finally(over), rests]);
    } finally {
      this.#toRest = undefined;
      this.wake();
    }
  }

  /** The answers of a poll so far are of no use any more. */
  abandon(): void {
    this.#poll = undefined;
    this.#gate?.close(new Fault('internal/cancelled'));
    this.#gate = undefined;
  }

  get #readyAt(): Instant {
    if (this.#running) return Number.POSITIVE_INFINITY;
    // unasked bytes may be the answer that did not come in time: it rests from there. Later they are another's
    const strayAt = Math.min(this.#options.line.strayAt ?? Number.NEGATIVE_INFINITY, this.#lateUntil);
    return Math.max(this.#restsUntil, strayAt + this.#options.minGapMs);
  }

  #commandReadyAt(): Instant {
    const pollsTurn = this.#pollQueued || (this.#commandWas && this.#options.wantsPoll());
    return pollsTurn ? Number.POSITIVE_INFINITY : this.#readyAt;
  }

  /** Gives the turn back to the poller as long as the device has to rest. */
  async #rested(): Promise<void> {
    while (this.#readyAt > this.#options.clock.now()) {
      await new Promise<void>((open, close) => {
        this.#gate = { open, close };
        this.#toRest?.();
      });
    }
    // at once, lest a command begins before the poll is in the queue
    this.#pollQueued = true;
  }
}
