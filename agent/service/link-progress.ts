import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import type { Instant } from '../clock/clock.ts';
import type { Progress } from '../lifecycle/progress.ts';
import type { LinkListener } from '../link/link.ts';

/** For what an attempt does beside waiting: credentials from the disk, the end of the connection before. */
const SLACK = 10_000;

export interface LinkProgressOptions {
  readonly now: () => Instant;
  /** The longest attempt to connect. */
  readonly attempt: Duration;
  /** The longest pause between two of them. */
  readonly pause: Duration;
  /** How many brokers are tried in turn. */
  readonly brokers: number;
}

/**
 * Whether the link goes on trying: without a broker each attempt must end, and the next one follow, within the bounds
 * of the config. That they fail is no matter. While it is connected, its traffic is the evidence (`PumpProgress`).
 */
export class LinkProgress implements Progress, LinkListener {
  readonly name = 'broker link';
  readonly #now: () => Instant;
  readonly #bound: Duration;
  #due: Instant = Number.POSITIVE_INFINITY;

  constructor({ now, attempt, pause, brokers }: LinkProgressOptions) {
    this.#now = now;
    this.#bound = milliseconds(Math.max(1, brokers) * attempt + pause + SLACK);
  }

  /** The link has been started. */
  start(): void {
    this.#due = this.#now() + this.#bound;
  }

  stuckFor(now: Instant): number {
    return Math.max(0, now - this.#due);
  }

  connected(): void {
    this.#due = Number.POSITIVE_INFINITY;
  }

  disconnected(): void {
    this.start();
  }

  failed(): void {
    this.start();
  }

  message(): void {}
}
