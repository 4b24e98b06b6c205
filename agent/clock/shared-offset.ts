/**
 * The offset from a thread's own `performance.now()` to the clock that all threads share, in milliseconds: two bounds,
 * less than a microsecond apart. The thread that orders a write takes the upper one, and the thread that carries it out
 * the lower one, so that the difference can only make the write late.
 */
export function sharedOffset(): { readonly lower: number; readonly upper: number } {
  let best = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
  // the thread may lose the processor between two looks: the closest of many counts
  for (let look = 0; look < 50; look += 1) {
    const before = performance.now();
    const shared = Number(process.hrtime.bigint()) / 1e6;
    const after = performance.now();
    if (after - before < best.upper - best.lower) best = { lower: shared - after, upper: shared - before };
  }
  return best;
}
