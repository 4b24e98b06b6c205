const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Values that a line of bars shows. */
export const TREND_LENGTH = 16;

/** The values with one more, the oldest ones dropped. */
export function trendWith(values: readonly number[], next: number): readonly number[] {
  return [...values, next].slice(-TREND_LENGTH);
}

/**
 * The values as a line of bars, one column each.
 * @param most what the highest bar means; absent: the largest of them
 */
export function sparkline(values: readonly number[], most = Math.max(0, ...values)): string {
  return values
    .map((value) => {
      const share = most > 0 ? Math.min(1, Math.max(0, value / most)) : 0;
      return BARS[Math.round(share * (BARS.length - 1))] ?? BARS[0];
    })
    .join('');
}
