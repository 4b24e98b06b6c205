import { type Exchange, LONGEST_QUIET } from '../../drivers/contract/dialogue.ts';
import type { Instant } from '../clock/clock.ts';

export interface QuietOptions {
  /** Silence between any two requests, milliseconds. */
  readonly gap: number;
  /** No operation gets the line for good before this instant. */
  readonly hold: (until: Instant) => void;
  /** When the line may be used by the next operation. */
  readonly heldUntil: () => Instant;
}

/**
 * The silence of one line: of the configured gap and of what the protocols need the longer. A silence that one protocol
 * needs is kept before all: by it the devices know where a frame of another begins.
 */
export class Quiet {
  readonly #options: QuietOptions;
  #since: Instant = Number.NEGATIVE_INFINITY;
  #span = 0;

  constructor(options: QuietOptions) {
    this.#options = options;
  }

  /** The longest silence that any protocol here has needed so far, milliseconds. */
  get span(): number {
    return this.#span;
  }

  /** The line was in use until then: a character, a break, or a request that nobody answered. */
  usedUntil(instant: Instant): void {
    this.#since = Math.max(this.#since, instant);
    this.#options.hold(this.#since + this.#span);
  }

  /**
   * When this may be sent, given when the line was used last.
   * @param within it is not the first of its dialogue: no gap has been kept for it yet
   */
  before(exchange: Exchange<unknown>, within: boolean): (usedUntil: Instant) => Instant {
    this.#span = Math.max(this.#span, Math.min(exchange.quietBefore ?? 0, LONGEST_QUIET));
    const { gap, heldUntil } = this.#options;
    const span = within ? Math.max(gap, this.#span) : this.#span;
    return (usedUntil) => Math.max(heldUntil(), Math.max(this.#since, usedUntil) + span);
  }
}
