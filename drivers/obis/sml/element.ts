import { Fault } from '../../contract/fault.ts';
import { DEEPEST_LIST, LONGEST_LENGTH_FIELD, MOST_ELEMENTS } from './limits.ts';

/** One element of the binary encoding (BSI TR-03109-1, annex IV, 6.3). */
export type Element =
  /** Octets; none of them is also how an optional element is left out. */
  | { readonly kind: 'octets'; readonly bytes: Uint8Array }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer' | 'unsigned'; readonly value: bigint; readonly bytes: Uint8Array }
  | { readonly kind: 'list'; readonly items: readonly Element[] };

const TYPE = 0x70;
const MORE = 0x80;
const NIBBLE = 0x0f;

const OCTETS = 0x00;
const BOOLEAN = 0x40;
const INTEGER = 0x50;
const UNSIGNED = 0x60;
const LIST = 0x70;

/** A list that is not full yet. */
interface Open {
  readonly items: Element[];
  readonly size: number;
}

/** Reads elements one after the other. Bounded: in depth, in number, and by its bytes. */
export class ElementReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get at(): number {
    return this.#at;
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** The byte at hand if it is this one, and then goes on behind it. */
  takeByte(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  /**
   * The element at hand, whole. Lists are kept on a stack of their own, so that no telegram decides how deep calls go.
   * @throws Fault `sml/malformed`
   */
  read(): Element {
    const stack: Open[] = [];
    for (;;) {
      let done = this.#next(stack);
      while (done !== undefined) {
        const open = stack.at(-1);
        if (open === undefined) return done;
        open.items.push(done);
        if (open.items.length < open.size) break;
        stack.pop();
        done = { kind: 'list', items: open.items };
      }
    }
  }

  /** The next element, or nothing where a list was opened. */
  #next(stack: Open[]): Element | undefined {
    if (++this.#count > MOST_ELEMENTS) throw malformed();
    const { type, length, field } = this.#head();
    if (type === LIST) {
      if (length === 0) return { kind: 'list', items: [] };
      if (stack.length === DEEPEST_LIST) throw malformed();
      stack.push({ items: [], size: length });
      return undefined;
    }
    const size = length - field;
    if (size < 0 || size > this.#bytes.length - this.#at) throw malformed();
    const bytes = this.#bytes.subarray(this.#at, this.#at + size);
    this.#at += size;
    return scalar(type, bytes);
  }

  /** Type and length: of a list the number of its elements, else bytes with this field. */
  #head(): { readonly type: number; readonly length: number; readonly field: number } {
    const first = this.#byte();
    const type = first & TYPE;
    let length = first & NIBBLE;
    let field = 1;
    for (let byte = first; (byte & MORE) !== 0; field++) {
      if (field === LONGEST_LENGTH_FIELD) throw malformed();
      byte = this.#byte();
      // all further bytes of the field have type 0
      if ((byte & TYPE) !== 0) throw malformed();
      length = length * 16 + (byte & NIBBLE);
    }
    return { type, length, field };
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw malformed();
    return byte;
  }
}

function scalar(type: number, bytes: Uint8Array): Element {
  switch (type) {
    case OCTETS:
      return { kind: 'octets', bytes };
    case BOOLEAN:
      if (bytes.length !== 1) throw malformed();
      return { kind: 'boolean', value: bytes[0] !== 0 };
    case INTEGER:
    case UNSIGNED: {
      if (bytes.length === 0 || bytes.length > 8) throw malformed();
      const value = unsigned(bytes);
      if (type === UNSIGNED) return { kind: 'unsigned', value, bytes };
      return { kind: 'integer', value: BigInt.asIntN(8 * bytes.length, value), bytes };
    }
    default:
      throw malformed();
  }
}

/** Most significant byte first; meters leave leading bytes out, so that 3, 5, 6 and 7 of them come too. */
export function unsigned(bytes: Uint8Array): bigint {
  let high = 0;
  let low = 0;
  for (const byte of bytes) {
    high = (high * 256 + Math.floor(low / 0x1000000)) % 0x100000000;
    low = (low * 256 + byte) % 0x100000000;
  }
  return high === 0 ? BigInt(low) : BigInt(high) * 0x100000000n + BigInt(low);
}

/** A form that the encoding or the standard does not have. */
export function malformed(): Fault {
  return new Fault('sml/malformed');
}
