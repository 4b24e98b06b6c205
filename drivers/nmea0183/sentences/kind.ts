import type { Sample } from '../../contract/reading.ts';
import type { Fields } from '../fields.ts';
import type { Transducer } from '../transducers.ts';

export const SENTENCES = [
  'GGA',
  'GNS',
  'RMC',
  'GSA',
  'GSV',
  'VTG',
  'GLL',
  'ZDA',
  'HDT',
  'DPT',
  'MWV',
  'MDA',
  'XDR',
] as const;

export type SentenceId = (typeof SENTENCES)[number];

/** The knowledge of a sentence's decoder beside the sentence's fields. */
export interface Situation {
  readonly talker: string;
  /** The sentences in use: where two could feed one point, the one with the better word on validity does. */
  readonly used: ReadonlySet<SentenceId>;
  /** The transducers that feed a point, by `transducerKey`. */
  readonly transducers: ReadonlyMap<string, FedPoint>;
}

/** A transducer and the name of the point that it feeds. */
export interface FedPoint {
  readonly point: string;
  readonly transducer: Transducer;
}

/** One sentence: pure. A value that breaks form or range is told through `fields.malformed`. */
export interface SentenceKind {
  readonly id: SentenceId;
  /** Fewer fields than any form of it has is malformed. */
  readonly leastFields: number;
  decode(fields: Fields, situation: Situation): readonly Sample[];
}
