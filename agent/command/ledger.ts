import type { Instant } from '../clock/clock.ts';
import { LEDGER_ENTRIES, LEDGER_LENGTH, REPLY_LENGTH, WAITERS } from './limits.ts';

interface Entry {
  readonly expiresAt: number;
  /** Absent while the command runs. */
  reply: string | undefined;
  settledAt: Instant;
  size: number;
  waiters: ((reply: string) => void)[];
}

/** Both clocks: a request can come back until it has expired, and for as long as the wall clock alone may be wrong. */
export interface Now {
  readonly now: Instant;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

/**
 * The ids of the commands that were started, with their replies: a second request under the same id is answered from
 * here and executed never. Bounded by refusing new commands; an id that a request could still come under is never
 * forgotten. Everything else is kept for as long as there is room.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #maxAgeMs: number;
  readonly #limit: { readonly entries: number; readonly length: number };
  #length = 0;
  #forgotten = Number.NEGATIVE_INFINITY;

  constructor(maxAgeMs: number, limit = { entries: LEDGER_ENTRIES, length: LEDGER_LENGTH }) {
    this.#maxAgeMs = maxAgeMs;
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** UTF-16 units of ids and replies, with room kept for the replies still to come. */
  get length(): number {
    return this.#length;
  }

  /** What became of the id: its reply, `running`, or undefined for one that was never started. */
  find(id: string): { readonly reply: string } | 'running' | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    return entry.reply === undefined ? 'running' : { reply: entry.reply };
  }

  /**
   * Whether a command that expires then may have been here and been forgotten: the wall clock can be set back, and
   * what had expired would then be valid, and executed, again.
   */
  mayHaveForgotten(expiresAt: number): boolean {
    return expiresAt <= this.#forgotten;
  }

  /** Enters an id that is not here as running. False when there is no room: then it must not be executed. */
  open(id: string, expiresAt: number, time: Now): boolean {
    if (this.#entries.has(id)) return false;
    const size = id.length + REPLY_LENGTH;
    if (!this.#hasRoom(size)) this.#makeRoom(size, time);
    if (!this.#hasRoom(size)) return false;
    this.#entries.set(id, { expiresAt, reply: undefined, settledAt: time.now, size, waiters: [] });
    this.#length += size;
    return true;
  }

  /** Stores the reply and hands it to those who wait for it. The reply has at most {@link REPLY_LENGTH}. */
  settle(id: string, reply: string, now: Instant): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.reply !== undefined) return;
    entry.reply = reply;
    entry.settledAt = now;
    this.#length += id.length + reply.length - entry.size;
    entry.size = id.length + reply.length;
    const waiters = entry.waiters;
    entry.waiters = [];
    for (const waiter of waiters) waiter(reply);
  }

  /** Calls back with the reply of a running command. False when too many wait already. */
  wait(id: string, waiter: (reply: string) => void): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.reply !== undefined || entry.waiters.length >= WAITERS) return false;
    entry.waiters.push(waiter);
    return true;
  }

  #hasRoom(size: number): boolean {
    return this.#entries.size < this.#limit.entries && this.#length + size <= this.#limit.length;
  }

  #makeRoom(size: number, time: Now): void {
    for (const [id, entry] of this.#entries) {
      if (this.#hasRoom(size)) return;
      const settled = entry.reply !== undefined;
      if (!settled || time.wall < entry.expiresAt || time.now - entry.settledAt < this.#maxAgeMs) continue;
      this.#entries.delete(id);
      this.#length -= entry.size;
      this.#forgotten = Math.max(this.#forgotten, entry.expiresAt);
    }
  }
}
