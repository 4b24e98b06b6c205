import type { Framer } from '../../contract/driver.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const EXCLAMATION = 0x21;
const SLASH = 0x2f;

/** First byte of an encrypted telegram: general-glo-ciphering (IEC 62056-5-3). */
export const CIPHERED = 0xdb;
const TITLE_LENGTH = 8;
/** The tag and the title: every frame of one meter begins with them. */
const FRONT = 2 + TITLE_LENGTH;
/** Authenticated and encrypted, suite 0. */
const SECURITY = 0x30;
/** Behind the length: security byte, frame counter and tag. */
const OVERHEAD = 1 + 4 + 12;

/** Bytes from `/` to `!`. DSMR 5.0.2 has none above 4 KB; Belgian and Hungarian ones are longer. */
export const LONGEST_TELEGRAM = 8192;
/** With CRC and line end, ciphered. */
const LONGEST_CIPHERED = LONGEST_TELEGRAM + 6 + OVERHEAD;
const LONGEST_HELD = LONGEST_CIPHERED + FRONT + 3 + 1;
const CRC_DIGITS = 4;

type State = 'idle' | 'telegram' | 'crc' | 'header' | 'ciphered';

/**
 * Cuts a byte stream into telegrams, in bounded memory and linear time, the same however the stream is split.
 *
 * A telegram begins at `/`, which no value holds, and ends at `!` with up to four digits: at the fourth, or at the
 * line's end. An encrypted one begins with its header and has the length that it says. One that the next one cuts off
 * is told as far as it came, so that it can't pass for a whole one. Any byte that no telegram has makes it noise.
 */
