import { MOST_LEFT_OUT } from '../limits.ts';

/** Names that found no room: each counts once, and of very many a part is remembered. */
export class LeftOut {
  readonly #names = new Set<string>();

  get count(): number {
    return this.#names.size;
  }

  add(name: string): void {
    if (this.#names.size < MOST_LEFT_OUT) this.#names.add(name);
  }

  /** There is room for it now, or it is no more. */
  remove(name: string): void {
    this.#names.delete(name);
  }
}
