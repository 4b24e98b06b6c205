import { HISTORY_SPAN } from '../limits.ts';

/** Bytes of one kept value: its time and the value itself. */
export const KEPT_BYTES = 12;

/** Times are kept as milliseconds from a base in 32 bits, and the base is moved long before they overflow. */
const FARTHEST = 2_000_000_000;

/** Values with their times, oldest first. */
export interface KeptValues {
  /** Milliseconds since 1970. */
  readonly at: readonly number[];
  /** NaN where the value was not known. */
  readonly values: readonly number[];
}

/**
 * The values of one point over the last hour, within a capacity that it is given. While they fit all are kept, but for
 * the middle of a run of equal ones. Beyond that the hour is cut into buckets, and each keeps its lowest and its highest
 * value, so that no peak is lost.
 */
export class PointHistory {
  #at: Uint32Array;
  #values: Float64Array;
  #count = 0;
  /** Milliseconds since 1970 that the times count from. */
  #base = 0;
  /** Milliseconds of a bucket; 0: every value is kept. */
  #width = 0;

  constructor(capacity: number) {
    this.#at = new Uint32Array(capacity);
    this.#values = new Float64Array(capacity);
  }

  get capacity(): number {
    return this.#at.length;
  }

  /** Whether some of the values of the hour were left out. */
  get thinned(): boolean {
    return this.#width > 0;
  }

  /** Time of the newest value, or undefined. */
  get newest(): number | undefined {
    return this.#count === 0 ? undefined : this.#base + (this.#at[this.#count - 1] ?? 0);
  }

  get last(): number | undefined {
    return this.#count === 0 ? undefined : this.#values[this.#count - 1];
  }

  /**
   * @param at later than the newest
   * @param capacity what it may grow to, at least 32
   */
  push(at: number, value: number, capacity: number): void {
    const last = this.#count - 1;
    if (last >= 1 && Object.is(value, this.#values[last]) && Object.is(value, this.#values[last - 1])) {
      // a line that goes on straight has only its ends
      if (at - this.#base <= FARTHEST) {
        this.#at[last] = at - this.#base;
        return;
      }
    }
    if (this.#count === 0) this.#base = at;
    if (at - this.#base > FARTHEST) this.#drop(at);
    if (this.#width > 0) {
      this.#dropNow(at);
    } else if (this.#count >= this.capacity) {
      this.#drop(at);
      if (this.#count > (this.capacity * 3) / 4) this.#resize(at, Math.min(capacity, this.capacity * 2));
    }
    if (this.#width > 0) this.#merge(at, value);
    else this.#append(at, value);
  }

  /** Gives back what is beyond the capacity. */
  limit(capacity: number): void {
    if (capacity < this.capacity) this.#resize(this.newest ?? 0, capacity);
  }

  /** Those between two times, both of them included. */
  between(from: number, to: number): KeptValues {
    const at: number[] = [];
    const values: number[] = [];
    for (let index = 0; index < this.#count; index += 1) {
      const time = this.#base + (this.#at[index] ?? 0);
      if (time < from || time > to) continue;
      at.push(time);
      values.push(this.#values[index] ?? Number.NaN);
    }
    return { at, values };
  }

  clear(): void {
    this.#count = 0;
    this.#width = 0;
  }

  #append(at: number, value: number): void {
    this.#at[this.#count] = at - this.#base;
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  /** Old values go in one stroke for many, not one by one. */
  #dropNow(now: number): void {
    if (this.#base + (this.#at[0] ?? 0) < now - HISTORY_SPAN - this.#width * 8) this.#drop(now);
  }

  #drop(now: number): void {
    const oldest = now - HISTORY_SPAN;
    let first = 0;
    while (first < this.#count && this.#base + (this.#at[first] ?? 0) < oldest) first += 1;
    const base = first < this.#count ? this.#base + (this.#at[first] ?? 0) : now;
    for (let index = first; index < this.#count; index += 1) {
      this.#at[index - first] = this.#base + (this.#at[index] ?? 0) - base;
      this.#values[index - first] = this.#values[index] ?? Number.NaN;
    }
    this.#count -= first;
    this.#base = base;
  }

  /** All that is kept moves to another capacity; values that do not fit are thinned, and so are all later ones. */
  #resize(now: number, capacity: number): void {
    const { at, values } = this.between(now - HISTORY_SPAN, now);
    const keepsAll = this.#width === 0 && at.length <= (capacity * 3) / 4;
    // two values for each bucket of the hour, and some for buckets that are to be dropped soon
    this.#width = keepsAll ? 0 : Math.ceil(HISTORY_SPAN / ((capacity - 8) / 2 - 8));
    if (capacity !== this.capacity) {
      this.#at = new Uint32Array(capacity);
      this.#values = new Float64Array(capacity);
    }
    this.#count = 0;
    this.#base = at[0] ?? now;
    for (const [index, time] of at.entries()) {
      const value = values[index] ?? Number.NaN;
      if (keepsAll) this.#append(time, value);
      else this.#merge(time, value);
    }
  }

  /** Into its bucket, of which the lowest and the highest value stay; one that is not known counts as the lowest. */
  #merge(at: number, value: number): void {
    const bucket = Math.floor(at / this.#width);
    const isIn = (index: number) =>
      index >= 0 && Math.floor((this.#base + (this.#at[index] ?? 0)) / this.#width) === bucket;
    const last = this.#count - 1;
    if (!isIn(last) || !isIn(last - 1)) {
      this.#append(at, value);
      return;
    }
    const [older, newer] = [this.#values[last - 1] ?? Number.NaN, this.#values[last] ?? Number.NaN];
    const [low, high] = isBelow(newer, older) ? [newer, older] : [older, newer];
    // a value between the two tells nothing new
    if (!isBelow(value, low) && !isBelow(high, value)) return;
    // the one of the three that stands between the others goes
    const middle = isBelow(value, low) ? low : high;
    if (Object.is(middle, older)) {
      this.#at[last - 1] = this.#at[last] ?? 0;
      this.#values[last - 1] = newer;
    }
    this.#at[last] = at - this.#base;
    this.#values[last] = value;
  }
}

function isBelow(one: number, other: number): boolean {
  return one < other || (Number.isNaN(one) && !Number.isNaN(other));
}
