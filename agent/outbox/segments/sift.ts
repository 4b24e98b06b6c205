import type { Segment } from './segment.ts';

/** The next work of sifting. */
export interface Sift {
  /** Segments that were not sifted yet, oldest first. */
  readonly group: readonly Segment[];
  /** One that was, right before them, with room for what is saved of them. */
  readonly onto: Segment | undefined;
  /** Whether anything stands before the group. */
  readonly isBehind: boolean;
}
