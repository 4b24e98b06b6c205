/** Reads the bytes of a telegram in order; beyond the end it gives nothing, so that a broken telegram shows. */
export class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next byte; undefined at the end. */
  byte(): number | undefined {
    const byte = this.#bytes[this.#at];
    if (byte !== undefined) this.#at += 1;
    return byte;
  }

  /** So many bytes; undefined where there are fewer. */
  take(count: number): Uint8Array | undefined {
    if (count > this.left) return undefined;
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }
}
