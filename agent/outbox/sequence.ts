import type { Clock } from '../clock/clock.ts';
import { unlessAborted } from '../clock/deadline.ts';
import type { Log } from '../log/log.ts';
import { readSequenceFile, type Stored, writeSequenceFile } from './sequence-file.ts';

/** One write in so many readings: at 150 readings a second every 33 s. A SIGKILL may skip as many numbers. */
const SEQUENCE_BLOCK = 10_000;

export interface SequenceSetup {
  /** Absent: the numbers start at 1 with each start of the agent. */
  readonly directory?: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly block?: number;
}

/**
 * The numbers of the gateway's readings: each grows by one, also across restarts. A block is reserved on disk before
 * its first number is handed out, so that after a SIGKILL the next start goes on beyond it and no number comes twice;
 * a clean stop writes the exact next one. Where the file is damaged or can't be written the numbers jump to the wall
 * clock's microseconds since 1970: above every number handed out before as long as that clock was not set back.
 */
export class Sequence {
  readonly #directory: string | undefined;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #block: number;
  #next = 1;
  /** The first number that is not reserved. */
  #reserved: number;
  /** Whether the numbers are on disk. Without a directory nothing is promised. */
  #saved = false;
  #writing: Promise<void> | undefined;
  /** The number at which a failed reservation is tried again. */
  #retryAt = 0;
  #closed = false;

  constructor(setup: SequenceSetup) {
    this.#directory = setup.directory;
    this.#clock = setup.clock;
    this.#log = setup.log;
    this.#block = setup.block ?? SEQUENCE_BLOCK;
    this.#reserved = setup.directory === undefined ? Number.POSITIVE_INFINITY : 0;
  }

  /** Settles once the first block is reserved, or it is known (or `signal` says) that it can't be. */
  async open(signal: AbortSignal): Promise<void> {
    const directory = this.#directory;
    if (directory === undefined) return;
    await unlessAborted(this.#restore(directory), signal);
  }

  /** Never waits and never throws. */
  next(): number {
    if (this.#next >= this.#reserved) this.#leap();
    const seq = this.#next;
    this.#next += 1;
    if (this.#next + this.#block / 2 >= this.#reserved || (!this.#saved && this.#next >= this.#retryAt))
      this.#reserve();
    return seq;
  }

  /** The number before the next one; 0 if none was ever handed out. */
  get last(): number {
    return this.#next - 1;
  }

  /** Whether no number can come twice, whatever happens to the process. */
  get durable(): boolean {
    return this.#saved;
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
    const stored = await readSequenceFile(directory);
    if (this.#next === 1) this.#next = this.#firstOf(stored);
    this.#reserve();
    await this.#writing;
  }

  #firstOf(stored: Stored): number {
    if (stored.state === 'good') return stored.next;
    if (stored.state === 'fresh') return 1;
    this.#log.warn('sequence file damaged');
    return Math.max(this.#next, wallBase(this.#clock));
  }

  /** Out of reserved numbers, because the disk is too slow or broken: go on where nothing was ever handed out. */
  #leap(): void {
    this.#next = Math.max(this.#next, wallBase(this.#clock));
    this.#reserved = Number.POSITIVE_INFINITY;
    if (this.#saved) this.#log.warn('sequence not saved');
    this.#saved = false;
    this.#retryAt = this.#next + this.#block / 2;
  }

  #reserve(): void {
    if (this.#directory === undefined || this.#writing !== undefined || this.#closed) return;
    if (!this.#saved && this.#next < this.#retryAt) return;
    this.#writing = this.#write(this.#directory, this.#next + this.#block);
  }

  async #write(directory: string, through: number): Promise<void> {
    try {
      await writeSequenceFile(directory, through);
      // written too late: the numbers have leapt beyond it
      if (this.#next >= through || this.#closed) return;
      if (!this.#saved) this.#log.info('sequence saved');
      this.#reserved = through;
      this.#saved = true;
    } catch {
      if (this.#saved || this.#retryAt === 0) this.#log.warn('sequence can not be saved');
      this.#saved = false;
      this.#retryAt = this.#next + this.#block / 2;
    } finally {
      this.#writing = undefined;
    }
  }

  async #settleFile(directory: string, next: number): Promise<void> {
    await this.#writing;
    try {
      await writeSequenceFile(directory, next);
    } catch {
      this.#log.warn('sequence can not be saved');
    }
  }
}

function wallBase(clock: Clock): number {
  return Math.max(1, Math.floor(clock.wall() * 1000));
}
