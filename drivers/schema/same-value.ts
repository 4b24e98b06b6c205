import type { Sample, Value } from '../contract/reading.ts';
import { exactOf, textOf } from './decimal.ts';

/** Whether a point holds exactly this value: numbers by all their digits, also those that no double has. */
export function holds({ value, exact }: Pick<Sample, 'value' | 'exact'>, wanted: Value | bigint): boolean {
  if (typeof wanted === 'bigint' || typeof wanted === 'number') {
    return typeof value === 'number' && (exact ?? digits(value)) === digits(wanted);
  }
  return value === wanted;
}

function digits(value: number | bigint): string {
  return typeof value === 'bigint' || Number.isFinite(value) ? textOf(exactOf(value)) : String(value);
}
