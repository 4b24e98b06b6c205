import { join } from 'node:path';
import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, systemFault } from '../../drivers/contract/fault.ts';
import type { Clock } from '../clock/clock.ts';
import { unlessAborted } from '../clock/deadline.ts';
import { Supervisor } from '../clock/supervisor.ts';
import type { DiskGate } from '../files/disk-gate.ts';
import type { Log } from '../log/log.ts';
import type { Audit, AuditEntry, AuditStatus } from './audit.ts';
import { type EntryStamp, entryBody, type Notice, noticeBody } from './entry.ts';
import { AUDIT_DISK, type AuditDisk } from './files.ts';
import { RETRY_FIRST, RETRY_MOST } from './limits.ts';
import { type ChainLink, chainLine, START } from './line.ts';
import { EntryQueue } from './queue.ts';
import { JournalWriter } from './writer.ts';

export interface AuditJournalSetup {
  /** `commands.directory`; the journal is its folder `audit`. Absent: lines are counted and hashed, and not kept. */
  readonly directory: string | undefined;
  /** All files together. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  /** The agent's run, for every line. */
  readonly boot?: string | undefined;
  readonly disk?: AuditDisk;
  /** Other parts on the same disk wait at the same gate. */
  readonly gate?: DiskGate | undefined;
  readonly supervisor?: Supervisor | undefined;
}

/**
 * A hash-chained journal of JSON lines in files of bounded size. Entries are queued and written in groups, each synced
 * before its last line becomes the head: a head that was ever published is on the disk. While the disk takes nothing
 * they wait in the queue, within its bounds.
 */
export class AuditJournal implements Audit {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #boot: string | undefined;
  readonly #gate: DiskGate | undefined;
  readonly #supervisor: Supervisor;
  readonly #queue = new EntryQueue();
  /** Absent: in memory only. */
  readonly #writer: JournalWriter | undefined;
  readonly #closing = new AbortController();
  #inMemory: ChainLink = START;
  #isOpen = false;
  #isDurable = false;
  #hasFailed = false;
  #isFlushing = false;
  #flushed: Promise<void> = Promise.resolve();
  /** Called after the first try, however it ended. */
  #tried = (): void => {};

  constructor(setup: AuditJournalSetup) {
    const { directory, maxBytes, clock, log, boot, disk = AUDIT_DISK } = setup;
    this.#clock = clock;
    this.#log = log;
    this.#boot = boot;
    this.#gate = setup.gate;
    this.#supervisor = setup.supervisor ?? new Supervisor(setup);
    if (directory === undefined) return;
    const [outer, folder] = [directory, join(directory, 'audit')];
    this.#writer = new JournalWriter({ disk, outer, folder, maxBytes, body: (notice) => this.#note(notice) });
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#writer === undefined || this.#isOpen) return;
    this.#isOpen = true;
    const tried = new Promise<void>((resolve) => {
      this.#tried = resolve;
    });
    this.#flush();
    await unlessAborted(tried, signal);
  }

  append(entry: AuditEntry): void {
    let body: string;
    try {
      body = entryBody(entry, this.#stamp());
    } catch {
      // a wall clock beyond the calendar, an arg that can't be written
      this.#queue.lose();
      return;
    }
    if (this.#closing.signal.aborted) this.#queue.lose();
    else if (this.#writer === undefined) this.#inMemory = chainLine(this.#inMemory, body).link;
    else if (this.#queue.add(body) && this.#isOpen) this.#flush();
  }

  status(): AuditStatus {
    const { n, hash } = this.#writer?.head ?? this.#inMemory;
    return { entries: n, head: hash, durable: this.#isDurable, lost: this.#queue.lost };
  }

  async close(signal: AbortSignal): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await unlessAborted(this.#settle(), signal);
  }

  async #settle(): Promise<void> {
    await this.#flushed;
    await this.#through(async () => this.#writer?.close());
  }

  /** One loop at a time: while it writes a group, the next one gathers. */
  #flush(): void {
    if (this.#isFlushing || this.#writer === undefined) return;
    this.#isFlushing = true;
    const writer = this.#writer;
    this.#flushed = this.#supervisor.errand('audit journal', () => this.#writeAll(writer));
  }

  async #writeAll(writer: JournalWriter): Promise<void> {
    let wait: Duration = RETRY_FIRST;
    try {
      while (!writer.isReady || !this.#queue.isEmpty) {
        const isLast = this.#closing.signal.aborted;
        if (await this.#tryWrite(writer)) wait = RETRY_FIRST;
        else if (isLast) return;
        else wait = await this.#pause(wait);
      }
    } finally {
      this.#isFlushing = false;
    }
  }

  async #tryWrite(writer: JournalWriter): Promise<boolean> {
    try {
      for (const notice of await this.#through(() => writer.prepare())) {
        this.#log.warn('audit journal damaged', { kind: notice.code }, new Fault('audit/damaged'));
        this.#queue.addNotice(this.#note(notice));
      }
      this.#queue.drop(await this.#through(() => writer.write(this.#queue.waiting)));
      this.#recordLost();
      if (this.#hasFailed) this.#log.info('audit journal written again');
      this.#hasFailed = false;
      this.#isDurable = true;
      return true;
    } catch (error) {
      if (!this.#hasFailed) this.#log.warn('audit journal not written', {}, systemFault(error, 'audit/not-written'));
      this.#hasFailed = true;
      this.#isDurable = false;
      await this.#through(() => writer.abandon());
      return false;
    } finally {
      this.#tried();
    }
  }

  /** @returns the wait after the next failure */
  async #pause(wait: Duration): Promise<Duration> {
    try {
      await this.#clock.sleep(wait, this.#closing.signal);
    } catch {
      // stopping: one more try
    }
    return milliseconds(Math.min(wait * 2, RETRY_MOST));
  }

  #through<T>(work: () => Promise<T>): Promise<T> {
    return this.#gate === undefined ? work() : this.#gate.run(work);
  }

  #recordLost(): void {
    const count = this.#queue.takeUnrecorded();
    if (count > 0) this.#queue.addNotice(this.#note({ code: 'lost', count }));
  }

  #note(notice: Notice): string {
    return noticeBody(notice, this.#stamp());
  }

  #stamp(): EntryStamp {
    return { wall: this.#clock.wall(), boot: this.#boot };
  }
}
