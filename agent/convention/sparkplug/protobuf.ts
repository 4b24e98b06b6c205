import { Fault } from '../../../drivers/contract/fault.ts';

/** Wire types (Protocol Buffers, Encoding). */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const FIRST_SIZE = 256;
/** Bytes of the longest varint: 64 bits, 7 in each. */
const LONGEST_VARINT = 10;

/** Writes a message of Protocol Buffers: fields stand in the order of the calls. */
export class ProtobufWriter {
  #bytes = Buffer.allocUnsafe(FIRST_SIZE);
  #length = 0;

  /** @param value a whole number from 0 to 2^53 */
  varint(field: number, value: number): this {
    this.#key(field, VARINT);
    return this.#number(value);
  }

  bool(field: number, value: boolean): this {
    return this.varint(field, value ? 1 : 0);
  }

  double(field: number, value: number): this {
    this.#key(field, FIXED64);
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
    return this;
  }

  text(field: number, value: string): this {
    const length = Buffer.byteLength(value);
    this.#key(field, BYTES);
    this.#number(length);
    this.#reserve(length);
    this.#length += this.#bytes.write(value, this.#length);
    return this;
  }

  /** A message in this one. @param write writes its fields */
  message(field: number, write: () => void): this {
    this.#key(field, BYTES);
    this.#reserve(1);
    const at = this.#length;
    this.#length += 1;
    write();
    // its length is known only now: most take one byte, for others it moves
    const length = this.#length - at - 1;
    const size = sizeOf(length);
    if (size > 1) {
      this.#reserve(size - 1);
      this.#bytes.copyWithin(at + size, at + 1, this.#length);
    }
    this.#length = at;
    this.#number(length);
    this.#length = at + size + length;
    return this;
  }

  /** The message so far; valid until the next call. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #key(field: number, type: number): void {
    this.#number(field * 8 + type);
  }

  #number(value: number): this {
    this.#reserve(LONGEST_VARINT);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length] = (rest % 0x80) + 0x80;
      this.#length += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
    return this;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Bytes of a varint. */
function sizeOf(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

/** A field of a message as it lies on the wire: its meaning is the reader's matter. */
export type ProtobufField =
  | { readonly field: number; readonly kind: 'varint'; readonly value: bigint }
  | { readonly field: number; readonly kind: 'fixed'; readonly value: DataView }
  | { readonly field: number; readonly kind: 'bytes'; readonly value: Uint8Array };

/**
 * The fields of a message, one after the other. Any bytes end in finite time; groups, which proto2 has and Sparkplug
 * does not use, are refused.
 * @throws Fault `command/malformed`
 */
export function* protobufFields(bytes: Uint8Array): Iterable<ProtobufField> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let index = 0; index < LONGEST_VARINT; index += 1) {
      const byte = bytes[at];
      if (byte === undefined) throw new Fault('command/malformed');
      at += 1;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new Fault('command/malformed');
  };
  const skip = (length: number): number => {
    if (length > bytes.length - at) throw new Fault('command/malformed');
    at += length;
    return at - length;
  };
  while (at < bytes.length) {
    const key = varint();
    const field = Number(key >> 3n);
    const type = Number(key & 7n);
    if (field < 1 || field > 0x1fff_ffff) throw new Fault('command/malformed');
    if (type === VARINT) yield { field, kind: 'varint', value: varint() };
    else if (type === BYTES) {
      const length = Number(varint());
      const start = skip(length);
      yield { field, kind: 'bytes', value: bytes.subarray(start, start + length) };
    } else if (type === FIXED64 || type === FIXED32) {
      const length = type === FIXED64 ? 8 : 4;
      const start = skip(length);
      yield { field, kind: 'fixed', value: new DataView(view.buffer, view.byteOffset + start, length) };
    } else throw new Fault('command/malformed');
  }
}
