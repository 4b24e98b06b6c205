import { type Fault, isSystemError, toFault } from '../../drivers/contract/fault.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { unlessAborted } from '../clock/deadline.ts';
import { Supervisor } from '../clock/supervisor.ts';
import { DiskGate } from '../files/disk-gate.ts';
import { makeFolder } from '../files/replace-file.ts';
import type { Log } from '../log/log.ts';
import { readSequenceFile, type Stored, writeSequenceFile } from './sequence-file.ts';
import { SequenceTail, tailPath } from './sequence-tail.ts';

/** So many numbers are reserved at once, and the next block when half of one is used: at 150 readings a second every 33 s. */
export const SEQUENCE_BLOCK = 10_000;
const PAGE_BYTES = 4096;
/** Of flash memory, for each block: the file anew, its own record, and its folder. */
export const SEQUENCE_SAVE_BYTES = 3 * PAGE_BYTES;
/** The kernel writes changes that are not synced after so long (vm.dirty_expire_centisecs). */
const FLUSHED_BY_KERNEL = 30_000;

export interface SequenceSetup {
  /** Absent: the numbers start at 1 with each start of the agent. */
  readonly directory?: string | undefined;
  /** A folder in memory, for the tail; absent: it lies in `directory`. */
  readonly runtimeDirectory?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly block?: number;
  /** Other parts on the same disk wait at the same gate. */
  readonly gate?: DiskGate | undefined;
  readonly supervisor?: Supervisor | undefined;
}

/**
 * The numbers of the gateway's readings: each grows by one, also across restarts. A block is reserved on disk before
 * its first number is handed out, so that in any case the next start can go on beyond it and no number comes twice. A
 * clean stop writes the exact next one. After a SIGKILL the tail knows the newest ({@link SequenceTail}), and the
 * numbers go on right behind it; it is only believed if the reserved block names it, so that one that another start did
 * not write to is out of the game. Where the file is damaged or can't be written the numbers jump to the wall clock's
 * microseconds since 1970: above every number handed out before as long as that clock was not set back.
 */
