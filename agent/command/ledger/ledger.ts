import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Instant } from '../../clock/clock.ts';
import { LEDGER_ENTRIES, LEDGER_LENGTH, REPLY_LENGTH, WAITERS } from '../limits.ts';
import { buildReply } from '../reply/reply.ts';
import { givenAs } from '../request/pending-request.ts';
import { boundedReply, boundedTogether } from './bounded-reply.ts';
import type { LedgerJournal } from './journal.ts';
import { type LedgerRecord, splitId } from './records.ts';

interface Entry {
  readonly expiresAt: number;
  /** Absent while the command runs. */
  reply: string | undefined;
  settledAt: Instant;
  size: number;
  waiters: ((reply: string) => void)[];
}

/** So often at the most a line on disk says up to where requests count as expired. */
const FLOOR_EVERY = milliseconds(1000);

/** Both clocks: a request can come back until it has expired, and for as long as the wall clock alone may be wrong. */
export interface Now {
  readonly now: Instant;
  /** Milliseconds since 1970. */
  readonly wall: number;
}

export interface LedgerOptions {
  /** Absent: in memory only, and after a restart every request is new. */
  readonly journal?: LedgerJournal | undefined;
  readonly limit?: { readonly entries: number; readonly length: number };
}

/** A command that was on its way when the agent died. */
export interface Interrupted {
  /** As in its request. */
  readonly id: string;
  /** The key that signed it. */
  readonly key: string | undefined;
  /** The reply to every request under the id: outcome `unknown`, `command/interrupted`. */
  readonly reply: string;
}

