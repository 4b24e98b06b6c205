/** A number has at most so many bytes: JavaScript counts no further exactly. */
const MOST_BYTES = 8;

/** Whole numbers in as few bytes as they need, seven bits in each, the low ones first. */
export function varints(numbers: readonly number[]): Buffer {
  const bytes: number[] = [];
  for (const number of numbers) {
    let rest = number;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
    bytes.push(rest);
  }
  return Buffer.from(bytes);
}

/** Reads on through bytes that may be anything. Once they were too few or made no sense, `isBroken`, and all it gives is 0. */
export class VarintReader {
  readonly bytes: Buffer;
  at = 0;
  isBroken = false;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** @param most a greater number makes no sense */
  number(most: number): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < MOST_BYTES && !this.isBroken; count += 1) {
      const byte = this.bytes[this.at];
      if (byte === undefined) break;
      this.at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value <= most ? value : this.#break();
      scale *= 0x80;
    }
    return this.#break();
  }

  /** Steps over so many bytes. @returns where they begin */
  skip(length: number): number {
    const from = this.at;
    if (this.isBroken || length > this.bytes.length - from) return this.#break();
    this.at += length;
    return from;
  }

  #break(): number {
    this.isBroken = true;
    return 0;
  }
}
