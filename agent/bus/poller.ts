import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { PolledMember } from './member.ts';
import { charged, NOTHING_OWED, nextTurn, type Turn, type TurnAccount, wantedAt } from './turn.ts';

/** It also looks around by itself this often, so that no wake-up can be lost for long. */
const LONGEST_IDLE: Duration = milliseconds(1000);

const PAUSE: Duration = milliseconds(10);

/** Polls the members of one bus, one at a time, as they fall due. */
export class Poller {
  readonly #clock: Clock;
  readonly #members: readonly PolledMember[];
  #idle: AbortController | undefined;
  #ledger: TurnAccount = NOTHING_OWED;
  /** Between two steps; undefined before the start and after the end. */
  #step: { readonly at: 'rest'; readonly until: Instant } | { readonly at: 'poll'; readonly from: Instant } | undefined;

  constructor(clock: Clock, members: readonly PolledMember[]) {
    this.#clock = clock;
    this.#members = members;
  }

  /** Something has changed that may make a member due. */
  wake(): void {
    this.#idle?.abort();
  }

  /**
   * For how long the next step is overdue, milliseconds.
   * @param longestAsk the most that one question of a poll may take, the wait for the line included
   * @param askedAt when a question last came to its end
   */
  overdue(now: Instant, longestAsk: number, askedAt: Instant): number {
    if (this.#step === undefined) return 0;
    const due = this.#step.at === 'rest' ? this.#step.until : Math.max(this.#step.from, askedAt) + longestAsk;
    return Math.max(0, now - due);
  }

  /** Until the signal aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.wake();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        const turn = nextTurn(this.#members, this.#ledger, this.#clock.now());
        // a member that is due but can't use the line must not turn this into a loop without a pause
        const used =
          turn.member === undefined ? await this.#aside(signal) : await this.#give(turn, turn.member, signal);
        if (!used && !signal.aborted) await this.#rest(turn.member === undefined ? 0 : PAUSE);
      }
    } finally {
      this.#step = undefined;
      signal.removeEventListener('abort', stop);
    }
  }

  async #give({ free }: Turn<PolledMember>, member: PolledMember, signal: AbortSignal): Promise<boolean> {
    const trust = member.trust();
    const cost = member.cost();
    const from = this.#clock.now();
    this.#step = { at: 'poll', from };
    const used = await member.poll(signal);
    if (used && member.trust() !== 'trusted') {
      const now = this.#clock.now();
      // commands that went ahead of it are not its fault
      const spent = Math.min(now - from, Math.max(cost, member.cost()));
      this.#ledger = charged(this.#ledger, trust, free, spent, now);
    }
    return used;
  }

  /** The line has nothing else to do: for what is never urgent. @returns whether anybody had such a thing */
  async #aside(signal: AbortSignal): Promise<boolean> {
    const from = this.#clock.now();
    const room = wantedAt(this.#members) - from;
    const member = this.#members.find((each) => each.wantsAside?.(room));
    if (member === undefined) return false;
    this.#step = { at: 'poll', from };
    await member.aside?.(room, signal);
    return true;
  }

  async #rest(least: number): Promise<void> {
    const now = this.#clock.now();
    const { at } = nextTurn(this.#members, this.#ledger, now);
    const wait = milliseconds(Math.max(least, Math.min(LONGEST_IDLE, at - now)));
    this.#step = { at: 'rest', until: now + wait };
    this.#idle = new AbortController();
    try {
      await this.#clock.sleep(wait, this.#idle.signal);
    } catch {
      // woken: there is something to do
    } finally {
      this.#idle = undefined;
    }
  }
}
