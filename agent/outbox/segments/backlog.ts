import { heldIn, passedBy, type Segment } from './segment.ts';

/** The facts that are found out about a segment while it waits. */
export type Changes = Partial<Pick<Segment, 'count' | 'passed' | 'last' | 'end'>>;

/**
 * The records that wait on disk, by segments: nothing here touches a file. Sums are kept and not made, because they are
 * asked for with every reading and there may be thousands of segments.
 */
export class Backlog {
  /** Oldest first; each has records that are waited for. */
  #live: Segment[] = [];
  readonly #isLive = new Set<Segment>();
  /** Can't be handed out in this run, and are left for the next start. */
  #aside: Segment[] = [];
  /** Files to be removed, in this order. */
  readonly #doomed = new Set<Segment>();
  #held = 0;
  #bytes = 0;

  get live(): readonly Segment[] {
    return this.#live;
  }

  /** The file that is to be removed next. */
  get nextDoomed(): Segment | undefined {
    const { value } = this.#doomed.values().next();
    return value;
  }

  get hasAside(): boolean {
    return this.#aside.length > 0;
  }

  get isEmpty(): boolean {
    return this.#live.length === 0;
  }

  /** Number of the newest record; 0 where there is none. */
  get last(): number {
    return this.#live.at(-1)?.last ?? 0;
  }

  get held(): number {
    return this.#held;
  }

  /** Of what can be read of the files whose records count. */
  get bytes(): number {
    return this.#bytes;
  }

  isLive(segment: Segment): boolean {
    return this.#isLive.has(segment);
  }

  isDoomed(segment: Segment): boolean {
    return this.#doomed.has(segment);
  }

  /** Behind all others, if it is not there. */
  add(segment: Segment): void {
    if (this.#isLive.has(segment)) return;
    this.#live.push(segment);
    this.#enter(segment);
  }

  change(segment: Segment, changes: Changes): void {
    const isLive = this.#isLive.has(segment);
    if (isLive) this.#leave(segment);
    Object.assign(segment, changes);
    if (isLive) this.#enter(segment);
  }

  setAside(segments: readonly Segment[]): void {
    this.#takeOut(segments);
    this.#aside.push(...segments);
    for (const { end } of segments) this.#bytes += end;
  }

  doom(segments: readonly Segment[]): void {
    this.#takeOut(segments);
    for (const segment of segments) this.#doomed.add(segment);
  }

  removed(segment: Segment): void {
    this.#doomed.delete(segment);
  }

  /** Their files are gone by themselves. */
  vanished(segments: readonly Segment[]): void {
    this.#takeOut(segments);
    for (const segment of segments) this.#doomed.delete(segment);
    for (const { end } of this.#aside.filter((segment) => segments.includes(segment))) this.#bytes -= end;
    this.#aside = this.#aside.filter((segment) => !segments.includes(segment));
  }

  /** Everything whose file must be there. */
  get files(): readonly Segment[] {
    return [...this.#aside, ...this.#live, ...this.#doomed];
  }

  /**
   * Forgets every record up to this one.
   * @param counted how many of the one segment that stays in part these are, where somebody knows it exactly
   */
  passThrough(seq: number, counted: (segment: Segment) => number | undefined): void {
    const done = this.#live.findIndex(({ last }) => last > seq);
    if (done !== 0) {
      for (const segment of this.#live.splice(0, done < 0 ? this.#live.length : done)) {
        this.#leave(segment);
        this.#doomed.add(segment);
      }
    }
    const [segment] = this.#live;
    if (segment === undefined || segment.first > seq) return;
    const isDense = segment.last - segment.first + 1 === segment.count;
    const exact = isDense ? undefined : counted(segment);
    this.change(segment, { passed: exact ?? passedBy(segment, seq) });
  }

  /** @returns how many records go with it; undefined where nothing is left to drop */
  dropOldest(): { readonly records: number; readonly through: number } | undefined {
    const aside = this.#aside.shift();
    if (aside !== undefined) {
      this.#bytes -= aside.end;
      this.#doomed.add(aside);
      return { records: heldIn(aside), through: 0 };
    }
    const [segment] = this.#live;
    if (segment === undefined) return undefined;
    this.doom([segment]);
    return { records: heldIn(segment), through: segment.last };
  }

  /** The same of one on which nothing above this number is. */
  dropThrough(seq: number): { readonly records: number; readonly through: number } | undefined {
    const [segment] = this.#live;
    if (segment === undefined || segment.last > seq) return undefined;
    this.doom([segment]);
    return { records: heldIn(segment), through: segment.last };
  }

  /** @returns how many records go with it */
  dropNewest(): number | undefined {
    const segment = this.#live.at(-1);
    if (segment === undefined) return undefined;
    this.doom([segment]);
    return heldIn(segment);
  }

  /** One file now holds what is left of all of these. */
  replace(group: readonly Segment[], segment: Segment): void {
    const [first] = group;
    const at = this.#live.findIndex((each) => group.includes(each));
    this.#takeOut(group);
    // the first one's file is the new one's
    for (const each of group) {
      if (each === first) this.#doomed.delete(each);
      else this.#doomed.add(each);
    }
    if (heldIn(segment) === 0) {
      this.#doomed.add(segment);
      return;
    }
    this.#live.splice(Math.max(0, at), 0, segment);
    this.#enter(segment);
  }

  /** Bytes behind its last readable record are lost. */
  cut(segment: Segment, count: number, last: number, end: number): void {
    this.change(segment, { count, last, end });
    if (segment.passed >= count && this.#isLive.has(segment)) this.doom([segment]);
  }

  #enter(segment: Segment): void {
    this.#isLive.add(segment);
    this.#held += heldIn(segment);
    this.#bytes += segment.end;
  }

  #leave(segment: Segment): void {
    this.#isLive.delete(segment);
    this.#held -= heldIn(segment);
    this.#bytes -= segment.end;
  }

  #takeOut(segments: readonly Segment[]): void {
    const found = segments.filter((segment) => this.#isLive.has(segment));
    for (const segment of found) this.#leave(segment);
    // the one at an end goes by far most often
    if (found.length === 1 && found[0] === this.#live[0]) this.#live.shift();
    else if (found.length > 0) this.#live = this.#live.filter((segment) => this.#isLive.has(segment));
  }
}
