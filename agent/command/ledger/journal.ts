import { Fault, systemFault } from '../../../drivers/contract/fault.ts';
import { doubled } from '../../clock/backoff.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import { Supervisor } from '../../clock/supervisor.ts';
import { DiskGate } from '../../files/disk-gate.ts';
import type { Log } from '../../log/log.ts';
import {
  LEDGER_FILE_BYTES,
  LEDGER_LIMIT,
  LEDGER_PENDING_BYTES,
  LEDGER_RETRY_MAX,
  LEDGER_RETRY_MIN,
} from '../limits.ts';
import { type LedgerDisk, type LedgerFile, LedgerFolder } from './folder.ts';
import { formatHeader, formatRecord, type LedgerRecord, parseLedger } from './records.ts';

/** How far the time of a file may lie before that of its last change: FAT counts in two seconds. */
const FILE_TIME_MS = 2_000;

export interface LedgerJournalOptions {
  /** `commands.directory`. */
  readonly directory: string;
  readonly maxAgeMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly disk?: LedgerDisk;
  /** Other parts on the same disk wait at the same gate. */
  readonly gate?: DiskGate | undefined;
  readonly fileBytes?: number;
  readonly supervisor?: Supervisor | undefined;
}

/** A part of the agent whose state the journal keeps. */
export interface Keeper {
  /** Something that was on disk, oldest first; more than once where the disk is late. */
  take(records: readonly LedgerRecord[]): void;
  /** All that must be on disk, as it is now. Every appended line must show here, too, from then on. */
  records(): readonly LedgerRecord[];
}

/**
 * The part of the ledger on disk: a file of lines that grows, and is written anew from the keepers' records when it has
 * grown too much, when it failed, and at each start. A caller that needs a line on disk waits for it. Callers that wait
 * at the same time share one sync. After a failure nothing is taken until the whole file could be written.
 */
export class LedgerJournal {
  readonly #options: LedgerJournalOptions;
  readonly #disk: LedgerDisk;
  readonly #gate: DiskGate;
  readonly #supervisor: Supervisor;
  readonly #fileBytes: number;
  readonly #keepers: Keeper[] = [];
  #pending: string[] = [];
  #pendingBytes = 0;
  /** Lines were dropped: only the keepers have them. */
  #overflowed = false;
  /** Told without a fault once what they wait for is on disk. */
  #waiters: ((fault?: Fault) => void)[] = [];
  #file: LedgerFile | undefined;
  #flushing: Promise<void> | undefined;
  #loaded = false;
  /** The latest time until which a request of before the start was valid. */
  #latest = 0;
  #failures = 0;
  /** Calls the next try off. */
  #retry: (() => void) | undefined;
  #closed = false;

  constructor(options: LedgerJournalOptions) {
    this.#options = options;
    this.#disk = options.disk ?? new LedgerFolder(options.directory);
    this.#gate = options.gate ?? new DiskGate();
    this.#supervisor = options.supervisor ?? new Supervisor(options);
    this.#fileBytes = options.fileBytes ?? LEDGER_FILE_BYTES;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Whether what is recorded now will be known after a restart. */
  get durable(): boolean {
    return this.#file !== undefined && this.#failures === 0 && !this.#closed;
  }

  /** Whether the clock is behind what was recorded: some or all requests are refused as expired, or as too far ahead. */
  get clockBehind(): boolean {
    return this.#ahead() > FILE_TIME_MS;
  }

  /** Before `open`. */
  keep(keeper: Keeper): void {
    this.#keepers.push(keeper);
  }

  /** Settles once the keepers have what was on disk, or it is known (or `signal` says) that they won't for now. */
  async open(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    await withDeadline(clock, LEDGER_LIMIT, signal, () => this.#flush()).catch(() => undefined);
    if (this.#loaded) return;
    this.#options.log.warn('ledger can not be read');
    this.#take([this.#mark(clock.wall(), undefined)]);
  }

  /** Never waits, never throws. A power cut may cost the line, a SIGKILL only the lines that wait for the disk. */
  append(record: LedgerRecord): void {
    if (this.#closed || this.#retry !== undefined) return;
    this.#push(record);
    this.#wake();
  }

  #wake(): void {
    void this.#supervisor.errand('ledger', () => this.#flush());
  }

  /**
   * Settles once the line is on disk.
   * @throws Fault `command/not-recorded`, at the latest after {@link LEDGER_LIMIT}
   */
  async record(record: LedgerRecord): Promise<void> {
    if (this.#closed || this.#retry !== undefined) throw new Fault('command/not-recorded');
    this.#push(record);
    await this.#untilOnDisk();
  }

  /** The appended lines are on disk, as far as the disk lets them be. Safe twice. */
  async close(signal: AbortSignal): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#retry?.();
    this.#retry = undefined;
    const wasOpened = this.#file !== undefined || this.#flushing !== undefined || this.#failures > 0;
    if (!wasOpened) return;
    const end = async (): Promise<void> => {
      await this.#untilOnDisk();
      const file = this.#file;
      this.#file = undefined;
      await this.#closeFile(file);
    };
    await withDeadline(this.#options.clock, LEDGER_LIMIT, signal, end).catch(() => undefined);
  }

  #push(record: LedgerRecord): void {
    const text = formatRecord(record);
    this.#pendingBytes += Buffer.byteLength(text);
    if (this.#pendingBytes <= LEDGER_PENDING_BYTES) {
      this.#pending.push(text);
      return;
    }
    this.#overflowed = true;
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  #untilOnDisk(): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (fault?: Fault): void => {
        callOff();
        if (fault === undefined) resolve();
        else reject(fault);
      };
      const callOff = clock.at(clock.now() + LEDGER_LIMIT, () => settle(new Fault('command/not-recorded')));
      this.#waiters.push(settle);
      this.#wake();
    });
  }

