import type { Framer } from '../../contract/driver.ts';
import { ETX, STX } from './block.ts';

const LINE_FEED = 0x0a;
const EXCLAMATION = 0x21;
const OPEN = 0x28;
const CLOSE = 0x29;
const SLASH = 0x2f;

/**
 * Cuts the telegrams of mode D out of a byte stream: from `/` to `!` (IEC 62056-21), or, where an STX stands
 * within, to the character behind ETX. Neither `/` nor `!` counts within brackets, where makers write dates. A `/` that
 * begins anew cuts the telegram before off: that one is told as it is. Bytes between telegrams are counted as `skipped`.
 * Holds at most the given number of bytes, looks at each once, and gives the same frames however the stream is split.
 */
export class PushFramer implements Framer {
  readonly #held: Uint8Array;
  #length = 0;
  #inBrackets = false;
  #hasStart = false;
  /** The block check character comes next. */
  #awaitsCheck = false;
  #discarded = 0;
  #skipped = 0;

  /** @param longest bytes of the longest telegram */
  constructor(longest: number) {
    this.#held = new Uint8Array(longest);
  }

  get discarded(): number {
    return this.#discarded;
  }

  get skipped(): number {
    return this.#skipped;
  }

  push(chunk: Uint8Array, frame: (bytes: Uint8Array) => void): void {
    for (const byte of chunk) this.#take(byte, frame);
  }

  #take(byte: number, frame: (bytes: Uint8Array) => void): void {
    if (byte === SLASH && !this.#inBrackets && !this.#awaitsCheck) {
      this.#end(frame);
      this.#held[this.#length++] = byte;
      return;
    }
    if (this.#length === 0) {
      this.#skipped++;
      return;
    }
    if (this.#length === this.#held.length) {
      this.#discarded += this.#length + 1;
      this.#clear();
      return;
    }
    this.#held[this.#length++] = byte;
    if (this.#awaitsCheck) this.#end(frame);
    else if (byte === OPEN) this.#inBrackets = true;
    else if (byte === CLOSE || byte === LINE_FEED) this.#inBrackets = false;
    else if (byte === STX) this.#hasStart = true;
    else if (byte === ETX && this.#hasStart) this.#awaitsCheck = true;
    else if (byte === EXCLAMATION && !this.#inBrackets && !this.#hasStart) this.#end(frame);
  }

  #end(frame: (bytes: Uint8Array) => void): void {
    const telegram = this.#held.slice(0, this.#length);
    // Settled before the call, so that a listener who throws leaves a framer that goes on.
    this.#clear();
    if (telegram.length > 0) frame(telegram);
  }

  #clear(): void {
    this.#length = 0;
    this.#inBrackets = false;
    this.#hasStart = false;
    this.#awaitsCheck = false;
  }
}
