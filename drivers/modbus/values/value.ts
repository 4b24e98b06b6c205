import type { Value } from '../../contract/reading.ts';
import { isTaken } from '../../schema/allowed.ts';
import { wholeOf } from '../../schema/decimal.ts';
import { Scale } from '../../schema/scale.ts';
import type { Options } from '../options.ts';
import { bitsOf, isFloating, type PointOptions, widthOf } from '../point.ts';
import { isAllOnes } from './all-ones.ts';
import { errorTest } from './error-value.ts';
import { decodeBits, decodeNumber, encodeNumber, encodeText, type Layout, registerText } from './raw.ts';

/** Distance that a value meant as a whole raw value may have from it: the noise of computing with doubles. */
const NOISE = 1e-6;

/** Turns the registers of one point into its value, and back. Bits of coils and discrete inputs are values already. */
export interface ValueCodec {
  /** @param bytes the point's registers as they lie on the wire */
  decode(bytes: Uint8Array): Value;
  /** All digits of the value where no double holds it: see {@link Sample.exact}. Absent: all are held. */
  exact?(bytes: Uint8Array): string | undefined;
  /** @returns undefined where the point can not take the value */
  encode(value: Value): Uint8Array | undefined;
}

/** @param power of ten that another point holds, by which a number is scaled besides */
export function valueCodec(
  point: PointOptions,
  device: Pick<Options, 'wordOrder' | 'byteOrder'>,
  power = 0,
): ValueCodec {
  const layout = layoutOf(point, device);
  if (point.type === 'string') {
    return {
      decode: (bytes) => registerText(bytes, layout),
      encode: (value) => (typeof value === 'string' ? encodeText(value, widthOf(point), layout) : undefined),
    };
  }
  if (point.type === 'bool') return boolCodec(point, layout);
  return point.enum === undefined ? numberCodec(point, layout, power) : enumCodec(point, point.enum, layout);
}

/** How the point's value lies in its registers. */
export function layoutOf(point: PointOptions, device: Pick<Options, 'wordOrder' | 'byteOrder'>): Layout {
  return {
    type: point.type,
    wordOrder: point.wordOrder ?? device.wordOrder,
    byteOrder: point.byteOrder ?? device.byteOrder,
  };
}

function boolCodec(point: PointOptions, layout: Layout): ValueCodec {
  const isError = errorTest(point, layout);
  return {
    decode(bytes) {
      const raw = rawOf(bytes, point, layout);
      return raw === null || isError(bytes) ? null : raw !== 0;
    },
    encode: (value) => (typeof value === 'boolean' ? encodeNumber(value ? 1 : 0, layout) : undefined),
  };
}

function enumCodec(point: PointOptions, choices: Readonly<Record<string, string>>, layout: Layout): ValueCodec {
  const texts = new Map(Object.entries(choices).map(([key, text]) => [wholeOf(BigInt(key)), text]));
  const keys = new Map(Array.from(texts, ([key, text]) => [text, key]));
  const isError = errorTest(point, layout);
  return {
    decode(bytes) {
      const raw = rawOf(bytes, point, layout);
      return raw === null || isError(bytes) ? null : (texts.get(raw) ?? null);
    },
    encode(value) {
      const raw = typeof value === 'string' ? keys.get(value) : undefined;
      return raw === undefined ? undefined : writable(encodeNumber(raw, layout), isError);
    },
  };
}

function numberCodec(point: PointOptions, layout: Layout, power: number): ValueCodec {
  const scale = new Scale({ ...point, power });
  const floating = isFloating(layout.type);
  const isHeld = floating || scale.holds(2 ** bitsOf(layout.type));
  const isError = errorTest(point, layout);
  const known = (bytes: Uint8Array) => {
    const raw = rawOf(bytes, point, layout);
    return raw === null || isError(bytes) || isAllOnes(point, bytes, power) ? null : raw;
  };
  return {
    decode(bytes) {
      const raw = known(bytes);
      if (raw === null) return null;
      const value = scale.value(raw);
      return Number.isFinite(value) ? value : null;
    },
    ...(!isHeld && {
      exact(bytes: Uint8Array) {
        const raw = known(bytes);
        return raw === null ? undefined : scale.exact(raw);
      },
    }),
    encode(value) {
      if (typeof value !== 'number' || !isTaken(point, value)) return undefined;
      if (floating) return writable(encodeNumber(scale.floating(value), layout), isError);
      const { nearest, off } = scale.raw(value);
      return off > NOISE ? undefined : writable(encodeNumber(nearest, layout), isError);
    },
  };
}

/** A value by which the device says that it does not know is none that can be asked of it. */
function writable(bytes: Uint8Array | undefined, isError: (bytes: Uint8Array) => boolean): Uint8Array | undefined {
  return bytes === undefined || isError(bytes) ? undefined : bytes;
}

function rawOf(bytes: Uint8Array, point: PointOptions, layout: Layout): number | bigint | null {
  if (point.bits === undefined) return decodeNumber(bytes, layout);
  return decodeBits(bytes, layout, point.bits[0], point.bits[1]);
}
