import type { Framer } from '../contract/driver.ts';
import { hexDigit, LONGEST_HEX } from './hex.ts';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const COLON = 0x3a;

/** Text that ends the last field of a block; one byte follows it. */
export const END_LABEL = '\r\nChecksum\t';

/** The protocol allows 22 fields of 8 and 32 characters with their separators: 968 bytes. */
const LONGEST_BLOCK = 1024;

/**
 * Cuts a byte stream into text blocks and HEX messages. A block begins with the byte after the one before and ends with
 * the byte after `Checksum` and a tab, for its sum counts every byte between. A HEX message is `:`, hexadecimal digits and
 * a line feed; it may stand between blocks, between fields and within one, and is told by itself, without its line feed:
 * the block is told without it. Text that begins with `:` and is no such message is text like any other. The byte after
 * `Checksum` and a tab is always the check byte.
 *
 * A block whose first label comes again was cut off: it is told as it is, and the next one begins there. Holds at most
 * {@link LONGEST_BLOCK} and {@link LONGEST_HEX} bytes, does bounded work for each byte, and gives the same frames however
 * the stream is split. A longer block or message is thrown away and counted.
 */
export class BlockFramer implements Framer {
  readonly #block = new Uint8Array(LONGEST_BLOCK);
  readonly #hex = new Uint8Array(LONGEST_HEX);
  /** Bytes of the block at hand; 0: between blocks. */
  #length = 0;
  /** Bytes of the HEX message at hand; 0: none. */
  #hexLength = 0;
  /** Where the field at hand begins, with its carriage return; -1: none has begun. */
  #field = -1;
  /** Whether the label of the field at hand has ended. */
  #labelled = false;
  /** The first label, with what is before and behind it; empty: not known yet. */
  #first = new Uint8Array();
  #awaitsCheck = false;
  #discarded = 0;

  get discarded(): number {
    return this.#discarded;
  }

  push(chunk: Uint8Array, frame: (bytes: Uint8Array) => void): void {
    for (const byte of chunk) {
      if (this.#hexLength > 0) this.#continueHex(byte, frame);
      else if (byte === COLON && !this.#awaitsCheck) this.#hex[this.#hexLength++] = byte;
      else this.#text(byte, frame);
    }
  }

  #continueHex(byte: number, frame: (bytes: Uint8Array) => void): void {
    if (byte === LINE_FEED && this.#hexLength > 1) {
      const message = this.#hex.subarray(0, this.#hexLength);
      this.#hexLength = 0;
      frame(message);
      return;
    }
    if (hexDigit(byte) !== undefined && this.#hexLength < LONGEST_HEX) {
      this.#hex[this.#hexLength++] = byte;
      return;
    }
    // No HEX message: all of it is text. None of it can be a tab, so no frame comes of it.
    const length = this.#hexLength;
    this.#hexLength = 0;
    for (const held of this.#hex.subarray(0, length)) this.#text(held, frame);
    if (byte === COLON) this.#hex[this.#hexLength++] = byte;
    else this.#text(byte, frame);
  }

  #text(byte: number, frame: (bytes: Uint8Array) => void): void {
    if (this.#length === LONGEST_BLOCK) {
      this.#discarded += this.#length;
      this.#clear();
    }
    this.#block[this.#length++] = byte;
    if (this.#awaitsCheck) this.#end(frame);
    else if (byte === TAB && this.#field >= 0 && !this.#labelled) this.#endLabel(frame);
    else if (byte === LINE_FEED && this.#length > 1 && this.#block[this.#length - 2] === CARRIAGE_RETURN) {
      this.#field = this.#length - 2;
      this.#labelled = false;
    }
  }

  #endLabel(frame: (bytes: Uint8Array) => void): void {
    this.#labelled = true;
    const label = this.#block.slice(this.#field, this.#length);
    if (isEndLabel(label)) {
      this.#awaitsCheck = true;
    } else if (this.#first.length === 0) {
      this.#first = label;
    } else if (isSame(label, this.#first)) {
      const cut = this.#block.slice(0, this.#field);
      this.#block.set(label);
      this.#length = label.length;
      this.#field = 0;
      frame(cut);
    }
  }

  #end(frame: (bytes: Uint8Array) => void): void {
    const block = this.#block.subarray(0, this.#length);
    // Settled before the call, so that a listener who throws leaves a framer that goes on with the next block.
    this.#clear();
    frame(block);
  }

  #clear(): void {
    this.#length = 0;
    this.#field = -1;
    this.#labelled = false;
    this.#first = new Uint8Array();
    this.#awaitsCheck = false;
  }
}

function isEndLabel(label: Uint8Array): boolean {
  if (label.length !== END_LABEL.length) return false;
  return label.every((byte, at) => byte === END_LABEL.charCodeAt(at));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
