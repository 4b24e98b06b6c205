/** A device below so much of an equal part did not fill the outbox. */
const SMALL = 1 / 4;
/** A device above so many equal parts did, or above so much of the whole where there are few devices. */
const LARGE = { parts: 4 / 3, whole: 3 / 4 };

/**
 * How many bytes of a stretch of readings each device holds. An equal part is the whole divided by the number of
 * devices that hold anything. A question about one device costs the same, however many there are.
 */
export class Shares {
  readonly #held = new Map<string, number>();
  #bytes = 0;

  add(device: string, bytes: number): void {
    this.#held.set(device, (this.#held.get(device) ?? 0) + bytes);
    this.#bytes += bytes;
  }

  remove(device: string, bytes: number): void {
    const left = (this.#held.get(device) ?? 0) - bytes;
    if (left > 0) this.#held.set(device, left);
    else this.#held.delete(device);
    this.#bytes -= bytes;
  }

  clear(): void {
    this.#held.clear();
    this.#bytes = 0;
  }

  /** Whether the device holds less than a quarter of an equal part. All such devices together hold less than a quarter. */
  isSmall(device: string): boolean {
    return (this.#held.get(device) ?? 0) * this.#held.size < SMALL * this.#bytes;
  }

  /** Whether the device holds more than four thirds of an equal part, or more than three quarters of the whole. */
  isLarge(device: string): boolean {
    const bound = Math.min(LARGE.whole, LARGE.parts / this.#held.size) * this.#bytes;
    return (this.#held.get(device) ?? 0) > bound;
  }

  /** The devices that hold an equal part or more, if they hold half of the whole together; else all. */
  get heavy(): ReadonlySet<string> {
    const heavy = [...this.#held].filter(([, bytes]) => bytes * this.#held.size >= this.#bytes);
    const isHalf = heavy.reduce((sum, [, bytes]) => sum + bytes, 0) >= this.#bytes / 2;
    return isHalf ? new Set(heavy.map(([device]) => device)) : new Set(this.#held.keys());
  }

  get hasLarge(): boolean {
    return [...this.#held.keys()].some((device) => this.isLarge(device));
  }

  /** Whether no other device holds anything. */
  isAlone(device: string): boolean {
    return this.#held.size === (this.#held.has(device) ? 1 : 0);
  }
}

/** The bytes of these records, by device. */
export function sharesOf<T extends { readonly device: string }>(
  records: readonly T[],
  cost: (record: T) => number,
): Shares {
  const shares = new Shares();
  for (const record of records) shares.add(record.device, cost(record));
  return shares;
}
