import type { Value } from '../../drivers/contract/reading.ts';

const KINDS = { nothing: 0, null: 1, false: 2, true: 3, number: 4, text: 5 } as const;

/** One value for each of so many places, at nine bytes each, and more only for texts. */
export class ValueStore {
  readonly #kinds: Uint8Array;
  readonly #numbers: Float64Array;
  #texts: Map<number, string> | undefined;

  constructor(places: number) {
    this.#kinds = new Uint8Array(places);
    this.#numbers = new Float64Array(places);
  }

  set(place: number, value: Value): void {
    if (typeof value === 'number') {
      this.#kinds[place] = KINDS.number;
      this.#numbers[place] = value;
    } else if (typeof value === 'string') {
      this.#kinds[place] = KINDS.text;
      this.#texts ??= new Map();
      this.#texts.set(place, value);
    } else {
      this.#kinds[place] = value === null ? KINDS.null : value ? KINDS.true : KINDS.false;
    }
  }

  /** Undefined where none was set. */
  get(place: number): Value | undefined {
    switch (this.#kinds[place]) {
      case KINDS.number:
        return this.#numbers[place];
      case KINDS.text:
        return this.#texts?.get(place);
      case KINDS.true:
        return true;
      case KINDS.false:
        return false;
      case KINDS.null:
        return null;
      default:
        return undefined;
    }
  }
}
