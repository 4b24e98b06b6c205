import type { Spool } from '../disk/spool.ts';
import type { Backlog } from './backlog.ts';
import { type Segment, thinGroup } from './segment.ts';

/** With `thin`: which segments are thinned next. Goes from the oldest to the middle, and begins again. */
export class Thinning {
  readonly #segmentBytes: number;
  #isOn = false;
  #through = 0;
  /** With so many segments there was nothing to be gained. */
  #stalledAt = 0;
  /** Of each device, whether its next record goes. */
  #odd = new Map<string, boolean>();
  readonly #inMemory: number;

  /** @param inMemory what may wait in memory before it is written */
  constructor(segmentBytes: number, inMemory: number) {
    this.#segmentBytes = segmentBytes;
    this.#inMemory = inMemory;
  }

  /** Before it is full, because readings come faster than a segment is rewritten; then a little more than needed. */
  isDue(bytes: number, budget: number, { live: segments }: Backlog): boolean {
    const spare = this.#inMemory + (this.#isOn ? 3 : 2) * this.#segmentBytes;
    this.#isOn = segments.length > 1 && segments.length !== this.#stalledAt && bytes > budget - spare;
    return this.#isOn;
  }

  /** @returns how many records went */
  async relieve(side: Spool): Promise<number> {
    const gone = await side.thin(this.#next(side.backlog.live), this.#odd);
    // until there is another segment; a store that is too full then loses its oldest one
    if (gone === undefined) this.#stalledAt = side.backlog.live.length;
    return gone ?? 0;
  }

  #next(segments: readonly Segment[]): readonly Segment[] {
    let group = thinGroup(segments, this.#through, this.#segmentBytes);
    if (group.length === 0) {
      this.#odd = new Map();
      group = thinGroup(segments, 0, this.#segmentBytes);
    }
    this.#through = group.at(-1)?.number ?? 0;
    return group;
  }
}
