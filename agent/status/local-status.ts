import { milliseconds } from '../../drivers/contract/duration.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import { Ticker } from '../clock/ticker.ts';
import { processStat } from '../files/process-stat.ts';
import { replaceFile } from '../files/replace-file.ts';
import type { Log } from '../log/log.ts';
import type { Status } from './schema.ts';
import { whatMatters } from './status.ts';

/** In the runtime directory. */
export const LOCAL_STATUS = 'status.json';
/** Larger than the status of any config that is taken. */
export const LOCAL_STATUS_BYTES = 16 * 1024 * 1024;

const LOOK_LOCALLY = milliseconds(1000);
/** Written no less often than this while nothing changes, milliseconds. */
const WRITE_LOCALLY = 5000;

export interface LocalStatusParts {
  /** The runtime directory, in memory; undefined: there is none, and nobody is told. */
  readonly directory: string | undefined;
  readonly current: () => Status;
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor: Supervisor;
}

/**
 * Keeps the sanitized status in a file, for a technician at the machine: it is there without a broker, and for root and
 * the agent's own user alone. With it goes the number of the process, and when it started: a file that an ended agent
 * left behind is told from that of a running one.
 */
export class LocalStatusFile {
  readonly #parts: LocalStatusParts;
  readonly #ticker: Ticker;
  #written: string | undefined;
  #writtenAt: Instant = Number.NEGATIVE_INFINITY;
  #failed = false;

  constructor(parts: LocalStatusParts) {
    const { clock, supervisor } = parts;
    this.#parts = parts;
    this.#ticker = new Ticker({
      clock,
      period: LOOK_LOCALLY,
      job: () => this.#look(),
      onFault: (fault) => supervisor.failed('local status', fault),
    });
  }

  start(): void {
    if (this.#parts.directory !== undefined) this.#ticker.start();
  }

  /** Safe twice. */
  stop(): Promise<void> {
    return this.#ticker.stop();
  }

  async #look(): Promise<void> {
    const { directory, clock, current, log } = this.#parts;
    if (directory === undefined) return;
    const status = current();
    const matters = whatMatters(status);
    if (matters === this.#written && clock.now() - this.#writtenAt < WRITE_LOCALLY) return;
    try {
      const { pid, start } = await processStat('self');
      const text = JSON.stringify({ version: 1, pid, start, status });
      await replaceFile(directory, LOCAL_STATUS, `${text}\n`, { mode: 0o600 });
      this.#written = matters;
      this.#writtenAt = clock.now();
      this.#failed = false;
    } catch {
      // said once, tried again each second
      if (!this.#failed) log.warn('local status not written');
      this.#failed = true;
    }
  }
}
