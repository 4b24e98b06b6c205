import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import { MachineFile } from '../../files/machine-file.ts';
import type { Log } from '../../log/log.ts';
import { SEQUENCE_NUMBERS } from './edge-node.ts';

const NAME = 'sparkplug';
const LONGEST_FILE = 4096;
/** A disk that hangs must not keep the node away from its host. */
const DISK_LIMIT = milliseconds(2000);

export interface BirthNumberSetup {
  /** Undefined: it is not remembered over a restart. */
  readonly directory: string | undefined;
  readonly machine: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The number that ties the death of a session to its birth (`bdSeq`, Sparkplug 3.0, 6.4.21): 0 to 255, one more with
 * each CONNECT, also after a restart. It is on the disk before the CONNECT that carries it.
 */
export class BirthNumber {
  readonly #setup: BirthNumberSetup;
  readonly #file: MachineFile | undefined;
  #last = SEQUENCE_NUMBERS - 1;
  #warned = false;

  constructor(setup: BirthNumberSetup) {
    this.#setup = setup;
    const { directory, machine } = setup;
    this.#file = directory === undefined ? undefined : new MachineFile(directory, NAME, machine, LONGEST_FILE);
  }

  /** Of the last CONNECT. */
  get last(): number {
    return this.#last;
  }

  /** Before the first CONNECT. Never throws: where the disk does not tell, it begins with 0. */
  async open(signal: AbortSignal): Promise<void> {
    const stored = await this.#onDisk(signal, async () => this.#file?.read());
    if (stored?.state !== 'good') return;
    const { bdSeq } = stored.data;
    if (typeof bdSeq === 'number' && Number.isInteger(bdSeq) && bdSeq >= 0 && bdSeq < SEQUENCE_NUMBERS)
      this.#last = bdSeq;
  }

  /** Before each CONNECT. Never throws: a disk that fails costs the number's memory, not the session. */
  async next(signal: AbortSignal): Promise<void> {
    this.#last = (this.#last + 1) % SEQUENCE_NUMBERS;
    const bdSeq = this.#last;
    await this.#onDisk(signal, async () => this.#file?.write({ bdSeq }));
  }

  async #onDisk<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    const { clock, log } = this.#setup;
    try {
      const done = await withDeadline(clock, DISK_LIMIT, signal, work);
      this.#warned = false;
      return done;
    } catch (thrown) {
      if (!signal.aborted && !this.#warned) {
        log.warn('sparkplug number not remembered', {}, new Fault('outbox/disk', undefined, thrown));
        this.#warned = true;
      }
      return undefined;
    }
  }
}
