import { DEEPEST_DATA, MOST_ELEMENTS } from '../limits.ts';

/** A value as DLMS encodes it (Data of IEC 62056-53; A-XDR: IEC 61334-6). */
export type Data =
  | { readonly kind: 'null' }
  | { readonly kind: 'array' | 'structure'; readonly items: readonly Data[] }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'bits'; readonly text: string }
  /** `octets` are bytes or text; `text` is text. Views. */
  | { readonly kind: 'octets' | 'text'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'integer' | 'enum';
      readonly value: number | bigint;
      readonly size: number;
      readonly signed: boolean;
    }
  | { readonly kind: 'float'; readonly value: number; readonly single: boolean }
  /** Two digits. */
  | { readonly kind: 'bcd'; readonly value: number }
  | { readonly kind: 'date-time' | 'date' | 'time'; readonly bytes: Uint8Array }
  /** Class, code and attribute without type bytes, as Sagemcom writes them where a pair begins. */
  | { readonly kind: 'descriptor'; readonly classId: number; readonly code: Uint8Array; readonly attribute: number };

const ARRAY = 1;
const STRUCTURE = 2;
const BIT_STRING = 4;

/** Tag → bytes behind it, of the types that always have as many. */
const FIXED: Readonly<Record<number, number>> = {
  0: 0, // null-data
  3: 1, // boolean
  5: 4, // double-long
  6: 4, // double-long-unsigned
  13: 1, // bcd
  15: 1, // integer
  16: 2, // long
  17: 1, // unsigned
  18: 2, // long-unsigned
  20: 8, // long64
  21: 8, // long64-unsigned
  22: 1, // enum
  23: 4, // float32
  24: 8, // float64
  25: 12, // date-time
  26: 5, // date
  27: 4, // time
};
/** Octet string, visible string, UTF-8 string. */
const STRINGS = new Set([9, 10, 12]);
const SIGNED = new Set([5, 15, 16, 20]);

const DESCRIPTOR_LENGTH = 9;
/** Group A of a code is a medium, F is not used, and no attribute of a class has a higher number. */
const HIGHEST_MEDIUM = 15;
const HIGHEST_ATTRIBUTE = 32;

/** One value: its tag, where its content lies, and how many values follow inside it. */
type Element =
  | { readonly tag: number; readonly from: number; readonly to: number; readonly count: number }
  | 'more'
  | 'malformed'
  | 'unsupported';

/** Stands for a descriptor without type bytes. */
const DESCRIPTOR = -1;

/**
 * The value at `at`, as far as its own bytes go.
 * @param opensPair it is the first of a structure of two
 * @param whole no more bytes will come
 */
function elementAt(bytes: Uint8Array, at: number, end: number, opensPair: boolean, whole: boolean): Element {
  const tag = at < end ? bytes[at] : undefined;
  if (tag === undefined) return 'more';
  if (tag === 0 && opensPair) {
    const is = isDescriptor(bytes, at, end);
    if (is === true) return { tag: DESCRIPTOR, from: at, to: at + DESCRIPTOR_LENGTH, count: 0 };
    if (is === undefined && !whole) return 'more';
  }
  const fixed = Object.hasOwn(FIXED, tag) ? FIXED[tag] : undefined;
  if (fixed !== undefined) return within({ tag, from: at + 1, to: at + 1 + fixed, count: 0 }, end);
  const isNest = tag === ARRAY || tag === STRUCTURE;
  // Compact arrays, deltas and everything else: no meter is known to push them.
  if (!isNest && tag !== BIT_STRING && !STRINGS.has(tag)) return 'unsupported';
  const length = readLength(bytes, at + 1, end);
  if (typeof length === 'string') return length;
  const { value, next } = length;
  if (isNest) return { tag, from: next, to: next, count: value };
  return within({ tag, from: next, to: next + (tag === BIT_STRING ? Math.ceil(value / 8) : value), count: value }, end);
}

function within<T extends { readonly to: number }>(element: T, end: number): T | 'more' {
  return element.to <= end ? element : 'more';
}

/** Undefined: that can't be said yet. */
function isDescriptor(bytes: Uint8Array, at: number, end: number): boolean | undefined {
  const [, , medium, , , , , billing, attribute] = bytes.subarray(at, Math.min(end, at + DESCRIPTOR_LENGTH));
  if (medium !== undefined && medium > HIGHEST_MEDIUM) return false;
  if (billing !== undefined && billing !== 0xff) return false;
  if (attribute === undefined) return undefined;
  return attribute >= 1 && attribute <= HIGHEST_ATTRIBUTE;
}

/** A length of A-XDR: one byte below 128, else 81 or 82 and so many bytes (IEC 61334-6). */
export function readLength(
  bytes: Uint8Array,
  at: number,
  end: number,
): { readonly value: number; readonly next: number } | 'more' | 'malformed' {
  const first = at < end ? bytes[at] : undefined;
  if (first === undefined) return 'more';
  if (first < 0x80) return { value: first, next: at + 1 };
  const size = first - 0x80;
  if (size !== 1 && size !== 2) return 'malformed';
  if (at + size >= end) return 'more';
  const value = size === 1 ? (bytes[at + 1] ?? 0) : ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  return { value, next: at + 1 + size };
}

