import { fstatSync, writeSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { EXIT, type ExitCode } from './io.ts';

/** The operating system's reasons for output that it does not take, in our words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file would be too large',
  EIO: 'the disk or the terminal failed',
};
const OTHER = 'the operating system refused it';

/** Nobody reads any more, as of `fieldward top | head`: a quiet end. */
const UNREAD = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'];

/** Writes some of the bytes. @returns how many, as write(2): less than all where a disk is nearly full */
export type WriteSome = (bytes: Uint8Array) => number;

/**
 * Standard output of a command. It knows at the end whether all that was printed was taken: a script must never go on
 * with half a file.
 */
export class CliOutput {
  readonly #write: (text: string) => void;
  readonly #drained: () => Promise<void>;
  readonly #ended: () => void;
  #isUsed = false;
  #isOver = false;
  #reason: string | undefined;

  /**
   * @param stream takes the text of terminals, pipes and sockets, and waits for slow readers
   * @param file of a regular file instead: Node's own stream would take a short write for a whole one
   * @param ended told once: nothing more will be taken
   */
  constructor(stream: Writable, file: WriteSome | undefined, ended: () => void) {
    this.#ended = ended;
    stream.on('error', (error) => this.#failed(error));
    if (file === undefined) {
      this.#write = (text) => {
        stream.write(text);
      };
      this.#drained = () => new Promise((resolve) => stream.write('', () => resolve()));
    } else {
      this.#write = (text) => writeWhole(file, Buffer.from(text));
      this.#drained = async () => undefined;
    }
  }

  /** A line. Never throws. */
  print(text: string): void {
    this.draw(`${text}\n`);
  }

  /** The text as it is, for a screen. Never throws. */
  draw(text: string): void {
    if (this.#isOver) return;
    this.#isUsed = true;
    try {
      this.#write(text);
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  /**
   * Waits until all is out.
   * @param code what the command ended with; a failure of its own goes before that of its output
   * @param say takes the message where output was lost
   */
  async end(code: ExitCode, say: (text: string) => void): Promise<ExitCode> {
    // the agent's log goes its own way: a pipe that nobody reads must not hold the end up
    if (this.#isUsed) await this.#drained();
    if (this.#reason === undefined) return code;
    say(`fieldward: the output could not be written: ${this.#reason}`);
    return code === EXIT.ok ? EXIT.output : code;
  }

  #failed(thrown: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const code = String((thrown as { code?: unknown } | null)?.code);
    if (!UNREAD.includes(code)) this.#reason = Object.hasOwn(REASONS, code) ? REASONS[code] : OTHER;
    this.#ended();
  }
}

/** For `CliOutput`: how to write to this descriptor, if it is a regular file. */
export function fileWriter(descriptor: number): WriteSome | undefined {
  try {
    return fstatSync(descriptor).isFile() ? (bytes) => writeSync(descriptor, bytes) : undefined;
  } catch {
    return undefined;
  }
}

function writeWhole(write: WriteSome, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += write(bytes.subarray(at));
}
