import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/** Where finished log lines go. */
export interface LogOutput {
  /** Never throws and never waits. False: the line was dropped. */
  write(line: string): boolean;
  /** Settles when all that was taken is out, or when the signal is aborted. */
  flush(signal: AbortSignal): Promise<void>;
}

/** Bytes that may wait for a reader: enough for the burst of a start, small beside a gateway's memory. */
const MAX_BYTES = 262_144;

/** Keeps its descriptor open: the next file or port that is opened must never become the process's stdout. */
class KeptSocket extends Socket {
  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    callback(error);
  }
}

/**
 * A descriptor that may stop taking bytes at any time: a pipe that nobody reads, a journal that hangs, a full disk.
 * Then lines are dropped, and nothing else of the agent notices. Pipes and sockets are written without blocking: a
 * blocked write would hold a thread of the pool that serial ports and files need, and would hang the exit.
 */
export class DescriptorOutput implements LogOutput {
  readonly #fd: number;
  readonly #maxBytes: number;
  #stream: Writable | undefined;
  #reopens = false;

  constructor(fd = 1, maxBytes: number = MAX_BYTES) {
    this.#fd = fd;
    this.#maxBytes = maxBytes;
    this.#open();
  }

  write(line: string): boolean {
    // A disk that was full may have room again; a pipe whose reader has gone stays dead.
    if (this.#stream === undefined && this.#reopens) this.#open();
    const stream = this.#stream;
    if (stream === undefined) return false;
    const bytes = Buffer.from(line);
    if (stream.writableLength + bytes.length > this.#maxBytes) return false;
    stream.write(bytes);
    return true;
  }

  async flush(signal: AbortSignal): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || stream.writableLength === 0 || signal.aborted) return;
    let listener: (() => void) | undefined;
    try {
      await new Promise<void>((resolve) => {
        listener = () => resolve();
        signal.addEventListener('abort', listener);
        stream.write('', listener);
      });
    } finally {
      if (listener !== undefined) signal.removeEventListener('abort', listener);
    }
  }

  #open(): void {
    try {
      const stat = fstatSync(this.#fd);
      const piped = stat.isFIFO() || stat.isSocket();
      this.#reopens = !piped;
      const stream = piped
        ? new KeptSocket({ fd: this.#fd, readable: false, writable: true })
        : createWriteStream('', { fd: this.#fd, autoClose: false });
      stream.on('error', () => {
        this.#stream = undefined;
      });
      this.#stream = stream;
    } catch {
      // There is no such descriptor: the agent does its work without a log.
      this.#stream = undefined;
    }
  }
}
