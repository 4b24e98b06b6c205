import type { Value } from '../contract/reading.ts';
import { isAllOnes } from './all-ones.ts';
import type { Options } from './options.ts';
import { type PointOptions, WORDS, widthOf } from './point.ts';
import { decodeBits, decodeNumber, decodeText, encodeNumber, encodeText, type Layout } from './raw.ts';

/** How far from a whole number a number may lie that was meant to be one: what dividing by a scale like 0.1 leaves. */
const ROUNDING = 1e-6;

/** Digits after which a product is only the noise of binary fractions: 3 × 0.1 is 0.3. */
const EXACT_DIGITS = 15;

/** Turns the registers of one point into its value, and back. Bits of coils and discrete inputs are values already. */
export interface ValueCodec {
  /** @param bytes the point's registers as they lie on the wire */
  decode(bytes: Uint8Array): Value;
  /** @returns undefined where the point can not take the value */
  encode(value: Value): Uint8Array | undefined;
}

export function valueCodec(point: PointOptions, device: Pick<Options, 'wordOrder' | 'byteOrder'>): ValueCodec {
  const layout: Layout = {
    type: point.type,
    wordOrder: point.wordOrder ?? device.wordOrder,
    byteOrder: point.byteOrder ?? device.byteOrder,
  };
  if (point.type === 'string') {
    return {
      decode: (bytes) => decodeText(bytes, layout),
      encode: (value) => (typeof value === 'string' ? encodeText(value, widthOf(point), layout) : undefined),
    };
  }
  if (point.type === 'bool') return boolCodec(point, layout);
  return point.enum === undefined ? numberCodec(point, layout) : enumCodec(point, point.enum, layout);
}

function boolCodec(point: PointOptions, layout: Layout): ValueCodec {
  const isError = errorTest(point);
  return {
    decode(bytes) {
      const raw = rawOf(bytes, point, layout);
      return raw === null || isError(raw) ? null : raw !== 0;
    },
    encode: (value) => (typeof value === 'boolean' ? encodeNumber(value ? 1 : 0, layout) : undefined),
  };
}

function enumCodec(point: PointOptions, choices: Readonly<Record<string, string>>, layout: Layout): ValueCodec {
  const texts = new Map(Object.entries(choices).map(([key, text]) => [Number(key), text]));
  const keys = new Map(Array.from(texts, ([key, text]) => [text, key]));
  const isError = errorTest(point);
  return {
    decode(bytes) {
      const raw = rawOf(bytes, point, layout);
      return raw === null || isError(raw) ? null : (texts.get(raw) ?? null);
    },
    encode(value) {
      const raw = typeof value === 'string' ? keys.get(value) : undefined;
      return raw === undefined || isError(raw) ? undefined : encodeNumber(raw, layout);
    },
  };
}

function numberCodec(point: PointOptions, layout: Layout): ValueCodec {
  const { scale, offset, decimals } = point;
  const whole = layout.type !== 'float32' && layout.type !== 'float64';
  const isError = errorTest(point);
  return {
    decode(bytes) {
      const raw = rawOf(bytes, point, layout);
      if (raw === null || isError(raw) || isAllOnes(point, bytes)) return null;
      const value = scaled(raw, scale, offset);
      if (!Number.isFinite(value)) return null;
      return decimals === undefined ? value : rounded(value, decimals);
    },
    encode(value) {
      if (typeof value !== 'number' || !Number.isFinite(value) || !allowed(point, value)) return undefined;
      const raw = (value - (offset ?? 0)) / (scale ?? 1);
      if (!whole) return isError(raw) ? undefined : encodeNumber(raw, layout);
      const nearest = Math.round(raw);
      if (Math.abs(raw - nearest) > ROUNDING * Math.max(1, Math.abs(raw) * ROUNDING)) return undefined;
      return isError(nearest) ? undefined : encodeNumber(nearest, layout);
    },
  };
}

function rawOf(bytes: Uint8Array, point: PointOptions, layout: Layout): number | null {
  if (point.bits === undefined) return decodeNumber(bytes, layout);
  return decodeBits(bytes, layout, point.bits[0], point.bits[1]);
}

function scaled(raw: number, scale: number | undefined, offset: number | undefined): number {
  if (scale === undefined && offset === undefined) return raw;
  return Number((raw * (scale ?? 1) + (offset ?? 0)).toPrecision(EXACT_DIGITS));
}

/** Rounds as people do: 1.005 to two decimals is 1.01, although the double lies below it. */
function rounded(value: number, decimals: number): number {
  const shifted = Number((value * 10 ** decimals).toPrecision(EXACT_DIGITS));
  const result = (Math.round(shifted) + 0) / 10 ** decimals;
  return Number.isFinite(result) ? result : value;
}

/** Whether minimum, maximum and step of the point admit the value. */
function allowed(point: PointOptions, value: number): boolean {
  if (point.min !== undefined && value < point.min) return false;
  if (point.max !== undefined && value > point.max) return false;
  if (point.step === undefined) return true;
  const steps = (value - (point.min ?? 0)) / point.step;
  return Math.abs(steps - Math.round(steps)) <= ROUNDING * Math.max(1, Math.abs(steps) * ROUNDING);
}

/** A signed value is also known by its unsigned form: manuals write 0x8000 for an int16. */
function errorTest(point: PointOptions): (raw: number) => boolean {
  const { errorValue } = point;
  if (errorValue === undefined) return () => false;
  const values = new Set(typeof errorValue === 'number' ? [errorValue] : errorValue);
  const signed = point.type === 'int16' || point.type === 'int32' || point.type === 'int64';
  const beyond = 2 ** (WORDS[point.type] * 16);
  return (raw) => values.has(raw) || (signed && raw < 0 && values.has(raw + beyond));
}
