import { milliseconds } from '../../../drivers/contract/duration.ts';
import { isSystemError, systemFault, toFault } from '../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import { backoff } from '../../clock/backoff.ts';
import type { Clock, Instant } from '../../clock/clock.ts';
import type { Supervisor } from '../../clock/supervisor.ts';
import { isCode } from '../../files/errno.ts';

/** Something to do on the disk. */
export interface Errand {
  /** Whether its success shows that the disk takes writes again. */
  readonly writes: boolean;
  readonly run: () => Promise<void>;
}

export interface DiskWorkerSetup {
  readonly clock: Clock;
  /** 0 to 1, as `Math.random`. */
  readonly random: () => number;
  /** Done first, and again after any trouble. */
  readonly prepare: () => Promise<void>;
  /** The next errand; undefined: there is none. */
  readonly next: () => Errand | undefined;
  /** The disk began or ceased to be in trouble. */
  readonly onChange: () => void;
  /** Hears of mistakes in what is done: to the disk they count as a refusal. */
  readonly supervisor: Supervisor;
}

/** A disk that takes longer for one errand is not to be counted on; an SD card may take a second now and then. */
const LATE = 5_000;
/** So long what is on a disk that does not answer is waited for. */
const LOST = 30_000;
const RETRY_LEAST = milliseconds(500);
const RETRY_MOST = milliseconds(60_000);

/**
 * Does one thing after the other on a disk that may refuse or never answer. After a refusal it is left alone for a
 * while, ever longer. A call that hangs is not abandoned: as long as it does, nothing else is asked of that disk,
 * because each question would hold one of the few threads that Node has for files and names.
 */
export class DiskWorker {
  readonly #setup: DiskWorkerSetup;
  #running: Promise<void> | undefined;
  #isPrepared = false;
  #fault: FaultCode | null = null;
  #failures = 0;
  #retryAt: Instant = 0;
  #cancelRetry = () => {};
  #cancelWatch = () => {};
  /** Since when the errand of now has been under way. */
  #since: Instant | undefined;
  #isAsked = false;
  #stopped = false;

  constructor(setup: DiskWorkerSetup) {
    this.#setup = setup;
  }

  /** Why the disk can't be used; null while it can. */
  get fault(): FaultCode | null {
    return this.#fault;
  }

  get isGood(): boolean {
    return this.#isPrepared && this.#fault === null;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether it has not answered for so long that nobody should wait for what is on it. */
  get isLost(): boolean {
    return this.#since !== undefined && this.#setup.clock.now() - this.#since >= LOST;
  }

  get isLate(): boolean {
    return this.#since !== undefined && this.#setup.clock.now() - this.#since >= LATE;
  }

  wake(): void {
    if (this.#stopped || this.#setup.clock.now() < this.#retryAt) return;
    this.#isAsked = true;
    if (this.#running !== undefined) return;
    this.#running = this.#setup.supervisor
      .errand('outbox', () => this.#run())
      .finally(() => {
        this.#running = undefined;
        // asked for when it had just found nothing
        if (this.#isAsked) this.wake();
      });
  }

  /** Tries once more without waiting; settles when there is nothing left to do, or it failed. */
  async finish(): Promise<void> {
    this.#retryAt = 0;
    await this.#running;
    this.#retryAt = 0;
    this.wake();
    await this.#running;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry();
    this.#cancelWatch();
  }

  async #run(): Promise<void> {
    // not within the call that woke it: that one is a device's
    await Promise.resolve();
    while (!this.#stopped) {
      this.#isAsked = false;
      let errand: Errand | undefined;
      try {
        errand = this.#isPrepared ? this.#setup.next() : { writes: false, run: this.#setup.prepare };
      } catch (thrown) {
        return this.#failed(thrown);
      }
      if (errand === undefined) return this.#judge(null);
      if (!(await this.#do(errand))) return;
    }
  }

  #failed(thrown: unknown): void {
    if (!isSystemError(thrown) && toFault(thrown).code === 'internal/unexpected') {
      this.#setup.supervisor.failed('outbox', thrown);
    }
    this.#isPrepared = false;
    if (!this.#stopped) this.#retry();
    this.#judge(codeOf(thrown));
  }

  async #do(errand: Errand): Promise<boolean> {
    const { clock, onChange } = this.#setup;
    this.#since = clock.now();
    const cancels = [
      clock.at(this.#since + LATE, () => this.#judge('outbox/disk')),
      clock.at(this.#since + LOST, () => onChange()),
    ];
    this.#cancelWatch = () => {
      for (const cancel of cancels) cancel();
    };
    try {
      await errand.run();
      this.#isPrepared = true;
      if (errand.writes) this.#judge(null);
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    } finally {
      this.#since = undefined;
      this.#cancelWatch();
    }
  }

  #retry(): void {
    const { clock, random } = this.#setup;
    this.#retryAt = clock.now() + backoff(this.#failures, RETRY_LEAST, RETRY_MOST, random());
    this.#failures += 1;
    this.#cancelRetry();
    this.#cancelRetry = clock.at(this.#retryAt, () => this.wake());
  }

  #judge(fault: FaultCode | null): void {
    if (fault === null) this.#failures = 0;
    this.#fault = fault;
    this.#setup.onChange();
  }
}

function codeOf(error: unknown): FaultCode {
  if (isCode(error, 'ENOSPC') || isCode(error, 'EDQUOT')) return 'outbox/disk-full';
  // an error that is not the operating system's is no fault of the disk
  return systemFault(error, 'outbox/disk').code;
}
