import type { Value } from '../../contract/reading.ts';
import { cleanText, decodeText } from '../../framing/text.ts';
import { isTaken } from '../../schema/allowed.ts';
import { wholeOf } from '../../schema/decimal.ts';
import { Scale, type Scaling } from '../../schema/scale.ts';
import { word } from '../bytes.ts';
import type { RawType } from '../point.ts';
import { decodeNumber, encodeNumber, encodeText } from '../values/raw.ts';
import type { PointModel, PointType } from './models/definition.ts';

/** Distance that a value meant as a whole raw value may have from it: the noise of computing with doubles. */
const NOISE = 1e-6;

/** No device scales by more (SunSpec Device Information Model Specification: -10 to 10). */
const LARGEST_POWER = 10;

type NumberType = Exclude<PointType, 'text' | 'pad'>;

const RAW: Readonly<Record<NumberType, RawType>> = {
  i16: 'int16',
  u16: 'uint16',
  e16: 'uint16',
  b16: 'uint16',
  cnt: 'uint16',
  sf: 'int16',
  i32: 'int32',
  u32: 'uint32',
  a32: 'uint32',
  e32: 'uint32',
  b32: 'uint32',
  f32: 'float32',
  i64: 'int64',
  u64: 'uint64',
  a64: 'uint64',
};

/**
 * By these bits a device says that it has no such value (SunSpec Device Information Model Specification): the lowest
 * number where there is a sign, 0 for a count that only grows, all ones for the rest. A float says it by NaN.
 */
function isImplemented(type: NumberType, bytes: Uint8Array): boolean {
  switch (type) {
    case 'i16':
    case 'i32':
    case 'i64':
    case 'sf':
      return bytes[0] !== 0x80 || bytes.subarray(1).some((byte) => byte !== 0);
    case 'a32':
    case 'a64':
      return bytes.some((byte) => byte !== 0);
    case 'f32':
      return true;
    default:
      return bytes.some((byte) => byte !== 0xff);
  }
}

/** The power of ten that a scale factor's register holds; undefined: none that is valid. */
export function powerOf(register: Uint8Array): number | undefined {
  const power = (word(register, 0) << 16) >> 16;
  return Math.abs(power) <= LARGEST_POWER ? power : undefined;
}

/** A value with all its digits, where no double holds them. */
export interface DecodedValue {
  readonly value: Value;
  readonly exact?: string | undefined;
}

const NOTHING: DecodedValue = { value: null };

interface Shape extends Omit<Scaling, 'power'> {
  readonly enum?: Readonly<Record<string, string>> | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly step?: number | undefined;
}

/** Turns the registers of one point into its value, and back. */
export class SunspecCodec {
  readonly #shape: Shape;
  readonly #texts: ReadonlyMap<number | bigint, string> | undefined;
  readonly #scales = new Map<number, Scale>();

  constructor(shape: Shape) {
    this.#shape = shape;
    const entries = shape.enum === undefined ? undefined : Object.entries(shape.enum);
    this.#texts = entries && new Map(entries.map(([key, text]) => [wholeOf(BigInt(key)), text]));
  }

  /** @param power of ten, of the same answer; undefined: the device gives none */
  decode({ type }: PointModel, bytes: Uint8Array, power: number | undefined): DecodedValue {
    if (type === 'text') return { value: textOf(bytes) };
    if (type === 'pad' || power === undefined || !isImplemented(type, bytes)) return NOTHING;
    const raw = decodeNumber(bytes, layoutOf(type));
    if (raw === null) return NOTHING;
    if (this.#texts !== undefined) return { value: this.#texts.get(raw) ?? null };
    const scale = this.#scale(power);
    const value = scale.value(raw);
    if (!Number.isFinite(value)) return NOTHING;
    const exact = type === 'f32' ? undefined : scale.exact(raw);
    return exact === undefined ? { value } : { value, exact };
  }

  /** Whether the value may be written at all, with any scale factor. */
  takes({ type, size }: PointModel, value: Value): boolean {
    if (type === 'text') return typeof value === 'string' && encoded(value, size) !== undefined;
    if (this.#texts !== undefined) return this.#rawOf(value) !== undefined;
    return typeof value === 'number' && isTaken(this.#shape, value);
  }

  /** @returns undefined where the type with this power of ten has no such value, or means by it that there is none */
  encode({ type, size }: PointModel, value: Value, power: number): Uint8Array | undefined {
    if (type === 'text') return typeof value === 'string' ? encoded(value, size) : undefined;
    if (type === 'pad') return undefined;
    const raw = this.#texts === undefined ? this.#scaled(type, value, power) : this.#rawOf(value);
    const bytes = raw === undefined ? undefined : encodeNumber(raw, layoutOf(type));
    return bytes !== undefined && isImplemented(type, bytes) ? bytes : undefined;
  }

  #scaled(type: NumberType, value: Value, power: number): number | bigint | undefined {
    if (typeof value !== 'number') return undefined;
    if (type === 'f32') return this.#scale(power).floating(value);
    const { nearest, off } = this.#scale(power).raw(value);
    return off > NOISE ? undefined : nearest;
  }

  #rawOf(value: Value): number | bigint | undefined {
    for (const [raw, text] of this.#texts ?? []) if (text === value) return raw;
    return undefined;
  }

  /** Of 21 powers. */
  #scale(power: number): Scale {
    const scale = this.#scales.get(power) ?? new Scale({ ...this.#shape, power });
    this.#scales.set(power, scale);
    return scale;
  }
}

function layoutOf(type: NumberType) {
  return { type: RAW[type], wordOrder: 'big', byteOrder: 'big' } as const;
}

/** UTF-8 up to the first NUL, cleaned; null where nothing is left. */
function textOf(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0);
  const text = cleanText(decodeText(end < 0 ? bytes : bytes.subarray(0, end), 'utf8'));
  return text === '' ? null : text;
}

function encoded(text: string, size: number): Uint8Array | undefined {
  return encodeText(text, size, { type: 'string', wordOrder: 'big', byteOrder: 'big' });
}
