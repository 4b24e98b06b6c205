import type { Sample } from '../../contract/reading.ts';
import type { Fields } from '../fields.ts';

export const SENTENCES = ['GGA', 'RMC', 'GSA', 'GSV', 'VTG', 'GLL', 'ZDA'] as const;

export type SentenceId = (typeof SENTENCES)[number];

/** What a sentence's decoder knows beside its fields. */
export interface Situation {
  readonly talker: string;
  /** The sentences in use: where two could feed one point, the one with the better word on validity does. */
  readonly used: ReadonlySet<SentenceId>;
}

/** One sentence: pure. What breaks form or range is told through `fields.malformed`. */
export interface SentenceKind {
  readonly id: SentenceId;
  /** Fewer fields than any release of the standard has is malformed. */
  readonly leastFields: number;
  decode(fields: Fields, situation: Situation): readonly Sample[];
}