  /** Never rejects. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#run();
    return this.#flushing;
  }

  async #run(): Promise<void> {
    try {
      do await this.#step();
      while (this.#pending.length > 0 || this.#waiters.length > 0 || this.#overflowed);
      if (this.#failures > 0) this.#options.log.info('ledger is on disk again');
      this.#failures = 0;
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#flushing = undefined;
    }
  }

  async #step(): Promise<void> {
    const bytes = Buffer.from(this.#pending.join(''));
    const waiters = this.#waiters;
    const overflowed = this.#overflowed;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#waiters = [];
    this.#overflowed = false;
    let fault: Fault | undefined;
    try {
      if (!this.#loaded) await this.#load();
      const file = this.#file;
      if (file === undefined || overflowed || file.size + bytes.length > this.#fileBytes) await this.#rewrite();
      else {
        await this.#gate.run(async () => {
          if (bytes.length > 0) await file.append(bytes);
          if (waiters.length > 0) await file.sync();
        });
      }
    } catch (error) {
      fault = systemFault(error, 'command/not-recorded');
      throw error;
    } finally {
      for (const settle of waiters) settle(fault);
    }
  }

  /** Milliseconds; negative where all is well. */
  #ahead(): number {
    const { clock, maxAgeMs } = this.#options;
    return this.#latest - clock.wall() - maxAgeMs;
  }

  async #load(): Promise<void> {
    const { log } = this.#options;
    const found = await this.#gate.run(() => this.#disk.read(this.#fileBytes));
    this.#loaded = true;
    if (found === undefined) return;
    const parsed = parseLedger(found.bytes);
    const { records } = parsed;
    if (parsed.damaged || !found.whole) {
      log.warn('ledger damaged: requests from before now are refused', { records: records.length });
      records.push(this.#mark(found.writtenAt + FILE_TIME_MS, parsed.maxAgeMs));
    }
    this.#latest = records.reduce(
      (most, record) => (record.kind === 'refused' ? most : Math.max(most, record.expiresAt)),
      0,
    );
    if (this.clockBehind) {
      log.warn('ledger is ahead of the clock', { aheadMs: this.#ahead() }, new Fault('command/clock-behind'));
    }
    this.#take(records);
  }

  /**
   * A request that may be lost was valid at that time, for as long as the config allowed: everything that could be a
   * copy of it counts as expired. A clock that starts in the past is overtaken by the file's own time.
   */
  #mark(writtenAt: number, maxAgeMs: number | undefined): LedgerRecord {
    const { clock, maxAgeMs: ours } = this.#options;
    return {
      kind: 'forgotten',
      expiresAt: Math.max(clock.wall(), writtenAt) + Math.max(ours, maxAgeMs ?? 0),
    };
  }

  #take(records: readonly LedgerRecord[]): void {
    for (const keeper of this.#keepers) keeper.take(records);
  }

  async #rewrite(): Promise<void> {
    const records = this.#keepers.flatMap((keeper) => keeper.records());
    const text = formatHeader(this.#options.maxAgeMs) + records.map(formatRecord).join('');
    const old = this.#file;
    this.#file = await this.#gate.run(() => this.#disk.replace(Buffer.from(text)));
    await this.#closeFile(old);
  }

  async #closeFile(file: LedgerFile | undefined): Promise<void> {
    if (file !== undefined) await this.#gate.run(() => file.close()).catch(() => undefined);
  }

  #fail(error: unknown): void {
    const { clock, log } = this.#options;
    const file = this.#file;
    this.#file = undefined;
    void this.#supervisor.errand('ledger', () => this.#closeFile(file));
    if (this.#failures === 0) log.warn('ledger can not be written', {}, systemFault(error, 'command/not-recorded'));
    const wait = doubled(this.#failures, LEDGER_RETRY_MIN, LEDGER_RETRY_MAX);
    this.#failures++;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#overflowed = false;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const settle of waiters) settle(systemFault(error, 'command/not-recorded'));
    if (this.#closed) return;
    this.#retry = clock.at(clock.now() + wait, () => {
      this.#retry = undefined;
      this.#wake();
    });
  }
}
