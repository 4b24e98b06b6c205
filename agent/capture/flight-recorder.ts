import type { LineSettings } from '../../drivers/port/line.ts';
import type { Clock } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import { TokenBucket } from '../clock/token-bucket.ts';
import { codeOf } from '../files/errno.ts';
import type { Log } from '../log/log.ts';
import type { Recordings } from './recordings.ts';
import { ChecksumStorm } from './storm.ts';
import { WireMemory } from './wire-memory.ts';
import type { WireTap } from './wire-tap.ts';
import { captureHead, captureText } from './write.ts';

export interface FlightRecorderOptions {
  readonly bus: string;
  /** Memory that the last bytes take. */
  readonly bytes: number;
  readonly tap: WireTap;
  readonly line: LineSettings | undefined;
  readonly recordings: Recordings;
  readonly clock: Clock;
  readonly log: Log;
  readonly supervisor: Supervisor;
}

/** Four files at once, and then one in a quarter of an hour: a device that comes and goes must not wear out a flash. */
const RATE = { burst: 4, perSecond: 1 / 900 };

/** Keeps the last bytes of a line, and writes them when something goes wrong. They never leave the machine. */
export class FlightRecorder {
  readonly #options: FlightRecorderOptions;
  readonly #memory: WireMemory;
  readonly #storm = new ChecksumStorm();
  readonly #rate = new TokenBucket(RATE);
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;

  constructor(options: FlightRecorderOptions) {
    this.#options = options;
    this.#memory = new WireMemory(options.bytes);
    options.tap.add(this.#memory.add);
  }

  /** A device of this bus has gone offline. */
  offline(): void {
    this.#write('offline');
  }

  /** @param damaged frames with a wrong checksum so far. To be called every few seconds. */
  look(damaged: number): void {
    if (this.#storm.look(damaged, this.#options.clock.now())) this.#write('checksums');
  }

  /** A file that is being written is written to its end. */
  async stop(): Promise<void> {
    await this.#writing;
  }

  #write(why: 'offline' | 'checksums'): void {
    const { bus, tap, clock, line, log, recordings, supervisor } = this.#options;
    tap.settle();
    const { since } = this.#memory;
    if (since === undefined || this.#isWriting || !this.#rate.take(clock.now())) return;
    const wall = clock.wall();
    const began = wall - (clock.now() - since);
    this.#isWriting = true;
    const text = captureHead({ began, line }) + this.#memory.records(since).map(captureText).join('');
    this.#writing = supervisor.errand(`recorder of ${bus}`, async () => {
      try {
        await recordings.write(bus, wall, why, text);
        log.info('line recorded', { bus, why });
      } catch (thrown) {
        log.warn('line not recorded', { bus, code: codeOf(thrown) });
      } finally {
        this.#isWriting = false;
      }
    });
  }
}
