import type { Spool } from '../disk/spool.ts';
import type { Backlog } from './backlog.ts';
import { rawBytesOf, type Segment } from './segment.ts';
import type { Sift } from './sift.ts';

/** So many segments are sifted at once: the one that they leave stands for more than one, which is how it is known. */
const GROUP = 2;

/**
 * With `drop-oldest`: before the oldest segments go, the readings of small devices are saved out of them, so that a
 * device that floods loses its own. The saved readings stand first and take up to half of the whole; then their oldest
 * go too.
 */
export class Sifting {
  readonly #spare: number;
  readonly #segmentBytes: number;
  /** While this is the oldest nothing is to be gained. */
  #vain: Segment | undefined;

  /** @param inMemory what may wait in memory before it is written */
  constructor(segmentBytes: number, inMemory: number) {
    this.#segmentBytes = segmentBytes;
    this.#spare = inMemory + 2 * segmentBytes;
  }

  /** Before it is full, because readings may come faster than segments are read. */
  isDue(bytes: number, budget: number, backlog: Backlog): boolean {
    if (bytes <= budget - this.#spare || backlog.live.length <= GROUP) return false;
    return this.#vain === undefined || !backlog.isLive(this.#vain);
  }

  /** @returns how many records went */
  async relieve(side: Spool): Promise<number> {
    const { live } = side.backlog;
    const [oldest] = live;
    const sift = this.next(live);
    try {
      const gone = sift === undefined ? undefined : await side.sift(sift);
      this.#vain = gone === undefined ? oldest : undefined;
      return gone ?? 0;
    } catch {
      // a disk in trouble shows that with the next write; a segment that can't be sifted goes whole when its time comes
      this.#vain = oldest;
      return 0;
    }
  }

  /** @returns undefined where the saved readings take their half already, or there is nothing behind them but the newest */
  next(live: readonly Segment[]): Sift | undefined {
    const at = live.findIndex(({ covers, number }) => covers === number);
    if (at < 0) return undefined;
    const bytesOf = (segments: readonly Segment[]) => segments.reduce((sum, { end }) => sum + end, 0);
    if (bytesOf(live.slice(0, at)) > bytesOf(live) / 2) return undefined;
    const group = live.slice(at, at + GROUP);
    // the newest may still be written to
    if (group.length < GROUP || at + GROUP >= live.length) return undefined;
    const onto = live[at - 1];
    const half = this.#segmentBytes / 2;
    const hasRoom = onto !== undefined && onto.end < half && onto.rawBytes < rawBytesOf(half);
    return { group, onto: hasRoom ? onto : undefined, isBehind: at > 0 };
  }
}
