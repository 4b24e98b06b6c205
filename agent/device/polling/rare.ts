/**
 * A map that is empty in most devices all their life. It has no table until something is put in: in a plant of hundreds of
 * devices empty tables were a tenth of the memory that a device takes.
 */
export class RareMap<Key, Value> {
  #entries: Map<Key, Value> | undefined;

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  get(key: Key): Value | undefined {
    return this.#entries?.get(key);
  }

  has(key: Key): boolean {
    return this.#entries?.has(key) === true;
  }

  set(key: Key, value: Value): void {
    this.#entries ??= new Map();
    this.#entries.set(key, value);
  }

  delete(key: Key): boolean {
    return this.#entries?.delete(key) === true;
  }

  clear(): void {
    this.#entries = undefined;
  }

  /** In the order in which they were put in. */
  keys(): MapIterator<Key> {
    return (this.#entries ?? NOTHING).keys();
  }

  values(): MapIterator<Value> {
    return (this.#entries ?? NOTHING).values();
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return (this.#entries ?? NOTHING)[Symbol.iterator]();
  }
}

/** Nobody but {@link RareMap} has it, which never puts anything in. */
const NOTHING = new Map();
