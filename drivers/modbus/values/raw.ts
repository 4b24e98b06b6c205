import { shortestFloat, wholeOf } from '../../schema/decimal.ts';
import { bitsOf, type RawType, WORDS } from '../point.ts';
import { decodeMantissa, encodeMantissa } from './mantissa.ts';
import { decodeModulo, encodeModulo } from './modulo.ts';

/** Where the most significant part lies, of the registers of a value and of the bytes of a register. */
export interface Layout {
  readonly type: RawType;
  readonly wordOrder: 'big' | 'little';
  readonly byteOrder: 'big' | 'little';
}

/**
 * Bytes of the wire in the order of their significance, and back: the same steps do both.
 * @param bytes whole registers, as they lie on the wire
 * @param arranged gets them, and is as long
 */
export function arrange(
  bytes: Uint8Array,
  layout: Pick<Layout, 'wordOrder' | 'byteOrder'>,
  arranged: Uint8Array = new Uint8Array(bytes.length),
): Uint8Array {
  for (let at = 0; at < bytes.length; at += 2) {
    const to = layout.wordOrder === 'big' ? at : bytes.length - 2 - at;
    const swap = layout.byteOrder === 'little' ? 1 : 0;
    arranged[to] = bytes[at + swap] ?? 0;
    arranged[to + 1] = bytes[at + 1 - swap] ?? 0;
  }
  return arranged;
}

