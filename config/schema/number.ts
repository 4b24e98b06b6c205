import { realNumber, wholeNumber } from '../../drivers/schema/number.ts';
import type { Limit } from '../limits.ts';

/** A limit in words: unit, range, default, reason. */
export function describeLimit(limit: Limit): string {
  const unit = limit.unit === '' ? '' : ` ${limit.unit}`;
  const fallback = limit.default === undefined ? '' : `, default ${limit.default}`;
  return `${limit.min} to ${limit.max}${unit}${fallback}. ${limit.reason}`;
}

/** A whole number within a limit; the limit's default where the file says nothing. */
export function limited(limit: Limit & { readonly default: number }) {
  return wholeNumber(limit.min, limit.max).default(limit.default).describe(describeLimit(limit));
}

/** A whole number within a limit that has no default of its own. */
export function limitedWithoutDefault(limit: Limit) {
  return wholeNumber(limit.min, limit.max).describe(describeLimit(limit));
}

/** Fractions allowed: for silences on a line, where half a millisecond counts. */
export function limitedReal(limit: Limit & { readonly default: number }) {
  return realNumber(limit.min, limit.max).default(limit.default).describe(describeLimit(limit));
}
