import type { Options } from '../options.ts';
import type { PointOptions } from '../point.ts';
import { type ValueCodec, valueCodec } from './value.ts';

/** No device scales by more; any other number there is no power of ten, as 0x8000 in SunSpec. */
const LARGEST_POWER = 10;

/**
 * The codecs of a point whose power of ten another point holds, by that point's value.
 * @returns of the codecs: undefined where the value is no power of ten
 */
export function codecsByPower(
  point: PointOptions,
  device: Pick<Options, 'wordOrder' | 'byteOrder'>,
): (factor: unknown) => ValueCodec | undefined {
  const codecs = new Map<number, ValueCodec>();
  return (factor) => {
    if (typeof factor !== 'number' || !Number.isInteger(factor) || Math.abs(factor) > LARGEST_POWER) return undefined;
    const codec = codecs.get(factor) ?? valueCodec(point, device, factor);
    codecs.set(factor, codec);
    return codec;
  };
}
