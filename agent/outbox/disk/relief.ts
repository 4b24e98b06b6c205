import type { WhenFull } from '../memory-outbox.ts';
import { Sifting } from '../segments/sifting.ts';
import { Thinning } from '../segments/thinning.ts';
import type { Retention } from './retention.ts';
import type { Spool } from './spool.ts';

/** The way to make room before it is full, by the records that are to be kept then. */
export class Relief {
  readonly #way: Thinning | Sifting | undefined;
  readonly #side: Spool;
  readonly #holdings: Retention;
  readonly #budget: number;

  constructor(side: Spool, holdings: Retention, whenFull: WhenFull, sizes: ReliefSizes) {
    const Way = { thin: Thinning, 'drop-oldest': Sifting, 'drop-newest': undefined }[whenFull];
    this.#way = Way && new Way(sizes.segmentBytes, sizes.inMemory);
    this.#side = side;
    this.#holdings = holdings;
    this.#budget = sizes.budget;
  }

  get isDue(): boolean {
    return this.#way?.isDue(this.#holdings.bytes, this.#budget, this.#side.backlog) === true;
  }

  /**
   * Records that the first reader has go before any that it waits for are made sparser.
   * @returns how many records went
   */
  async relieve(): Promise<number> {
    return this.#holdings.dropSpare() ?? (await this.#way?.relieve(this.#side)) ?? 0;
  }
}

export interface ReliefSizes {
  readonly budget: number;
  readonly segmentBytes: number;
  /** Bytes that may wait in memory before they are written. */
  readonly inMemory: number;
}
