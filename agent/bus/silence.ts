import type { Instant } from '../clock/clock.ts';
import type { Line } from './line.ts';

/** A port that stays silent is opened anew no more seldom than this, milliseconds: that costs a connection an hour. */
const LONGEST_PAUSE = 3_600_000;

/** How long a port may be silent: longer each time that opening it anew was of no use. */
export class Silence {
  readonly #first: number;
  #renewals = 0;

  /** @param first milliseconds; 0: it may be silent for ever */
  constructor(first: number) {
    this.#first = first;
  }

  /**
   * @param heard anything has come since the opening
   * @param since when there was first something to be heard; undefined: there is nothing
   */
  isTooLong(heard: boolean, since: Instant | undefined, now: Instant): boolean {
    if (heard) this.#renewals = 0;
    if (this.#first === 0 || since === undefined) return false;
    const pause = Math.min(Math.max(this.#first, LONGEST_PAUSE), this.#first * 2 ** this.#renewals);
    return now - since >= pause;
  }

  /** @returns how often it has been opened anew in vain, this time included */
  renewed(): number {
    this.#renewals += 1;
    return this.#renewals;
  }
}

/**
 * Whether the end of a connection that the server closed in order is no fault: it has brought something, or nothing was
 * asked of it. One that is closed again and again before anything was asked is none.
 * @param talks something is to come unasked
 * @param attempts openings in a row that came to nothing
 */
export function isGoodbye(line: Pick<Line, 'heard' | 'sender'>, talks: boolean, attempts: number): boolean {
  return line.heard || (line.sender.requests === 0 && !talks && attempts === 0);
}
