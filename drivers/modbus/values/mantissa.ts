import { type Decimal, decimalOf } from '../../schema/decimal.ts';

/**
 * Measurements of Iskra meters and of what is built by them (Finder 7M: type T6): the highest byte is a signed power of
 * ten, the three others are a signed whole number. T5, of unsigned numbers, is the same up to 8388607.
 */
const LOWEST_EXPONENT = -128;
const HIGHEST_EXPONENT = 127;
const LIMIT = 2n ** 23n;

/** A double keeps so many digits of any decimal: the digits of a division beyond them are noise. */
const KEPT_DIGITS = 15;

/** @param view two registers, the most significant first */
export function decodeMantissa(view: DataView): number {
  const mantissa = (view.getInt32(0) << 8) >> 8;
  return Number(`${mantissa}e${view.getInt8(0)}`) + 0;
}

/** With the exponent nearest to 0 by which it is held exactly. @returns false where there is none */
export function encodeMantissa(view: DataView, raw: number | bigint): boolean {
  const [best] = mantissas(raw).sort((a, b) => Math.abs(a.exponent) - Math.abs(b.exponent));
  if (best === undefined) return false;
  view.setInt32(0, best.mantissa & 0xff_ffff);
  view.setInt8(0, best.exponent);
  return true;
}

/** All ways to hold a number exactly: 5 is also 50 × 10^-1. */
export function mantissas(raw: number | bigint): { readonly mantissa: number; readonly exponent: number }[] {
  if (typeof raw === 'number' && !Number.isFinite(raw)) return [];
  const value = decimalOf(typeof raw === 'number' ? Number(raw.toPrecision(KEPT_DIGITS)) : raw);
  return Array.from({ length: HIGHEST_EXPONENT - LOWEST_EXPONENT + 1 }, (_, at) => LOWEST_EXPONENT + at).flatMap(
    (exponent) => {
      const mantissa = wholeAt(value, exponent);
      return mantissa === undefined ? [] : [{ mantissa, exponent }];
    },
  );
}

/** The number in units of 10^exponent, where that is whole and fits. */
function wholeAt({ digits, exponent: own }: Decimal, exponent: number): number | undefined {
  if (digits === 0n) return 0;
  const shift = own - exponent;
  // more places than a mantissa has, or than a double's digits can lose
  if (shift > 7 || shift < -400) return undefined;
  const power = 10n ** BigInt(Math.abs(shift));
  if (shift < 0 && digits % power !== 0n) return undefined;
  const mantissa = shift < 0 ? digits / power : digits * power;
  return mantissa >= -LIMIT && mantissa < LIMIT ? Number(mantissa) : undefined;
}
