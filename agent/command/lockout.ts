import { lstatSync } from 'node:fs';
import type { Clock, Instant } from '../clock/clock.ts';
import { LOCKOUT_FRESH } from './limits.ts';

/** The switch of the person on site: while this file exists no command is executed. /run is memory: it never blocks. */
export const LOCKOUT_FILE = '/run/fieldward/lockout';

export class Lockout {
  readonly #clock: Clock;
  readonly #path: string;
  #lookedAt: Instant = Number.NEGATIVE_INFINITY;
  #engaged = true;

  constructor(clock: Clock, path: string) {
    this.#clock = clock;
    this.#path = path;
  }

  /** Looks at most once per {@link LOCKOUT_FRESH}, so that a flood of requests is no flood of system calls. */
  get engaged(): boolean {
    const now = this.#clock.now();
    if (now - this.#lookedAt >= LOCKOUT_FRESH) {
      this.#lookedAt = now;
      this.#engaged = exists(this.#path);
    }
    return this.#engaged;
  }
}

/** Where it can not be told, somebody may have set it: a link to nowhere and an unreadable folder count as set. */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