/**
 * The ids of the commands that were started, with their replies: a second request under the same id is answered from
 * here and executed never, also after a restart where there is a journal. Bounded by refusing new commands; an id that
 * a request could still come under is never forgotten. Everything else is kept for as long as there is room.
 * A signed request is entered as `KEY/ID`, so that nobody without the key can use up its id.
 */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  readonly #maxAgeMs: number;
  readonly #journal: LedgerJournal | undefined;
  readonly #limit: { readonly entries: number; readonly length: number };
  readonly #interrupted: Interrupted[] = [];
  #length = 0;
  #forgotten = Number.NEGATIVE_INFINITY;
  /** The time in the newest line of {@link Ledger.refusedAsExpired}. */
  #floorOnDisk = Number.NEGATIVE_INFINITY;
  /** Calls off the next such line; absent while none is due. */
  #floorDue: (() => void) | undefined;

  constructor(maxAgeMs: number, options: LedgerOptions = {}) {
    this.#maxAgeMs = maxAgeMs;
    this.#journal = options.journal;
    this.#limit = options.limit ?? { entries: LEDGER_ENTRIES, length: LEDGER_LENGTH };
    const journal = options.journal;
    journal?.keep({ take: (records) => this.#take(records, journal), records: () => this.#records() });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** UTF-16 units of ids and replies, with room kept for the replies still to come. */
  get length(): number {
    return this.#length;
  }

  /** Whether what is recorded now will be known after a restart. */
  get durable(): boolean {
    return this.#journal?.durable ?? false;
  }

  /** Whether the clock is behind what was recorded before the start. */
  get clockBehind(): boolean {
    return this.#journal?.clockBehind ?? false;
  }

  /**
   * Takes in what is on disk, before the first request. Where that can't be read, or is damaged, everything that may
   * have been in it counts as expired.
   * @returns what was running when the agent died
   */
  async restore(signal: AbortSignal): Promise<readonly Interrupted[]> {
    await this.#journal?.open(signal);
    return [...this.#interrupted];
  }

  /** The state of the id: its reply, `running`, or undefined for one that was never started. */
  find(id: string): { readonly reply: string } | 'running' | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    return entry.reply === undefined ? 'running' : { reply: entry.reply };
  }

  /**
   * Whether a command that expires then may have been here and been forgotten: the wall clock can be set back, and an
   * expired command would then be valid, and executed, again. A damaged file may have had it, too.
   */
  mayHaveForgotten(expiresAt: number): boolean {
    return expiresAt <= this.#forgotten;
  }

  /**
   * A request that expires then was refused as expired. Should the clock be set back, that request and all older ones stay
   * expired, also after a restart. The first such news goes to disk at once, and further ones once a second: a flood of
   * expired requests must not wear the flash.
   */
  refusedAsExpired(expiresAt: number): void {
    if (!(expiresAt > this.#forgotten)) return;
    this.#forgotten = expiresAt;
    if (this.#journal === undefined || this.#floorDue !== undefined) return;
    this.#writeFloor(this.#journal);
  }

  /** Enters an id that is not here as running. False when there is no room: then it must not be executed. */
  open(id: string, expiresAt: number, time: Now): boolean {
    if (this.#entries.has(id)) return false;
    const size = id.length + REPLY_LENGTH;
    if (!this.#hasRoom(size)) this.#makeRoom(size, time);
    if (!this.#hasRoom(size)) return false;
    this.#enter(id, expiresAt, time.now);
    return true;
  }

  /**
   * Settles once the open id is on disk: only then may its command act. Without a journal at once.
   * @throws Fault `command/not-recorded`
   */
  async record(id: string): Promise<void> {
    if (this.#journal === undefined) return;
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Fault('command/not-recorded');
    await this.#journal.record({ kind: 'started', id, expiresAt: entry.expiresAt });
  }

  /**
   * Stores the reply and hands it to the requests that wait for it. The reply has at most {@link REPLY_LENGTH}. It goes
   * to disk without anybody waiting: if it is lost there, the command counts as interrupted.
   */
  settle(id: string, reply: string, now: Instant): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.reply !== undefined) return;
    this.#store(id, entry, reply, now);
    this.#journal?.append(boundedReply({ kind: 'settled', id, expiresAt: entry.expiresAt, reply }));
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

  /** Writes what waits. From then on nothing can be recorded. Safe twice. */
  async close(signal: AbortSignal): Promise<void> {
    this.#floorDue?.();
    this.#floorDue = undefined;
    if (this.#journal !== undefined && this.#forgotten > this.#floorOnDisk) this.#appendFloor(this.#journal);
    await this.#journal?.close(signal);
  }

  #writeFloor(journal: LedgerJournal): void {
    this.#appendFloor(journal);
    this.#floorDue = journal.clock.at(journal.clock.now() + FLOOR_EVERY, () => {
      this.#floorDue = undefined;
      if (this.#forgotten > this.#floorOnDisk) this.#writeFloor(journal);
    });
  }

  #appendFloor(journal: LedgerJournal): void {
    const expiresAt = this.#forgotten;
    journal.append({ kind: 'forgotten', expiresAt });
    this.#floorOnDisk = expiresAt;
  }

  #enter(id: string, expiresAt: number, now: Instant): Entry {
    const size = id.length + REPLY_LENGTH;
    const entry: Entry = { expiresAt, reply: undefined, settledAt: now, size, waiters: [] };
    this.#entries.set(id, entry);
    this.#length += size;
    return entry;
  }

  #store(id: string, entry: Entry, reply: string, now: Instant): void {
    entry.reply = reply;
    entry.settledAt = now;
    this.#length += id.length + reply.length - entry.size;
    entry.size = id.length + reply.length;
  }

  #forget(id: string, { size, expiresAt }: Entry): void {
    this.#entries.delete(id);
    this.#length -= size;
    this.#forgotten = Math.max(this.#forgotten, expiresAt);
  }

  #hasRoom(size: number): boolean {
    return this.#entries.size < this.#limit.entries && this.#length + size <= this.#limit.length;
  }

  #makeRoom(size: number, time: Now): void {
    for (const [id, entry] of this.#entries) {
      if (this.#hasRoom(size)) return;
      const settled = entry.reply !== undefined;
      if (!settled || time.wall < entry.expiresAt || time.now - entry.settledAt < this.#maxAgeMs) continue;
      this.#forget(id, entry);
    }
  }

  /** The monotonic clock starts anew with each start: an entry from disk counts as settled just now. */
  #take(records: readonly LedgerRecord[], { clock }: LedgerJournal): void {
    const now = clock.now();
    for (const [id, { expiresAt, reply }] of latestOfEach(records)) {
      // Where the disk was late, ours is newer; it is not executed again either way.
      if (this.#entries.has(id)) continue;
      const request = splitId(id);
      const known = reply ?? interruption(request.id, clock.wall());
      this.#store(id, this.#enter(id, expiresAt, now), known, now);
      if (reply === undefined) this.#interrupted.push({ ...request, reply: known });
    }
    for (const record of records)
      if (record.kind === 'forgotten') this.#forgotten = Math.max(this.#forgotten, record.expiresAt);
    // A file with more than there is room for: an entry that must go makes requests of its age count as expired.
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= this.#limit.entries && this.#length <= this.#limit.length) return;
      if (entry.reply !== undefined) this.#forget(id, entry);
    }
  }

  #records(): readonly LedgerRecord[] {
    const forgotten = this.#forgotten;
    const entries = [...this.#entries];
    const running = entries.filter(([, { reply }]) => reply === undefined);
    const settled = entries.flatMap(([id, { expiresAt, reply }]) =>
      reply === undefined ? [] : [{ kind: 'settled' as const, id, expiresAt, reply }],
    );
    return [
      ...(forgotten > 0 ? [{ kind: 'forgotten' as const, expiresAt: forgotten }] : []),
      ...boundedTogether(settled),
      ...running.map(([id, { expiresAt }]) => ({ kind: 'started' as const, id, expiresAt })),
    ];
  }
}

/** An id that was forgotten may have come again, and then with a later expiry. */
function latestOfEach(records: readonly LedgerRecord[]): ReadonlyMap<string, Pick<Entry, 'expiresAt' | 'reply'>> {
  const latest = new Map<string, Pick<Entry, 'expiresAt' | 'reply'>>();
  for (const record of records) {
    if (record.kind !== 'started' && record.kind !== 'settled') continue;
    const { id, expiresAt } = record;
    const before = latest.get(id)?.expiresAt ?? Number.NEGATIVE_INFINITY;
    if (record.kind === 'settled' && expiresAt >= before) latest.set(id, { expiresAt, reply: record.reply });
    else if (expiresAt > before) latest.set(id, { expiresAt, reply: undefined });
  }
  return latest;
}

function interruption(known: string, wall: number): string {
  return buildReply(givenAs(known), { outcome: 'unknown', fault: 'command/interrupted' }, wall).payload;
}
