import { existsSync } from 'node:fs';
import type { Clock, ClockState, Instant } from '../clock/clock.ts';

/** A clock before this was never set: the first version is younger. */
const EARLIEST = Date.UTC(2026, 0, 1);
const LOOK_EVERY = 60_000;

export interface ClockPaths {
  /** Kept by systemd-timesyncd: the file is there once it has set the clock (systemd-timesyncd.service(8)). */
  readonly timesync: string;
  readonly synchronized: string;
  readonly chrony: string;
}

const SYSTEM: ClockPaths = {
  timesync: '/run/systemd/timesync',
  synchronized: '/run/systemd/timesync/synchronized',
  chrony: '/run/chrony',
};

/** Looks at most once a minute, and only when asked: three looks into a file system in memory. */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #paths: ClockPaths;
  #state: ClockState = 'unknown';
  #lookAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, paths: ClockPaths = SYSTEM) {
    this.#clock = clock;
    this.#paths = paths;
  }

  get state(): ClockState {
    if (this.#clock.wall() < EARLIEST) return 'unsynchronized';
    const now = this.#clock.now();
    if (now >= this.#lookAt) {
      this.#lookAt = now + LOOK_EVERY;
      this.#state = look(this.#paths);
    }
    return this.#state;
  }
}

function look({ timesync, synchronized, chrony }: ClockPaths): ClockState {
  if (existsSync(synchronized)) return 'synchronized';
  if (existsSync(chrony)) return 'unknown';
  return existsSync(timesync) ? 'unsynchronized' : 'unknown';
}
