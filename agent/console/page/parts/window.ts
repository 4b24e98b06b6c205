/** Rows that are drawn beyond what is seen, on each side. */
const BEYOND = 8;

export interface Seen {
  /** First row that is drawn. */
  readonly first: number;
  /** The one after the last. */
  readonly end: number;
}

/**
 * The rows of a long list that are to be drawn.
 * @param top of the first row, from the upper edge of the seen part; negative once it was scrolled past
 * @param height of the seen part, pixels
 * @param rowHeight of each row, pixels
 */
export function seenRows(top: number, height: number, rowHeight: number, count: number): Seen {
  const whole = (row: number) => Math.min(count, Math.max(0, row));
  const first = whole(Math.floor(-top / rowHeight) - BEYOND);
  return { first, end: Math.max(first, whole(Math.ceil((height - top) / rowHeight) + BEYOND)) };
}

/**
 * The rows to draw, in order, each with how many are left out before it. The row that has the focus is drawn wherever it is:
 * the focus must not be lost because somebody scrolls.
 */
export function drawnRows(
  { first, end }: Seen,
  focused: number | undefined,
  count: number,
): readonly [number, number][] {
  const rows = Array.from({ length: end - first }, (_, offset) => first + offset);
  if (focused !== undefined && focused < count && (focused < first || focused >= end)) {
    rows.splice(focused < first ? 0 : rows.length, 0, focused);
  }
  return rows.map((row, place) => [row, row - (place === 0 ? 0 : (rows[place - 1] ?? 0) + 1)]);
}
