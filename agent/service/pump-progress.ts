import type { Instant } from '../clock/clock.ts';
import type { Progress } from '../lifecycle/progress.ts';

/**
 * An unanswered publish ends the connection after 20 s, and a disk that is slow to give readings back deserves a
 * minute more. Nobody but a pump that lost its way needs longer.
 */
const PATIENCE = 120_000;

export interface Pump {
  readonly connected: boolean;
  /** The broker does not take the oldest reading now: it is tried again, ever more slowly. */
  readonly refused: boolean;
  /** Readings taken in, held and dropped, since the start. */
  readonly taken: number;
  readonly held: number;
  readonly dropped: number;
}

/**
 * Whether readings leave the outbox while the broker is there and takes them. It is looked at from outside, by what the
 * outbox counts, so that no mistake inside the pump can make it look well.
 */
export class PumpProgress implements Progress {
  readonly name = 'outbox';
  readonly #read: () => Pump;
  #left = Number.NaN;
  #movedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(read: () => Pump) {
    this.#read = read;
  }

  stuckFor(now: Instant): number {
    const { connected, refused, taken, held, dropped } = this.#read();
    // only readings that the broker has acknowledged count here, not appended or dropped ones
    const left = taken - held - dropped;
    if (!connected || refused || held === 0 || left !== this.#left) this.#movedAt = now;
    this.#left = left;
    return Math.max(0, now - this.#movedAt - PATIENCE);
  }
}
