import {
  type Decimal,
  decimalOf,
  digitsOf,
  distance,
  exactOf,
  heldOf,
  negated,
  numberOf,
  productOf,
  quotientOf,
  rounded,
  sumOf,
  textOf,
} from './decimal.ts';

/** The keys of a point that turn its raw value into its value. */
export interface Scaling {
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly decimals?: number | undefined;
  /** The scale is 10 to this power times as much; a whole number, default 0. */
  readonly power?: number | undefined;
}

/**
 * Digits that a double keeps of any decimal. A scale of as many is a quotient that could not be written out, as 1/3 is,
 * and a floating raw value is the nearest to something: the digits of their product beyond so many are noise.
 */
const KEPT_DIGITS = 15;
const LARGEST_KEPT = 10 ** KEPT_DIGITS;

const ONE: Decimal = { digits: 1n, exponent: 0 };
const ZERO: Decimal = { digits: 0n, exponent: 0 };

/** Whole numbers for the quick way: value = (raw × factor + shift) / divisor. */
interface Quick {
  readonly factor: number;
  readonly shift: number;
  /** The divisor is 10 to this power. */
  readonly power: number;
}

/** value = raw × scale × 10^power + offset, in decimals as they were written, and rounded once at the end: halves away from zero. */
export class Scale {
  readonly #factor: Decimal;
  readonly #shift: Decimal;
  readonly #decimals: number | undefined;
  readonly #plain: boolean;
  readonly #noisy: boolean;
  readonly #quick: Quick | undefined;

  constructor({ scale, offset, decimals, power = 0 }: Scaling) {
    this.#factor = productOf(scale === undefined ? ONE : exactOf(scale), { digits: 1n, exponent: power });
    this.#shift = offset === undefined ? ZERO : exactOf(offset);
    this.#decimals = decimals;
    this.#plain = scale === undefined && offset === undefined && power === 0;
    this.#noisy = digitsOf(this.#factor) >= KEPT_DIGITS || digitsOf(this.#shift) >= KEPT_DIGITS;
    this.#quick = this.#noisy ? undefined : quickOf(this.#factor, this.#shift);
  }

  /** The value, to the nearest double; an infinity where it is too large for one. @param raw finite */
  value(raw: number | bigint): number {
    if (this.#plain && this.#decimals === undefined) return Number(raw) + 0;
    return this.#quickly(raw) ?? numberOf(this.#exactly(raw));
  }

  /** Whether doubles hold the values of all whole raw values up to this size, so that `exact` has nothing to add. */
  holds(size: number): boolean {
    return this.#quickly(size) !== undefined && this.#quickly(-size) !== undefined;
  }

  /** All digits of the value where no double holds it; undefined where `value` is it. @param raw a whole number */
  exact(raw: number | bigint): string | undefined {
    if (this.#quickly(raw) !== undefined) return undefined;
    const value = this.#exactly(raw);
    const number = numberOf(value);
    return Number.isFinite(number) && distance(value, exactOf(number)) === 0 ? undefined : textOf(value);
  }

  /**
   * The whole raw value that is nearest to the value's own, and its distance beyond the error of the double's last bit.
   * @param value finite
   */
  raw(value: number): { readonly nearest: bigint; readonly off: number } {
    const { nearest, off } = quotientOf(sumOf(heldOf(value), negated(this.#shift)), this.#factor);
    const lastBit = Math.abs(value) * (Number.EPSILON / 2);
    return { nearest, off: Math.max(0, off - lastBit / Math.abs(numberOf(this.#factor))) };
  }

  /** The floating raw value. @param value finite */
  floating(value: number): number {
    return numberOf(sumOf(decimalOf(value), negated(this.#shift))) / numberOf(this.#factor);
  }

  #exactly(raw: number | bigint): Decimal {
    const given = decimalOf(raw);
    const product = sumOf(productOf(given, this.#factor), this.#shift);
    const floating = typeof raw === 'number' && !Number.isSafeInteger(raw);
    const noisy = !this.#plain && (this.#noisy || floating);
    const value = noisy ? limited(product, Math.max(KEPT_DIGITS, digitsOf(given))) : product;
    return this.#decimals === undefined ? value : rounded(value, -this.#decimals);
  }

  /** The same in doubles, as far as all of it is whole numbers that they hold; nothing beyond. */
  #quickly(raw: number | bigint): number | undefined {
    if (this.#quick === undefined || typeof raw !== 'number' || !Number.isSafeInteger(raw)) return undefined;
    const { factor, shift, power } = this.#quick;
    const product = raw * factor;
    const sum = product + shift;
    if (Math.abs(product) > LARGEST_KEPT || Math.abs(sum) > LARGEST_KEPT) return undefined;
    const cut = this.#decimals === undefined ? 0 : power - this.#decimals;
    if (cut <= 0) return sum / 10 ** power + 0;
    const unit = 10 ** cut;
    const size = Math.abs(sum);
    const below = Math.floor(size / unit);
    const nearest = 2 * (size - below * unit) >= unit ? below + 1 : below;
    return (sum < 0 ? -nearest : nearest) / 10 ** (power - cut) + 0;
  }
}

function quickOf(factor: Decimal, shift: Decimal): Quick | undefined {
  const power = Math.max(0, -factor.exponent, -shift.exponent);
  const whole = ({ digits, exponent }: Decimal) => Number(digits * 10n ** BigInt(exponent + power));
  const quick = { factor: whole(factor), shift: whole(shift), power };
  const fits = Math.abs(quick.factor) <= LARGEST_KEPT && Math.abs(quick.shift) <= LARGEST_KEPT;
  return fits && power <= KEPT_DIGITS ? quick : undefined;
}

/** Rounded to so many digits that count. */
function limited(value: Decimal, most: number): Decimal {
  const length = String(value.digits).replace('-', '').length;
  return length <= most ? value : rounded(value, value.exponent + length - most);
}
