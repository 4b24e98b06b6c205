import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import type { LineSettings } from '../../drivers/port/line.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { CaptureEnd, CaptureRecord } from './capture.ts';
import type { TraceRequest } from './trace-request.ts';
import type { WireEvent, WireTap } from './wire-tap.ts';
import { captureHead, captureText } from './write.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
/** Text that waits to be written; text beyond it is lost and counted. */
const MOST_WAITING = 2 * 1024 * 1024;
/** For the last notes. */
const RESERVE = 128;

/** The traffic of a line, written to a file as it comes, until its time, its size, or until the file is taken away. */
export class LiveTrace {
  readonly #request: TraceRequest;
  readonly #path: string;
  readonly #tap: WireTap;
  readonly #clock: Clock;
  readonly #beganAt: Instant;
  #text: string;
  #waiting: number;
  #written = 0;
  #lost = 0;
  #end: CaptureEnd | undefined;
  #file: FileHandle | undefined;
  readonly #listener = (event: WireEvent) => this.#take(event);

  constructor(request: TraceRequest, path: string, tap: WireTap, clock: Clock, line: LineSettings | undefined) {
    this.#request = request;
    this.#path = path;
    this.#tap = tap;
    this.#clock = clock;
    this.#beganAt = clock.now();
    this.#text = captureHead({ began: clock.wall(), line });
    this.#waiting = this.#text.length;
  }

  /** Rejects with what the operating system says; then nothing is traced. */
  async begin(): Promise<void> {
    this.#file = await open(this.#path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    this.#tap.add(this.#listener);
  }

  /**
   * Writes what has come. To be called about twice a second. Rejects with what the operating system says.
   * @returns whether it goes on
   */
  async flush(): Promise<boolean> {
    this.#tap.settle();
    if (this.#end === undefined && this.#clock.now() - this.#beganAt >= this.#request.ms) this.#stop('time');
    const text = this.#text;
    this.#text = '';
    this.#waiting = 0;
    if (text !== '') await this.#file?.appendFile(text);
    if (this.#end !== undefined) return false;
    return await this.#isThere();
  }

  /** Writes the rest, with its end. */
  async close(): Promise<void> {
    this.#tap.remove(this.#listener);
    if (this.#end === undefined) this.#stop('stopped');
    const file = this.#file;
    this.#file = undefined;
    try {
      if (this.#text !== '') await file?.appendFile(this.#text);
    } finally {
      await file?.close();
    }
  }

  #take(event: WireEvent): void {
    if (this.#end !== undefined) return;
    const at = event.at - this.#beganAt;
    // a request that waits for its instant may be from before
    if (at < 0) return;
    const text = captureText({ ...event, at });
    if (this.#written + text.length + RESERVE > this.#request.bytes) {
      this.#stop('size');
      return;
    }
    if (this.#waiting > MOST_WAITING) {
      this.#lost += 'bytes' in event ? event.bytes.length : 0;
      return;
    }
    if (this.#lost > 0) this.#put({ kind: 'lost', at, count: this.#lost });
    this.#lost = 0;
    this.#put({ ...event, at });
  }

  #put(record: CaptureRecord): void {
    const text = captureText(record);
    this.#text += text;
    this.#waiting += text.length;
    this.#written += text.length;
  }

  #stop(why: CaptureEnd): void {
    const at = this.#clock.now() - this.#beganAt;
    if (this.#lost > 0) this.#put({ kind: 'lost', at, count: this.#lost });
    this.#put({ kind: 'end', at, why });
    this.#end = why;
  }

  /** The user who asked for it takes the file away to end it. */
  async #isThere(): Promise<boolean> {
    try {
      const [own, found] = [await this.#file?.stat(), await lstat(this.#path)];
      return own?.ino === found.ino;
    } catch {
      return false;
    }
  }
}
