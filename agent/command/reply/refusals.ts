import type { FaultCode } from '../../../drivers/contract/faults.ts';
import type { Instant } from '../../clock/clock.ts';
import { TokenBucket } from '../../clock/token-bucket.ts';
import type { LedgerJournal } from '../ledger/journal.ts';
import type { LedgerRecord } from '../ledger/records.ts';
import { REFUSALS, REFUSALS_RECORDED } from '../limits.ts';

interface Entry {
  readonly code: FaultCode;
  readonly until: Instant;
  /** Whether it is on disk, or on its way there. */
  readonly recorded: boolean;
}

export interface RefusedRepliesOptions {
  /** The ledger's; absent: in memory only. */
  readonly journal?: LedgerJournal | undefined;
  readonly limit?: number;
}

/**
 * The ids of refused requests: a client that was told `refused` must not see a second copy of the same request act,
 * once the switch is off or the rate has room again, or the agent has started anew. Apart from the ledger, so that
 * refusing costs it no room. When it is full the oldest is forgotten: its request may then still run, but only once. On
 * disk are those of requests that were valid, up to a rate, and nobody waits for the disk: a power cut costs the
 * latest.
 */
export class RefusedReplies {
  readonly #entries = new Map<string, Entry>();
  readonly #maxAgeMs: number;
  readonly #limit: number;
  readonly #journal: LedgerJournal | undefined;
  readonly #rate: TokenBucket | undefined;

  constructor(maxAgeMs: number, { journal, limit = REFUSALS }: RefusedRepliesOptions = {}) {
    this.#maxAgeMs = maxAgeMs;
    this.#limit = limit;
    this.#journal = journal;
    if (journal === undefined) return;
    this.#rate = new TokenBucket(REFUSALS_RECORDED, journal.clock.now());
    journal.keep({ take: (records) => this.#take(records, journal), records: () => this.#records(journal) });
  }

  get size(): number {
    return this.#entries.size;
  }

  find(id: string, now: Instant): FaultCode | undefined {
    const entry = this.#entries.get(id);
    return entry !== undefined && now < entry.until ? entry.code : undefined;
  }

  /** @param validFor milliseconds for which the refused request says it is valid; at least `maxAgeMs` is kept */
  add(id: string, code: FaultCode, validFor: number, now: Instant): void {
    // A request that was not valid, or could not be read, is no danger after a restart either.
    const recorded = validFor > 0 && (this.#rate?.take(now) ?? false);
    const span = Math.max(this.#maxAgeMs, validFor);
    this.#enter(id, { code, until: now + span, recorded });
    if (recorded) this.#journal?.append({ kind: 'refused', id, code, until: this.#journal.clock.wall() + span });
  }

  #enter(id: string, entry: Entry): void {
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    if (this.#entries.size <= this.#limit) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  /** The wall clock may have been set meanwhile: each is kept for `maxAgeMs` from now at least. */
  #take(records: readonly LedgerRecord[], { clock }: LedgerJournal): void {
    for (const record of records) {
      if (record.kind !== 'refused' || this.#entries.has(record.id)) continue;
      const span = Math.max(this.#maxAgeMs, record.until - clock.wall());
      this.#enter(record.id, { code: record.code, until: clock.now() + span, recorded: true });
    }
  }

  #records({ clock }: LedgerJournal): readonly LedgerRecord[] {
    const now = clock.now();
    return [...this.#entries].flatMap(([id, { code, until, recorded }]) =>
      recorded && now < until ? [{ kind: 'refused' as const, id, code, until: clock.wall() + until - now }] : [],
    );
  }
}
