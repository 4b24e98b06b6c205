/**
 * A result of an object that nobody changes, and of a text, worked out once and kept while the object is held. Devices
 * of one profile share its points, and so all results of these.
 */
export class Once<Key extends object, T> {
  readonly #known = new WeakMap<Key, Map<string, T>>();

  of(key: Key, text: string, make: () => T): T {
    const ofKey = this.#known.get(key) ?? new Map<string, T>();
    this.#known.set(key, ofKey);
    const found = ofKey.get(text);
    if (found !== undefined) return found;
    const made = make();
    ofKey.set(text, made);
    return made;
  }
}
