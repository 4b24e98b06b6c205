import type { Arrival } from './witness.ts';

/**
 * When every value had come anew: a sweep ends with the arrival that makes all of them new since the last sweep ended.
 * The first end only shows where the second sweep begins.
 * @param values how many there are of all units
 * @returns CLOCK_MONOTONIC, nanoseconds
 */
export function sweepEnds(arrivals: readonly Arrival[], values: number): readonly bigint[] {
  const ends: bigint[] = [];
  const fresh = new Set<string>();
  for (const arrival of arrivals) {
    for (const name of Object.keys(arrival.values)) fresh.add(`${arrival.line} ${arrival.unit} ${name}`);
    if (fresh.size < values) continue;
    ends.push(arrival.atNs);
    fresh.clear();
  }
  return ends;
}
