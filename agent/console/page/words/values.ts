import type { Shown, ShownPoint } from '../../wire.ts';

/** More digits than any device means. */
const DIGITS = 10;
/** A longer text is cut: its whole is in the title. */
const MOST_TEXT = 200;

/** A value as it is shown: a number without digits that only binary fractions make. */
export function valueWords(value: Shown | undefined): string {
  if (value === undefined) return '–';
  if (value === null) return 'no value';
  if (typeof value === 'number') return String(Number(value.toPrecision(DIGITS)));
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value.length > MOST_TEXT ? `${value.slice(0, MOST_TEXT)}…` : value;
}

export function withUnit(value: Shown | undefined, unit: string | null): string {
  return typeof value === 'number' && unit !== null ? `${valueWords(value)} ${unit}` : valueWords(value);
}

/** `1.2 kB`; of less than a thousand the bytes themselves. */
export function bytesWords(bytes: number | null): string {
  if (bytes === null) return '–';
  if (bytes < 1000) return `${bytes} B`;
  const [size, unit] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${(bytes / size).toFixed(1)} ${unit}`;
}

export function countWords(count: number | null): string {
  return count === null ? '–' : String(count);
}

/** `12 %` of a share from 0 to 1. */
export function shareWords(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}

/** The values that may be written: `0 to 90 °C in steps of 0.5`. */
export function limitsWords({ unit, write, type }: ShownPoint): string {
  if (write === undefined) return '';
  if (type === 'boolean') return 'on or off';
  if (write.oneOf !== undefined) return write.oneOf.map((each) => valueWords(each)).join(', ');
  const { min, max, step } = write;
  const of = unit === null ? '' : ` ${unit}`;
  const range =
    min !== undefined && max !== undefined
      ? `${min} to ${max}${of}`
      : min !== undefined
        ? `at least ${min}${of}`
        : max !== undefined
          ? `at most ${max}${of}`
          : `a ${type ?? 'value'}${unit === null ? '' : ` in ${unit}`}`;
  return step === undefined ? range : `${range}, in steps of ${step}`;
}