interface Significant {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** One for each number of registers that a number takes, for one number at a time: most of what is read is numbers. */
const SIGNIFICANT: readonly Significant[] = Array.from({ length: Math.max(...Object.values(WORDS)) + 1 }, (_, words) =>
  room(words * 2),
);

function room(length: number): Significant {
  const bytes = new Uint8Array(length);
  return { bytes, view: new DataView(bytes.buffer) };
}

/** Valid until the next call. */
function significant(bytes: Uint8Array, layout: Layout): Significant {
  const into = SIGNIFICANT[bytes.length / 2] ?? room(bytes.length);
  arrange(bytes, layout, into.bytes);
  return into;
}

/**
 * The number in the registers; a bigint for integers beyond 2^53. BCD: four decimal digits a register.
 * @returns null for NaN, an infinity, digits that are none and modulo-10000 registers that contradict each other
 */
export function decodeNumber(bytes: Uint8Array, layout: Layout): number | bigint | null {
  const { bytes: raw, view } = significant(bytes, layout);
  switch (layout.type) {
    case 'int16':
      return view.getInt16(0);
    case 'int24':
      return (view.getInt32(0) << 8) >> 8;
    case 'uint24':
      return view.getUint32(0) & 0xff_ffff;
    case 'int32':
      return view.getInt32(0);
    case 'uint32':
      return view.getUint32(0);
    case 'int48':
      return view.getInt16(0) * 2 ** 32 + view.getUint32(2);
    case 'uint48':
      return view.getUint16(0) * 2 ** 32 + view.getUint32(2);
    case 'int64':
      return wholeOf(view.getBigInt64(0));
    case 'uint64':
      return wholeOf(view.getBigUint64(0));
    case 'float32':
      return shortest(view.getFloat32(0));
    case 'float64':
      return finite(view.getFloat64(0));
    case 'exp8-mantissa24':
      return decodeMantissa(view);
    case 'bcd16':
    case 'bcd32':
      return decimal(raw);
    case 'mod10k-32':
    case 'mod10k-64':
      return decodeModulo(view);
    case 'sign-magnitude16':
      return signed(view.getUint16(0), 0x8000);
    case 'sign-magnitude32':
      return signed(view.getUint32(0), 0x8000_0000);
    default:
      return view.getUint16(0);
  }
}

/** The highest bit is the sign, all others are the size; minus zero is 0. */
function signed(raw: number, sign: number): number {
  return raw < sign ? raw : sign - raw;
}

/** So many bits from `first` on, 0 being the least significant; a bigint for more than 53 that are needed. */
export function decodeBits(bytes: Uint8Array, layout: Layout, first: number, count: number): number | bigint {
  return wholeOf((allBits(arrange(bytes, layout)) >> BigInt(first)) & ((1n << BigInt(count)) - 1n));
}

/** @param arranged in the order of significance */
export function allBits(arranged: Uint8Array): bigint {
  let all = 0n;
  for (const byte of arranged) all = (all << 8n) | BigInt(byte);
  return all;
}

/** @returns undefined where the type can not hold the number */
export function encodeNumber(raw: number | bigint, layout: Layout): Uint8Array | undefined {
  const bytes = new Uint8Array(WORDS[layout.type] * 2);
  const view = new DataView(bytes.buffer);
  if (!store(view, layout.type, raw)) return undefined;
  return arrange(bytes, layout);
}

function store(view: DataView, type: RawType, raw: number | bigint): boolean {
  switch (type) {
    case 'float32':
      view.setFloat32(0, Number(raw));
      return Number.isFinite(view.getFloat32(0));
    case 'float64':
      view.setFloat64(0, Number(raw));
      return Number.isFinite(Number(raw));
    case 'exp8-mantissa24':
      return encodeMantissa(view, raw);
    case 'bcd16':
    case 'bcd32':
      return storeDecimal(view, Number(raw));
    case 'mod10k-32':
    case 'mod10k-64':
      return encodeModulo(view, raw);
    default:
      return storeInteger(view, type, raw);
  }
}

const SIGNED: ReadonlySet<RawType> = new Set<RawType>(['int16', 'int24', 'int32', 'int48', 'int64']);

function storeInteger(view: DataView, type: RawType, raw: number | bigint): boolean {
  if (typeof raw === 'number' && !Number.isInteger(raw)) return false;
  const wanted = BigInt(raw);
  if (type === 'sign-magnitude16' || type === 'sign-magnitude32') return storeSigned(view, wanted);
  const bits = bitsOf(type);
  const isSigned = SIGNED.has(type);
  if (wanted !== (isSigned ? BigInt.asIntN(bits, wanted) : BigInt.asUintN(bits, wanted))) return false;
  // of 24 bits the byte above continues the sign
  storeBits(view, wanted);
  return true;
}

function storeSigned(view: DataView, wanted: bigint): boolean {
  const sign = 1n << BigInt(view.byteLength * 8 - 1);
  const size = wanted < 0n ? -wanted : wanted;
  if (size >= sign) return false;
  storeBits(view, wanted < 0n ? sign + size : size);
  return true;
}

function storeBits(view: DataView, bits: bigint): void {
  for (let at = view.byteLength - 1, left = bits; at >= 0; at -= 1, left >>= 8n) {
    view.setUint8(at, Number(BigInt.asUintN(8, left)));
  }
}

function storeDecimal(view: DataView, raw: number): boolean {
  const digits = view.byteLength * 2;
  if (!Number.isInteger(raw) || raw < 0 || raw >= 10 ** digits) return false;
  const text = String(raw).padStart(digits, '0');
  for (let at = 0; at < view.byteLength; at += 1)
    view.setUint8(at, Number.parseInt(text.slice(at * 2, at * 2 + 2), 16));
  return true;
}

function decimal(raw: Uint8Array): number | null {
  let value = 0;
  for (const byte of raw) {
    const high = byte >>> 4;
    const low = byte & 15;
    if (high > 9 || low > 9) return null;
    value = value * 100 + high * 10 + low;
  }
  return value;
}

/** Minus zero becomes 0: JSON and people know only one. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value + 0 : null;
}

function shortest(value: number): number | null {
  return Number.isFinite(value) ? shortestFloat(value) : null;
}

/** ASCII up to the first NUL, without what could not be shown and without blanks at the end; null where nothing is left. */
export function registerText(bytes: Uint8Array, layout: Layout): string | null {
  const raw = arrange(bytes, { ...layout, wordOrder: 'big' });
  const end = raw.indexOf(0);
  let text = '';
  for (const byte of end < 0 ? raw : raw.subarray(0, end)) {
    if (byte >= 0x20 && byte <= 0x7e) text += String.fromCharCode(byte);
  }
  text = text.trimEnd();
  return text === '' ? null : text;
}

/** Filled up with NUL. @returns undefined where the text is longer than the registers or is not plain ASCII */
export function encodeText(text: string, words: number, layout: Layout): Uint8Array | undefined {
  if (text.length > words * 2 || !/^[\x20-\x7e]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(words * 2);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return arrange(bytes, { ...layout, wordOrder: 'big' });
}