export class TelegramFramer implements Framer {
  readonly #held = new Uint8Array(LONGEST_HELD);
  #length = 0;
  /** Of the encrypted telegram at hand. */
  #total = 0;
  #digits = 0;
  /** So many bytes at the front of a header were the end of the frame before, too. */
  #shared = 0;
  #state: State = 'idle';
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
    for (const byte of chunk) this.#take(byte, frame);
  }

  #take(byte: number, frame: (bytes: Uint8Array) => void): void {
    if (this.#state === 'telegram') this.#telegram(byte, frame);
    else if (this.#state === 'ciphered') this.#ciphered(byte, frame);
    else if (this.#state === 'crc') this.#crc(byte, frame);
    else if (this.#state === 'header') this.#header(byte, frame);
    else this.#idle(byte);
  }

  #idle(byte: number): void {
    if (byte === SLASH || byte === CIPHERED) this.#begin(byte);
    else if (this.#isTooLong) this.#discarded++;
    else if (byte !== CARRIAGE_RETURN && byte !== LINE_FEED) this.#skipped++;
  }

  #begin(byte: number): void {
    this.#isTooLong = false;
    this.#state = byte === SLASH ? 'telegram' : 'header';
    this.#held[0] = byte;
    this.#length = 1;
  }

  #telegram(byte: number, frame: (bytes: Uint8Array) => void): void {
    if (byte === SLASH) {
      this.#cutOff(byte, frame);
      return;
    }
    if (!isText(byte)) {
      this.#skipped += this.#length;
      this.#state = 'idle';
      this.#idle(byte);
      return;
    }
    this.#held[this.#length++] = byte;
    if (byte === EXCLAMATION) {
      this.#state = 'crc';
      this.#digits = 0;
    } else if (this.#length >= LONGEST_TELEGRAM) {
      this.#discarded += this.#length;
      this.#isTooLong = true;
      this.#state = 'idle';
    }
  }

  #crc(byte: number, frame: (bytes: Uint8Array) => void): void {
    if (byte === SLASH || byte === CIPHERED) {
      this.#cutOff(byte, frame);
    } else if (byte === CARRIAGE_RETURN || byte === LINE_FEED) {
      this.#end(frame);
    } else {
      // A byte that is no digit is held too: it shows that the CRC is none.
      this.#held[this.#length++] = byte;
      this.#digits++;
      if (this.#digits === CRC_DIGITS || !isHex(byte)) this.#end(frame);
    }
  }

  #header(byte: number, frame: (bytes: Uint8Array) => void): void {
    this.#held[this.#length++] = byte;
    const total = this.#totalOf();
    if (total === 'none') {
      this.#refuse(frame);
    } else if (total !== 'more') {
      this.#total = total;
      this.#shared = 0;
      this.#state = 'ciphered';
    }
  }

  /** The length of the frame of which the header is held. */
  #totalOf(): number | 'more' | 'none' {
    if (this.#length <= FRONT) return this.#length < 2 || this.#held[1] === TITLE_LENGTH ? 'more' : 'none';
    const length = lengthOf(this.#held.subarray(FRONT, this.#length));
    if (length === 'more') return 'more';
    if (length === undefined || length.value <= OVERHEAD || length.value > LONGEST_CIPHERED) return 'none';
    const security = FRONT + length.bytes;
    if (this.#length <= security) return 'more';
    return this.#held[security] === SECURITY ? security + length.value : 'none';
  }

  /** It was no header: it may hold the beginning of one, or of a telegram. Each byte is looked at again at most 13 times. */
  #refuse(frame: (bytes: Uint8Array) => void): void {
    const again = this.#held.slice(Math.max(1, this.#shared), this.#length);
    this.#state = 'idle';
    if (this.#shared === 0) this.#skipped++;
    this.#shared = 0;
    for (const byte of again) this.#take(byte, frame);
  }

  #ciphered(byte: number, frame: (bytes: Uint8Array) => void): void {
    this.#held[this.#length++] = byte;
    if (this.#length === this.#total) {
      this.#endCiphered(frame);
      return;
    }
    // The meter's own title within a frame: the frame was cut, or its length was damaged.
    const front = this.#length - FRONT;
    if (byte !== this.#held[FRONT - 1] || front < FRONT) return;
    if (!isEqual(this.#held.subarray(front, front + FRONT), this.#held.subarray(0, FRONT))) return;
    const cut = this.#held.slice(0, front);
    this.#length = FRONT;
    this.#state = 'header';
    frame(cut);
  }

  /** Where a frame lost some bytes, the next one's first ones are its last: they are looked at as such too. */
  #endCiphered(frame: (bytes: Uint8Array) => void): void {
    const whole = this.#held.slice(0, this.#length);
    let shared = FRONT;
    while (shared > 0 && !isEqual(whole.subarray(whole.length - shared), whole.subarray(0, shared))) shared--;
    this.#shared = shared;
    this.#length = shared;
    this.#state = shared > 0 ? 'header' : 'idle';
    frame(whole);
  }

  /** Told with the next one's first byte at its end. */
  #cutOff(byte: number, frame: (bytes: Uint8Array) => void): void {
    this.#held[this.#length++] = byte;
    const cut = this.#held.slice(0, this.#length);
    // Settled before the call, so that a listener who throws leaves a framer that goes on with this telegram.
    this.#begin(byte);
    frame(cut);
  }

  #end(frame: (bytes: Uint8Array) => void): void {
    const length = this.#length;
    this.#state = 'idle';
    this.#length = 0;
    frame(this.#held.subarray(0, length));
  }
}

/** A length of BER: 81 and one byte, or 82 and two. A telegram is never so short that one byte alone would say it. */
export function lengthOf(bytes: Uint8Array): { readonly value: number; readonly bytes: number } | 'more' | undefined {
  const [first = 0, second, third] = bytes;
  if (first !== 0x81 && first !== 0x82) return undefined;
  if (second === undefined || (first === 0x82 && third === undefined)) return 'more';
  return first === 0x81 ? { value: second, bytes: 2 } : { value: second * 256 + (third ?? 0), bytes: 3 };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, at) => byte === b[at]);
}

/** Printable ASCII and line ends. */
function isText(byte: number): boolean {
  return (byte >= 0x20 && byte <= 0x7e) || byte === CARRIAGE_RETURN || byte === LINE_FEED;
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