/** Finds the end of one value in bytes that are still coming: each byte is looked at once. */
export class DataWalk {
  /** Values that are still to come on each level, outermost first. */
  readonly #open: { left: number; opensPair: boolean }[] = [{ left: 1, opensPair: false }];
  #elements = 0;
  #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  /**
   * Where the value ends, once that is seen; `more`, or why it is none.
   * @param end bytes that have come
   * @param whole no more will come
   */
  walk(bytes: Uint8Array, end: number, whole = false): number | 'more' | 'malformed' | 'unsupported' {
    for (;;) {
      const level = this.#open.at(-1);
      if (level === undefined) return this.#at;
      if (level.left === 0) {
        this.#open.pop();
        continue;
      }
      const element = elementAt(bytes, this.#at, end, level.opensPair, whole);
      if (typeof element === 'string') return element;
      const isNest = element.tag === ARRAY || element.tag === STRUCTURE;
      this.#elements += 1;
      if (this.#elements > MOST_ELEMENTS || (isNest && this.#open.length > DEEPEST_DATA)) return 'malformed';
      if (isNest && element.count > MOST_ELEMENTS) return 'malformed';
      level.left -= 1;
      level.opensPair = false;
      this.#at = element.to;
      if (isNest) {
        this.#open.push({ left: element.count, opensPair: element.tag === STRUCTURE && element.count === 2 });
      }
    }
  }
}

/** The value that begins at `at` and where it ends; or why it is none. Nothing of it is copied. */
export function readData(
  bytes: Uint8Array,
  at: number,
): { readonly data: Data; readonly next: number } | 'malformed' | 'unsupported' {
  // The walk keeps depth and count within bounds, so that the second pass need not.
  const end = new DataWalk(at).walk(bytes, bytes.length, true);
  if (typeof end === 'string') return end === 'more' ? 'malformed' : end;
  const { data } = build(bytes, at, false);
  return { data, next: end };
}

function build(bytes: Uint8Array, at: number, opensPair: boolean): { readonly data: Data; readonly next: number } {
  const element = elementAt(bytes, at, bytes.length, opensPair, true);
  if (typeof element === 'string') return { data: { kind: 'null' }, next: bytes.length };
  const { tag, from, to, count } = element;
  if (tag !== ARRAY && tag !== STRUCTURE) return { data: simpleOf(tag, bytes.subarray(from, to), count), next: to };
  const items: Data[] = [];
  let next = from;
  for (let index = 0; index < count; index += 1) {
    const item = build(bytes, next, tag === STRUCTURE && count === 2 && index === 0);
    items.push(item.data);
    next = item.next;
  }
  return { data: { kind: tag === ARRAY ? 'array' : 'structure', items }, next };
}

function simpleOf(tag: number, content: Uint8Array, count: number): Data {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  switch (tag) {
    case DESCRIPTOR:
      return {
        kind: 'descriptor',
        classId: view.getUint16(0),
        code: content.subarray(2, 8),
        attribute: view.getUint8(8),
      };
    case 0:
      return { kind: 'null' };
    case 3:
      return { kind: 'boolean', value: view.getUint8(0) !== 0 };
    case BIT_STRING:
      return { kind: 'bits', text: bitsOf(content, count) };
    case 9:
      return { kind: 'octets', bytes: content };
    case 10:
    case 12:
      return { kind: 'text', bytes: content };
    case 13:
      return bcdOf(view.getUint8(0));
    case 22:
      return { kind: 'enum', value: view.getUint8(0), size: 1, signed: false };
    case 23:
      return { kind: 'float', value: view.getFloat32(0), single: true };
    case 24:
      return { kind: 'float', value: view.getFloat64(0), single: false };
    case 25:
      return { kind: 'date-time', bytes: content };
    case 26:
      return { kind: 'date', bytes: content };
    case 27:
      return { kind: 'time', bytes: content };
    default: {
      const signed = SIGNED.has(tag);
      return { kind: 'integer', value: integerOf(view, signed), size: content.length, signed };
    }
  }
}

function integerOf(view: DataView, signed: boolean): number | bigint {
  switch (view.byteLength) {
    case 1:
      return signed ? view.getInt8(0) : view.getUint8(0);
    case 2:
      return signed ? view.getInt16(0) : view.getUint16(0);
    case 4:
      return signed ? view.getInt32(0) : view.getUint32(0);
    default:
      return signed ? view.getBigInt64(0) : view.getBigUint64(0);
  }
}

/** A digit above 9 is no number that anybody means. */
function bcdOf(byte: number): Data {
  const [tens, ones] = [byte >> 4, byte & 0x0f];
  return tens > 9 || ones > 9 ? { kind: 'null' } : { kind: 'bcd', value: 10 * tens + ones };
}

/** `0101…`, the first bit first. */
function bitsOf(content: Uint8Array, count: number): string {
  let text = '';
  for (let bit = 0; bit < Math.min(count, 256); bit += 1) text += ((content[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
  return text;
}