export class Sequence {
  readonly #directory: string | undefined;
  readonly #runtimeDirectory: string | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #block: number;
  readonly #gate: DiskGate;
  readonly #supervisor: Supervisor;
  #next = 1;
  /** The first number that is not reserved. */
  #reserved: number;
  /** Whether the numbers are on disk. Without a directory nothing is promised. */
  #saved = false;
  #restoring: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  /** The number at which a failed reservation is tried again. */
  #retryAt = 0;
  #closed = false;
  #tail: SequenceTail | undefined;
  #skipped = 0;
  #writtenBytes = 0;
  #flushedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(setup: SequenceSetup) {
    this.#directory = setup.directory;
    this.#runtimeDirectory = setup.runtimeDirectory;
    this.#clock = setup.clock;
    this.#log = setup.log;
    this.#block = setup.block ?? SEQUENCE_BLOCK;
    this.#gate = setup.gate ?? new DiskGate();
    this.#supervisor = setup.supervisor ?? new Supervisor(setup);
    this.#reserved = setup.directory === undefined ? Number.POSITIVE_INFINITY : 0;
  }

  /** Settles once the first block is reserved, or it is known (or `signal` says) that it can't be. */
  async open(signal: AbortSignal): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined) return;
    this.#restoring = this.#restore(directory);
    await unlessAborted(this.#restoring, signal);
  }

  /** Never waits and never throws. */
  next(): number {
    if (this.#next >= this.#reserved) this.#leap();
    // before it is handed out: a process that is killed in between leaves one out, and gives none twice
    if (this.#tail !== undefined && !this.#mark(this.#tail, this.#next)) this.#loseTail(this.#tail);
    const seq = this.#next;
    this.#next += 1;
    if (this.#next + this.#block / 2 >= this.#reserved || (!this.#saved && this.#next >= this.#retryAt))
      this.#reserve();
    return seq;
  }

  /**
   * Readings up to this number exist, against the word of the files: those that wait on disk tell it. Settles once a
   * block beyond it is reserved, or it is known (or `signal` says) that it can't be.
   */
  async goBeyond(seq: number, signal: AbortSignal): Promise<void> {
    if (seq < this.#next) return;
    this.#next = seq + 1;
    this.#log.warn('sequence behind the outbox');
    if (this.#next + this.#block / 2 >= this.#reserved) this.#reserve();
    await unlessAborted(Promise.resolve(this.#writing), signal);
  }

  /** The number before the next one; 0 if none was ever handed out. */
  get last(): number {
    return this.#next - 1;
  }

  /** Whether no number can come twice, however the process ends. */
  get durable(): boolean {
    return this.#saved;
  }

  /** Numbers left out since the start, and at it: at most so many, because a few of them may have been readings. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Bytes of flash pages written since the start. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Writes the exact next number. Numbers asked for later are above every one that a next start hands out. */
  async close(signal: AbortSignal): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined || this.#closed) return;
    this.#closed = true;
    const next = this.#next;
    // before the file says so: a number asked for meanwhile leaps
    this.#reserved = next;
    await unlessAborted(this.#settleFile(directory, next), signal);
  }

  async #restore(directory: string): Promise<void> {
    const stored = await this.#gate.run(() => readSequenceFile(directory));
    const tail = await this.#gate.run(() => this.#openTail(directory));
    if (this.#closed) {
      await this.#closeTail(tail, false);
      return;
    }
    const left = goesWith(stored, tail);
    if (this.#next === 1) {
      this.#next = this.#firstOf(stored, tail, left);
      const skipped = skippedBy(stored, left);
      this.#skipped += skipped;
      if (skipped > 0) this.#log.warn('numbers skipped', { count: skipped });
    }
    // the block must not name it before it is there, nor the tail a number without a block
    if (tail !== undefined) await this.#begin(tail, left);
    // the block that was reserved for these numbers is reserved still, should the disk fail now
    if (stored.state === 'good' && left !== undefined && this.#tail !== undefined) this.#reserved = stored.next;
    this.#reserve();
    await this.#writing;
  }

  async #openTail(directory: string): Promise<SequenceTail | undefined> {
    try {
      if (this.#runtimeDirectory === undefined) await makeFolder(directory, 0o750);
      const tail = await SequenceTail.open(tailPath(directory, this.#runtimeDirectory));
      if (tail === undefined) this.#log.warn('sequence tail not ours');
      return tail;
    } catch (error) {
      this.#log.warn('sequence tail can not be kept', {}, ownMistake(error));
      return undefined;
    }
  }

  async #begin(tail: SequenceTail, left: string | undefined): Promise<void> {
    // marked once more: numbers may have been handed out meanwhile, and none may be missing
    if ((await this.#gate.run(() => tail.begin(this.last, left))) && tail.mark(this.last)) {
      this.#tail = tail;
      return;
    }
    this.#log.warn('sequence tail can not be kept');
    tail.invalidate();
    await this.#closeTail(tail, false);
  }

  async #closeTail(tail: SequenceTail | undefined, remove: boolean): Promise<void> {
    if (tail !== undefined) await this.#gate.run(() => tail.close(remove));
  }

  #firstOf(stored: Stored, tail: SequenceTail | undefined, left: string | undefined): number {
    const known = (tail?.left?.last ?? 0) + 1;
    if (stored.state === 'good') return left === undefined ? stored.next : known;
    // a folder that was emptied while the machine runs is no reason to begin anew
    if (stored.state === 'fresh') return known;
    this.#log.warn('sequence file damaged', {}, stored.mistake);
    return Math.max(known, wallBase(this.#clock));
  }

  /** Out of reserved numbers, because the disk is too slow or broken: go on where nothing was ever handed out. */
  #leap(): void {
    const from = this.#next;
    this.#next = Math.max(this.#next, wallBase(this.#clock));
    if (from > 1) this.#skipped += this.#next - from;
    this.#reserved = Number.POSITIVE_INFINITY;
    if (this.#saved) this.#log.warn('sequence not saved');
    this.#saved = false;
    this.#retryAt = this.#next + this.#block / 2;
  }

  #mark(tail: SequenceTail, seq: number): boolean {
    if (!tail.mark(seq)) return false;
    // the kernel writes what was changed by itself after a while, the page and the file's own record
    if (!tail.inMemory && this.#clock.now() - this.#flushedAt >= FLUSHED_BY_KERNEL) {
      this.#flushedAt = this.#clock.now();
      this.#writtenBytes += 2 * PAGE_BYTES;
    }
    return true;
  }

  /** A next start goes beyond the block, as without a tail. */
  #loseTail(tail: SequenceTail): void {
    this.#tail = undefined;
    this.#log.warn('sequence tail can not be kept');
    const isGone = tail.invalidate();
    void this.#supervisor.errand('sequence', () => this.#closeTail(tail, false));
    if (isGone) return;
    // until a block is saved that does not name it, a next start would go on right here
    this.#leap();
    this.#retryAt = 0;
    this.#reserve();
  }

  #reserve(): void {
    if (this.#directory === undefined || this.#writing !== undefined || this.#closed) return;
    if (!this.#saved && this.#next < this.#retryAt) return;
    this.#writing = this.#write(this.#directory, this.#next + this.#block);
  }

  async #write(directory: string, through: number): Promise<void> {
    try {
      await this.#save(directory, { next: through, block: { from: this.#next, tail: this.#tail?.id } });
      // written too late: the numbers have leapt beyond it
      if (this.#next >= through || this.#closed) return;
      if (!this.#saved) this.#log.info('sequence saved');
      this.#reserved = through;
      this.#saved = true;
    } catch (error) {
      if (this.#saved || this.#retryAt === 0) this.#log.warn('sequence can not be saved', {}, ownMistake(error));
      this.#saved = false;
      this.#retryAt = this.#next + this.#block / 2;
    } finally {
      this.#writing = undefined;
    }
  }

  async #settleFile(directory: string, next: number): Promise<void> {
    await this.#restoring;
    await this.#writing;
    const tail = this.#tail;
    this.#tail = undefined;
    let isExact = false;
    try {
      await this.#save(directory, { next });
      isExact = true;
    } catch (error) {
      this.#log.warn('sequence can not be saved', {}, ownMistake(error));
    }
    await this.#closeTail(tail, isExact);
  }

  async #save(directory: string, kept: Parameters<typeof writeSequenceFile>[1]): Promise<void> {
    await this.#gate.run(() => writeSequenceFile(directory, kept));
    this.#writtenBytes += SEQUENCE_SAVE_BYTES;
  }
}

/** The id of the tail, if the numbers go on after what it says. */
function goesWith(stored: Stored, tail: SequenceTail | undefined): string | undefined {
  const id = tail?.left?.id;
  return stored.state === 'good' && stored.block?.tail === id ? id : undefined;
}

function skippedBy(stored: Stored, left: string | undefined): number {
  if (stored.state !== 'good' || left !== undefined) return 0;
  return stored.block === undefined ? 0 : stored.next - stored.block.from;
}

/** A disk that refuses needs no code beside the words; a mistake of ours does, so that nobody looks for it on the disk. */
function ownMistake(error: unknown): Fault | undefined {
  return isSystemError(error) ? undefined : toFault(error);
}

function wallBase(clock: Clock): number {
  return Math.max(1, Math.floor(clock.wall() * 1000));
}
