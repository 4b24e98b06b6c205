import { bitsOf, type PointOptions, type RawType, WORDS } from '../point.ts';
import { mantissas } from './mantissa.ts';
import { allBits, arrange, encodeNumber, type Layout } from './raw.ts';

/**
 * Whether the registers hold one of the values by which the device says that it does not know. They are compared bit by
 * bit: 0x8000 of an int16 is what the device sends for -32768. A number is taken for a value of the point's type, and
 * where the type has no such value for its bits; hexadecimal text is always the bits.
 */
export function errorTest(point: PointOptions, layout: Layout): (registers: Uint8Array) => boolean {
  const { errorValue, bits } = point;
  if (errorValue === undefined) return () => false;
  const patterns = new Set<bigint>();
  const parts = new Set<bigint>();
  const [first, count] = (bits ?? [0, 0]).map(BigInt) as [bigint, bigint];
  const mask = (1n << count) - 1n;
  for (const given of Array.isArray(errorValue) ? errorValue : [errorValue]) {
    const value = typeof given === 'string' && !given.startsWith('0x') ? BigInt(given) : given;
    // a value that fits these few bits is meant of them, and anything larger of the whole register
    if (bits !== undefined && isWhole(value) && BigInt(value) >= 0n && BigInt(value) <= mask) parts.add(BigInt(value));
    else for (const pattern of patternsOf(value, layout)) patterns.add(pattern);
  }
  const valueBits = bitsOf(layout.type);
  return (registers) => {
    const all = allBits(arrange(registers, layout));
    // bits above the 24th count only where the pattern names them
    return (
      patterns.has(all) ||
      patterns.has(BigInt.asUintN(valueBits, all)) ||
      (bits !== undefined && parts.has((all >> first) & mask))
    );
  };
}

const SIGN_BIT: ReadonlySet<RawType> = new Set<RawType>(['float32', 'float64', 'sign-magnitude16', 'sign-magnitude32']);

/** So many mantissas there are: an exponent stands above them. */
const MANTISSAS = 2n ** 24n;

type Given = number | bigint | string;

function isWhole(value: Given): boolean {
  return typeof value !== 'number' || Number.isInteger(value);
}

/** The bits of all registers that a number can stand for. */
function patternsOf(value: Given, { type }: Layout): readonly bigint[] {
  const width = WORDS[type] * 16;
  if (typeof value === 'string') return fitting(BigInt(value), width);
  if (type === 'exp8-mantissa24') {
    const forms = mantissas(value).map(
      ({ mantissa, exponent }) =>
        BigInt.asUintN(8, BigInt(exponent)) * MANTISSAS + BigInt.asUintN(24, BigInt(mantissa)),
    );
    return forms.length > 0 || !isWhole(value) ? forms : fitting(BigInt(value), width);
  }
  const encoded = encodeNumber(value, { type, wordOrder: 'big', byteOrder: 'big' });
  const own = encoded === undefined ? [] : [BigInt.asUintN(bitsOf(type), allBits(encoded))];
  // zero has two forms where the sign is a bit of its own
  if (SIGN_BIT.has(type) && Number(value) === 0) return [0n, 1n << BigInt(width - 1)];
  if (type === 'float32' || type === 'float64') {
    const asWritten = type === 'float32' ? Math.fround(Number(value)) : Number(value);
    // 0x7F7FFFFF is no float32, but the bits of the largest
    const isHeld = !isWhole(value) || BigInt(value) === (Number.isFinite(asWritten) ? BigInt(asWritten) : undefined);
    return isHeld ? own : [...own, ...fitting(BigInt(value), width)];
  }
  return own.length > 0 || !isWhole(value) ? own : fitting(BigInt(value), width);
}

/** A number as bits, a negative one in two's complement; nothing where it has more than that. */
function fitting(value: bigint, width: number): readonly bigint[] {
  const low = -(1n << BigInt(width - 1));
  return value >= low && value < 1n << BigInt(width) ? [BigInt.asUintN(width, value)] : [];
}
