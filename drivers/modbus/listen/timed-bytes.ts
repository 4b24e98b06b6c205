/** Bytes that wait to be cut into frames, each with the time at which it came, up to a bound. */
export class TimedBytes {
  readonly bytes: Uint8Array;
  readonly times: Float64Array;
  #length = 0;

  /** @param most bytes that are held */
  constructor(most: number) {
    this.bytes = new Uint8Array(most);
    this.times = new Float64Array(most);
  }

  get length(): number {
    return this.#length;
  }

  /** The held bytes, without a copy. */
  get received(): Uint8Array {
    return this.bytes.subarray(0, this.#length);
  }

  /** Takes a chunk, in parts where it is longer than the room. @param drain makes room after each part */
  push(chunk: Uint8Array, at: number, drain: () => void): void {
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + this.bytes.length - this.#length);
      this.bytes.set(part, this.#length);
      this.times.fill(at, this.#length, this.#length + part.length);
      this.#length += part.length;
      from += part.length;
      drain();
    }
  }

  /** The first bytes are done with. */
  drop(count: number): void {
    if (count === 0) return;
    this.bytes.copyWithin(0, count, this.#length);
    this.times.copyWithin(0, count, this.#length);
    this.#length -= count;
  }

  /** When the bytes from one place to another came: the first, the last, and how many came with the first. */
  span(from: number, to: number): { readonly beganAt: number; readonly endedAt: number; readonly first: number } {
    const beganAt = this.times[from] ?? 0;
    const first = this.times.subarray(from, to).findIndex((time) => time !== beganAt);
    return { beganAt, endedAt: this.times[to - 1] ?? 0, first: first < 0 ? to - from : first };
  }
}
