import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { PolledMember } from './member.ts';

/** It also looks around by itself this often, so that no wake-up can be lost for long. */
const LONGEST_IDLE: Duration = milliseconds(1000);

const PAUSE: Duration = milliseconds(10);

/** Whose turn it is: who has waited longest beyond his due time. `undefined`: nobody is due. */
export function mostOverdue(members: readonly PolledMember[], now: Instant): PolledMember | undefined {
  let chosen: PolledMember | undefined;
  let least: Instant = now;
  for (const member of members) {
    const dueAt = member.dueAt();
    if (dueAt <= now && (chosen === undefined || dueAt < least)) {
      chosen = member;
      least = dueAt;
    }
  }
  return chosen;
}

/** Polls the members of one bus, one at a time, as they fall due. */
export class Poller {
  readonly #clock: Clock;
  readonly #members: readonly PolledMember[];
  #idle: AbortController | undefined;

  constructor(clock: Clock, members: readonly PolledMember[]) {
    this.#clock = clock;
    this.#members = members;
  }

  /** Something has changed that may make a member due. */
  wake(): void {
    this.#idle?.abort();
  }

  /** Until the signal aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.wake();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        const next = mostOverdue(this.#members, this.#clock.now());
        // a member that is due but can't use the line must not turn this into a loop without a pause
        const used = next !== undefined && (await next.poll(signal));
        if (!used && !signal.aborted) await this.#rest(next === undefined ? 0 : PAUSE);
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #rest(least: number): Promise<void> {
    const now = this.#clock.now();
    const dueAt = this.#members.reduce(
      (soonest, member) => Math.min(soonest, member.dueAt()),
      Number.POSITIVE_INFINITY,
    );
    this.#idle = new AbortController();
    try {
      await this.#clock.sleep(milliseconds(Math.max(least, Math.min(LONGEST_IDLE, dueAt - now))), this.#idle.signal);
    } catch {
      // woken: there is something to do
    } finally {
      this.#idle = undefined;
    }
  }
}
