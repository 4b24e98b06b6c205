import type { Framer } from '../contract/driver.ts';

const TAB = 0x09;
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
 * that a carriage return alone ended is told as it is. A line with a byte that no sentence has is another protocol's, or
 * noise: it is counted as `skipped`, as is all that a start finds before it outside a sentence.
 */
export class SentenceFramer implements Framer {
  readonly #held = new Uint8Array(LONGEST_LINE + 1);
  #length = 0;
  /** The fate of the bytes up to the next line feed or start. */
  #state: 'hold' | 'discard' | 'skip' = 'hold';
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
      if (byte === DOLLAR || byte === EXCLAMATION) this.#start(byte, frame);
      else if (byte === LINE_FEED) this.#endLine(frame);
      else if (this.#state === 'skip') this.#skipped++;
      else if (this.#state === 'discard') this.#discarded++;
      else if (!belongs(byte)) this.#skip();
      else if (this.#length === LONGEST_LINE) this.#discard();
      else this.#held[this.#length++] = byte;
    }
  }

  #skip(): void {
    this.#state = 'skip';
    this.#skipped += this.#length + 1;
    this.#length = 0;
  }

  #discard(): void {
    this.#state = 'discard';
    this.#discarded += this.#length + 1;
    this.#length = 0;
  }

  #start(byte: number, frame: (bytes: Uint8Array) => void): void {
    const isSentence = this.#length > 0 && (this.#held[0] === DOLLAR || this.#held[0] === EXCLAMATION);
    const isEnded = this.#held[this.#length - 1] === CARRIAGE_RETURN;
    if (!isSentence) this.#skipped += this.#length;
    else if (!isEnded) this.#held[this.#length++] = byte;
    const before = isSentence ? this.#held.slice(0, this.#length) : undefined;
    // Settled before the call, so that a listener who throws leaves a framer that goes on with this sentence.
    this.#state = 'hold';
    this.#held[0] = byte;
    this.#length = 1;
    if (before !== undefined) frame(before);
  }

  #endLine(frame: (bytes: Uint8Array) => void): void {
    if (this.#state === 'discard') this.#discarded++;
    if (this.#state === 'skip') this.#skipped++;
    const isReturned = this.#length > 0 && this.#held[this.#length - 1] === CARRIAGE_RETURN;
    const length = isReturned ? this.#length - 1 : this.#length;
    this.#state = 'hold';
    this.#length = 0;
    if (length > 0) frame(this.#held.subarray(0, length));
  }
}

/** Printable ASCII, and the characters that may stand before a line's end. */
function belongs(byte: number): boolean {
  return (byte >= 0x20 && byte <= 0x7e) || byte === CARRIAGE_RETURN || byte === TAB;
}
