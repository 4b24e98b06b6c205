import type { Framer } from '../contract/driver.ts';
import { advance, failureTable } from './search.ts';

const CR = 0x0d;
const LF = 0x0a;

export interface DelimitedSettings {
  /** One byte or more. After a lone LF's frame one CR at its end is taken off, because CR LF is LF to people. */
  readonly delimiter: Uint8Array;
  /** Longest frame in bytes without its delimiter, 1 or more; a CR that is taken off counts. */
  readonly maxLength: number;
  /** Begin after the first delimiter: the port may have been opened in the middle of a frame. */
  readonly skipsFirst?: boolean;
}

/**
 * Cuts a byte stream at a delimiter. Holds at most `maxLength` bytes and the delimiter, looks at each byte once, and
 * gives the same frames however the stream is split into chunks. A frame that is too long is thrown away whole, with
 * its delimiter, and counted; the next one begins after the next delimiter. Empty frames are not told.
 */
export class DelimitedFramer implements Framer {
  readonly #delimiter: Uint8Array;
  readonly #table: Uint16Array;
  readonly #maxLength: number;
  readonly #held: Uint8Array;
  readonly #dropsCarriageReturn: boolean;
  /** Bytes of the frame at hand, with what may be the beginning of a delimiter; more than are held when it is too long. */
  #length = 0;
  #matched = 0;
  #discarded = 0;
  #taken = 0;
  /** The fate of the bytes up to the next delimiter. */
  #state: 'hold' | 'discard' | 'skip';

  constructor(settings: DelimitedSettings) {
    this.#delimiter = Uint8Array.from(settings.delimiter);
    this.#table = failureTable(this.#delimiter);
    this.#maxLength = settings.maxLength;
    this.#state = settings.skipsFirst === true ? 'skip' : 'hold';
    this.#held = new Uint8Array(settings.maxLength + this.#delimiter.length);
    this.#dropsCarriageReturn = this.#delimiter.length === 1 && this.#delimiter[0] === LF;
  }

  get discarded(): number {
    return this.#discarded;
  }

  /** Bytes taken from the stream so far; during a call of `frame`, through the end of that frame's delimiter. */
  get taken(): number {
    return this.#taken;
  }

  /** Bytes since the last delimiter: a frame that has begun. */
  get pending(): number {
    return this.#length;
  }

  push(chunk: Uint8Array, frame: (bytes: Uint8Array) => void): void {
    for (const byte of chunk) {
      this.#taken++;
      this.#matched = advance(this.#delimiter, this.#table, this.#matched, byte);
      if (this.#state === 'hold') this.#held[this.#length++] = byte;
      else if (this.#state === 'discard') this.#discarded++;
      if (this.#matched === this.#delimiter.length) this.#end(frame);
      else if (this.#length - this.#matched > this.#maxLength) this.#drop();
    }
  }

  #drop(): void {
    this.#state = 'discard';
    this.#discarded += this.#length;
    this.#length = 0;
  }

  #end(frame: (bytes: Uint8Array) => void): void {
    const whole = this.#state === 'hold';
    let length = this.#length - this.#delimiter.length;
    // Settled before the call, so that a caller who throws leaves a framer that goes on with the next frame.
    this.#length = 0;
    this.#matched = 0;
    this.#state = 'hold';
    if (whole && this.#dropsCarriageReturn && this.#held[length - 1] === CR) length--;
    if (whole && length > 0) frame(this.#held.subarray(0, length));
  }
}
