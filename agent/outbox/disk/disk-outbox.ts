import { systemFault } from '../../../drivers/contract/fault.ts';
import { unlessAborted, withDeadline } from '../../clock/deadline.ts';
import { Supervisor } from '../../clock/supervisor.ts';
import { DISK } from '../../files/disk.ts';
import { processHolder } from '../../files/lock.ts';
import { deflateInThread } from '../blocks/deflating.ts';
import type { Outbox, OutboxReader, OutboxRecord, OutboxStatus } from '../outbox.ts';
import { OutboxReaders } from '../readers.ts';
import { SEGMENT_HEADER } from '../segments/format.ts';
import { encodedLength, LONGEST_RECORD } from '../segments/record-format.ts';
import { BESIDE, SegmentStore } from '../segments/store.ts';
import { CursorSchedule } from './cursor-schedule.ts';
import { FlushSchedule } from './flush-schedule.ts';
import { OutboxLog } from './log.ts';
import { CLOSE_LIMIT, type DiskOutboxSetup, OPEN_LIMIT } from './options.ts';
import { Relief } from './relief.ts';
import { Restore } from './restore.ts';
import { memoryWindow, Retention } from './retention.ts';
import { Spool } from './spool.ts';
import { unsyncedCost } from './unsynced.ts';
import { DiskWorker, type Errand } from './worker.ts';

/** A disk that fails at the start gets a second chance before what is on it is left behind. */
const CHANCES = 2;
/** Failures in a row, half a minute, before what nobody can read is left behind. */
const PATIENCE = 6;

