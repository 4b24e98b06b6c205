import type { UnitOf } from './units.ts';
import type { Wishes } from './wishes.ts';

export interface ViewOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Rows of the terminal; absent: as many as it takes. */
  readonly height?: number | undefined;
  readonly colour: boolean;
  /** Wall clock, milliseconds since 1970, for ages. */
  readonly now: number;
  /** Messages have no units; a reader with the config or the profile knows them. */
  readonly unitOf?: UnitOf | undefined;
  /** Sentences under the tables. */
  readonly notes?: readonly string[] | undefined;
  readonly wishes?: Wishes | undefined;
}
