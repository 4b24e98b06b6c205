import type { Framer } from '../contract/driver.ts';

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const DOLLAR = 0x24;
const EXCLAMATION = 0x21;

/** The standard allows 82 with `$` and CR LF; receivers with more digits and more systems send over 100. */
const LONGEST_LINE = 256;

/**
 * Cuts a byte stream at line feeds, and begins anew at each `$` and `!`: the standard reserves both for the start of a
 * sentence, so that neither binary bytes nor a sentence that was cut take the next one with them. Holds at most 256
 * bytes of a line, looks at each byte once, and gives the same frames however the stream is split.
 *
 * A sentence that the next start cut off is told with that start at its end, so that it can't pass for a whole one; one
 * that a carriage return alone ended is told as it is. Bytes of no sentence before a start are counted as `skipped`.
 */
export class SentenceFramer implements Framer {
  readonly #held = new Uint8Array(LONGEST_LINE + 1);
  #length = 0;
  #isTooLong = false;
  #discarded = 0;
  #skipped = 0;

  get discarded(): number {
    return this.#discarded;
  }

  get skipped(): number {
    return this.#skipped;
  }

  push(chunk: Uint8Array, frame: (bytes: Uint8Array) => void): void {
    for (const byte of chunk) {
      if (byte === LINE_FEED) this.#endLine(frame);
      else if (byte === DOLLAR || byte === EXCLAMATION) this.#start(byte, frame);
      else if (this.#isTooLong) this.#discarded++;
      else if (this.#length < LONGEST_LINE) this.#held[this.#length++] = byte;
      else this.#drop();
    }
  }

  #drop(): void {
    this.#isTooLong = true;
    this.#discarded += this.#length + 1;
    this.#length = 0;
  }

  #endLine(frame: (bytes: Uint8Array) => void): void {
    if (this.#isTooLong) this.#discarded++;
    if (this.#held[this.#length - 1] === CARRIAGE_RETURN) this.#length--;
    this.#tell(this.#length, frame);
  }

  #start(byte: number, frame: (bytes: Uint8Array) => void): void {
    const [first, last] = [this.#held[0], this.#held[this.#length - 1]];
    const isSentence = this.#length > 0 && (first === DOLLAR || first === EXCLAMATION);
    if (!isSentence) {
      this.#skipped += this.#length;
      this.#length = 0;
    } else if (last !== CARRIAGE_RETURN) {
      this.#held[this.#length++] = byte;
    }
    const cut = this.#length;
    // Settled before the call: where the listener throws, the sentence that begins here must not be lost.
    const piece = this.#held.slice(0, cut);
    this.#isTooLong = false;
    this.#held[0] = byte;
    this.#length = 1;
    if (cut > 0) frame(piece);
  }

  /** Settled before the call, so that a listener who throws leaves a framer that goes on with the next line. */
  #tell(length: number, frame: (bytes: Uint8Array) => void): void {
    this.#length = 0;
    this.#isTooLong = false;
    if (length > 0) frame(this.#held.subarray(0, length));
  }
}