/** Readings on disk, within a bound of bytes, written only when the broker does not take them in time: see README.md. */
export class DiskOutbox implements Outbox {
  readonly #setup: DiskOutboxSetup;
  readonly #store: SegmentStore;
  readonly #side: Spool;
  readonly #errands: DiskWorker;
  readonly #holdings: Retention;
  readonly #budget: number;
  readonly #readers: OutboxReaders;
  #taken = 0;
  #dropped = 0;
  #lastSeq = 0;
  /** The newest that came in this run. */
  #appended = 0;
  readonly #restore: Restore;
  /** Failures at the last progress of the restoring: they do not count against what comes after it. */
  #excused = 0;
  /** Whether it is known what lies in the folder, or nobody waits for that any longer. */
  #isKnown = false;
  #opened = () => {};
  readonly #ageing: FlushSchedule;
  readonly #relief: Relief;
  readonly #voice: OutboxLog;
  readonly #cursor: CursorSchedule;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(setup: DiskOutboxSetup) {
    const { directory, maxBytes, disk = DISK, holder = processHolder(), clock, random } = setup;
    const { supervisor = new Supervisor(setup), deflate = deflateInThread } = setup;
    this.#setup = setup;
    this.#store = new SegmentStore(disk, directory, maxBytes, holder);
    this.#side = new Spool(this.#store, deflate);
    // a segment that is thinned is there twice for a moment
    const twice = setup.whenFull === 'thin' ? this.#store.segmentBytes + SEGMENT_HEADER : 0;
    this.#budget = maxBytes - BESIDE - twice;
    this.#readers = new OutboxReaders({
      lastSeq: () => this.#lastSeq,
      newest: () => this.#holdings.newest,
      peek: (count, afterSeq) => this.#peek(count, afterSeq),
      passThrough: (seq) => this.#passThrough(seq),
      confirmed: () => {
        if (this.#cursor.moved()) this.#ageing.arm();
      },
    });
    this.#holdings = new Retention(this.#side, this.#store, this.#budget, setup.whenFull, () => this.#readers.spare);
    const sizes = { budget: this.#budget, segmentBytes: this.#store.segmentBytes, inMemory: memoryWindow(maxBytes) };
    this.#relief = new Relief(this.#side, this.#holdings, setup.whenFull, sizes);
    this.#voice = new OutboxLog(setup.log);
    this.#cursor = new CursorSchedule(this.#side, this.#readers, clock, setup.syncInterval);
    const newest = () => this.#lastSeq;
    this.#ageing = new FlushSchedule(clock, setup.syncInterval, newest, () => this.#tick());
    this.#restore = new Restore({
      ...{ side: this.#side, holdings: this.#holdings, recovery: this.#store.recovery(), readers: this.#readers },
      appended: () => this.#appended,
      onLast: (seq) => this.#found(seq),
      onMore: () => this.#readers.offer(),
    });
    this.#errands = new DiskWorker({
      ...{ clock, random, supervisor },
      prepare: () => this.#prepare(),
      next: () => this.#next(),
      onChange: () => this.#changed(),
    });
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /**
   * Settles once what lies in the folder is known, or it is known that it can't be had for now. Where that takes long
   * it goes on meanwhile, for as long as the disk takes: only its newest number is known early.
   */
  async open(signal: AbortSignal): Promise<void> {
    const { clock } = this.#setup;
    const opened = new Promise<void>((resolve) => {
      this.#opened = resolve;
    });
    const callOff = clock.at(clock.now() + OPEN_LIMIT, this.#opened);
    this.#errands.wake();
    await unlessAborted(opened, signal);
    callOff();
  }

  append(record: OutboxRecord): number {
    this.#taken += 1;
    const cost = unsyncedCost(record);
    const isLong = encodedLength(record) > LONGEST_RECORD || cost > this.#budget;
    if (this.#isClosed || record.seq <= this.#lastSeq || isLong) return this.#count(1);
    this.#lastSeq = record.seq;
    this.#appended = record.seq;
    const { dropped, fits } = this.#holdings.makeRoom(cost, record.device);
    if (!fits) return this.#count(dropped + 1);
    this.#holdings.push(record);
    if (dropped > 0) this.#errands.wake();
    if (this.#holdings.pending.bytes > memoryWindow(this.#setup.maxBytes)) {
      this.#ageing.due = this.#lastSeq;
      this.#errands.wake();
    } else this.#ageing.arm();
    this.#readers.appended();
    return this.#count(dropped);
  }

  reader(name: string, holds: boolean): OutboxReader {
    return this.#readers.add(name, holds);
  }

  peek(count: number, afterSeq: number): readonly OutboxRecord[] {
    return this.#readers.first.peek(count, afterSeq);
  }

  onReadable(readable: () => void): void {
    this.#readers.first.onReadable(readable);
  }

  acknowledgeThrough(seq: number): void {
    this.#readers.first.acknowledgeThrough(seq);
  }

  get isEmpty(): boolean {
    return this.#readers.first.isEmpty;
  }

  status(): OutboxStatus {
    const { held, bytes } = this.#holdings;
    return {
      ...{ taken: this.#taken, held, bytes, dropped: this.#dropped, durable: this.#isDurable() },
      ...{ damaged: this.#side.damaged, fault: this.#errands.fault, writtenBytes: this.#store.written },
    };
  }

  /** Writes what is left, if the disk takes it in time. */
  close(signal: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(signal);
    return this.#closing;
  }

  async #close(signal: AbortSignal): Promise<void> {
    this.#isClosed = true;
    this.#ageing.stop();
    this.#ageing.due = this.#lastSeq;
    try {
      await withDeadline(this.#setup.clock, CLOSE_LIMIT, signal, async () => {
        await this.#errands.finish();
        if (this.#errands.isGood) await this.#store.release();
      });
    } catch (error) {
      this.#setup.log.warn('outbox not closed', {}, systemFault(error, 'outbox/disk'));
    } finally {
      this.#errands.stop();
      // nobody will know any more
      this.#opened();
    }
  }

  #isDurable(): boolean {
    return this.#restore.isOver && this.#errands.isGood;
  }

  #peek(count: number, afterSeq: number): readonly OutboxRecord[] {
    const records = this.#holdings.peek(count, afterSeq, this.#isKnown);
    if (this.#side.wantsReading) this.#read();
    return records;
  }

  #passThrough(seq: number): void {
    if (seq <= this.#holdings.floor) return;
    this.#holdings.passThrough(seq);
    this.#cursor.passed();
    if (this.#side.backlog.nextDoomed !== undefined) this.#errands.wake();
  }

  #count(dropped: number): number {
    this.#dropped += dropped;
    return dropped;
  }

  #tick(): boolean {
    const { oldest } = this.#holdings.pending;
    // a sync costs the same for the young ones, who come along: where the old ones wait they would too
    if (oldest !== undefined && oldest.seq <= this.#ageing.due) this.#ageing.due = this.#lastSeq;
    this.#errands.wake();
    return this.#holdings.pending.length > 0 || this.#cursor.isOld;
  }

  /** Somebody waits for what is on disk. */
  #read(): void {
    if (this.#errands.isLost) {
      this.#side.forsake(true);
      this.#readers.offer();
    } else this.#errands.wake();
  }

  async #prepare(): Promise<void> {
    await this.#store.prepare();
    await this.#side.reconcile();
  }

  /** A number that is on disk. Where numbers below it have come in this run, it is none that goes before them. */
  #found(seq: number): void {
    if (this.#appended === 0) this.#lastSeq = Math.max(this.#lastSeq, seq);
  }

  async #restoreOne(): Promise<void> {
    await this.#restore.step();
    this.#excused = this.#errands.failures;
    if (!this.#restore.isOver) return;
    this.#count(this.#holdings.shrink());
    this.#reveal();
  }

  #reveal(): void {
    this.#opened();
    if (this.#isKnown) return;
    this.#isKnown = true;
    this.#readers.offer();
  }

  #next(): Errand | undefined {
    const { backlog } = this.#side;
    if (!this.#isClosed && this.#side.wantsReading) return { writes: false, run: () => this.#load() };
    if (!this.#restore.isOver) {
      // records that have come meanwhile would be lost with the process
      const isShort = this.#isClosed && this.#restore.mayEnd;
      return { writes: false, run: () => (isShort ? this.#restore.end() : this.#restoreOne()) };
    }
    if (backlog.nextDoomed !== undefined) return { writes: false, run: () => this.#side.removeOne() };
    const oldest = this.#holdings.pending.oldest;
    if (oldest !== undefined && oldest.seq <= this.#ageing.due) return { writes: true, run: () => this.#write() };
    if (!this.#isClosed && this.#relief.isDue) return { writes: false, run: () => this.#relieve() };
    if (this.#cursor.isDue(this.#isClosed)) return { writes: true, run: () => this.#cursor.write() };
    return undefined;
  }

  async #load(): Promise<void> {
    await this.#side.load(() => this.#readers.offer());
    this.#voice.damaged(this.#side.damaged);
  }

  async #write(): Promise<void> {
    if (await this.#holdings.write(this.#ageing.due, this.#isClosed)) {
      this.#cursor.moved();
      return;
    }
    // files that could not be cut back or read take room that the sum of the records does not show
    const gone = this.#holdings.giveWay();
    if (gone === undefined) this.#ageing.due = 0;
    else this.#count(gone);
  }

  async #relieve(): Promise<void> {
    this.#count(await this.#relief.relieve());
    this.#readers.offer();
  }

  #changed(): void {
    const { fault, isLate, isLost, failures } = this.#errands;
    const isFinal = fault === 'outbox/format' || fault === 'outbox/in-use';
    const isVain = failures - Math.min(failures, this.#excused) >= CHANCES;
    if (isLate || isVain || isFinal) this.#reveal();
    const isRefused = failures >= PATIENCE && this.#side.wantsReading;
    if (this.#side.wantsReading && (isLost || isRefused)) {
      this.#side.forsake(isLost);
      this.#readers.offer();
    }
    this.#voice.durable(this.#isDurable(), fault, this.#holdings.held);
    this.#voice.damaged(this.#side.damaged);
  }
}
