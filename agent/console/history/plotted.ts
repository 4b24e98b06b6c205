import type { KeptValues } from './point-history.ts';

/** At most so many of them: each bucket's lowest and highest, in the order of time. Pure. */
export function plotted({ at, values }: KeptValues, most: number): KeptValues {
  if (at.length <= most) return { at, values };
  const buckets = Math.floor(most / 2);
  const chosen: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const first = Math.floor((bucket * at.length) / buckets);
    const end = Math.floor(((bucket + 1) * at.length) / buckets);
    let [low, high] = [first, first];
    for (let index = first; index < end; index += 1) {
      const value = values[index] ?? Number.NaN;
      // a gap stays a gap
      if (Number.isNaN(value) || value < (values[low] ?? Number.NaN)) low = index;
      if (value > (values[high] ?? Number.NaN) || Number.isNaN(values[high] ?? Number.NaN)) high = index;
    }
    chosen.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
  }
  return { at: chosen.map((index) => at[index] ?? 0), values: chosen.map((index) => values[index] ?? Number.NaN) };
}
