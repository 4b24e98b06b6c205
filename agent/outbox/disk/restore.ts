import { Fault } from '../../../drivers/contract/fault.ts';
import type { OutboxReaders } from '../readers.ts';
import type { OutboxRecovery } from '../segments/recover.ts';
import type { Segment } from '../segments/segment.ts';
import type { Retention } from './retention.ts';
import type { Spool } from './spool.ts';

export interface RestoreSetup {
  readonly side: Spool;
  readonly holdings: Retention;
  readonly recovery: OutboxRecovery;
  readonly readers: OutboxReaders;
  /** The newest number that came in this run; 0: none. */
  readonly appended: () => number;
  /** The newest number on disk is known: 0 where there is none. */
  readonly onLast: (seq: number) => void;
  /** There is more to hand out. */
  readonly onMore: () => void;
}

/**
 * Brings back the records that earlier runs left on disk, oldest first, a file at a time. Each can be sent as soon as
 * it is found. New records wait in memory behind them until the last one is found: else they would be acknowledged over
 * those before them.
 */
export class Restore {
  readonly #setup: RestoreSetup;
  #isLastKnown = false;
  #isForeign = false;
  #isOver = false;

  constructor(setup: RestoreSetup) {
    this.#setup = setup;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * One errand: a folder, or a file.
   * @throws Fault `outbox/format`: nothing is to be written beside the files that are there; the operating system's own
   *   errors
   */
  async step(): Promise<void> {
    try {
      await this.#step();
    } catch (error) {
      this.#isForeign ||= error instanceof Fault;
      throw error;
    }
  }

  async #step(): Promise<void> {
    const { recovery, side, readers, onLast } = this.#setup;
    if (!recovery.isListed) {
      await recovery.list();
      if (recovery.places !== undefined) recovery.floor = readers.restore(recovery.places.places);
      return;
    }
    if (!this.#isLastKnown) {
      const last = await recovery.lookBack();
      if (last === undefined) return;
      this.#isLastKnown = true;
      return onLast(last);
    }
    if (recovery.isOver) return this.end();
    const found = await recovery.next();
    const segment = found && side.found(found);
    if (segment !== undefined) this.#admit(segment);
  }

  /** Ends it, be it before its time: records not found by now are left for the next start, and new ones are written. */
  async end(): Promise<void> {
    const { recovery, side } = this.#setup;
    await side.recovered(recovery);
    this.#isOver = true;
  }

  /** Whether enough is known for {@link end}: where the numbers go on, and no file of another version was found. */
  get mayEnd(): boolean {
    return this.#isLastKnown && !this.#isForeign;
  }

  /** Records that were found go before new ones, unless something newer has gone out already. */
  #admit(segment: Segment): void {
    const { side, holdings, recovery, readers, appended, onLast, onMore } = this.#setup;
    const next = holdings.pending.oldest?.seq ?? appended() + 1;
    const isLate =
      Math.max(readers.handedOut, holdings.floor) >= segment.first || (appended() > 0 && next <= segment.last);
    // handed out now it would be taken for acknowledged
    if (isLate) {
      side.backlog.setAside([segment]);
      return;
    }
    const { cursor, places } = recovery;
    if (cursor?.segment === segment.number) holdings.passThrough(cursor.seq);
    if (places !== undefined && segment.number <= places.segment) {
      readers.found(segment.last);
      // below its newest record, or it would be done
      if (recovery.floor >= segment.first) holdings.passThrough(recovery.floor);
    }
    side.backlog.add(segment);
    onLast(segment.last);
    onMore();
  }
}
