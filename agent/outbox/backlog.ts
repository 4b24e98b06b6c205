import { heldIn, passedBy, type Segment } from './segments.ts';

/** What waits on disk, by segments: nothing here touches one. */
export class Backlog {
  /** Oldest first; each has records that are waited for. */
  #live: Segment[] = [];
  /** Can't be handed out in this run, and are left for the next start. */
  #aside: Segment[] = [];
  /** Files to be removed. */
  #doomed: Segment[] = [];

  get live(): readonly Segment[] {
    return this.#live;
  }

  get doomed(): readonly Segment[] {
    return this.#doomed;
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
    return this.#live.reduce((sum, segment) => sum + heldIn(segment), 0);
  }

  /** Of what can be read of the files whose records count. */
  get bytes(): number {
    return size(this.#live) + size(this.#aside);
  }

  add(segment: Segment): void {
    if (!this.#live.includes(segment)) this.#live.push(segment);
  }

  setAside(segments: readonly Segment[]): void {
    this.#live = this.#live.filter((segment) => !segments.includes(segment));
    this.#aside.push(...segments);
  }

  doom(segments: readonly Segment[]): void {
    this.#live = this.#live.filter((segment) => !segments.includes(segment));
    this.#doomed.push(...segments);
  }

  removed(segment: Segment): void {
    this.#doomed = this.#doomed.filter((each) => each !== segment);
  }

  /** Their files are gone by themselves. */
  vanished(segments: readonly Segment[]): void {
    this.#live = this.#live.filter((segment) => !segments.includes(segment));
    this.#aside = this.#aside.filter((segment) => !segments.includes(segment));
    this.#doomed = this.#doomed.filter((segment) => !segments.includes(segment));
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
    this.#doomed.push(...this.#live.splice(0, done < 0 ? this.#live.length : done));
    const [segment] = this.#live;
    if (segment === undefined || segment.first > seq) return;
    const isDense = segment.last - segment.first + 1 === segment.count;
    const exact = isDense ? undefined : counted(segment);
    segment.passed = exact ?? passedBy(segment, seq);
  }

  /** @returns how many records go with it; undefined where nothing is left to drop */
  dropOldest(): { readonly records: number; readonly through: number } | undefined {
    const aside = this.#aside.shift();
    const segment = aside ?? this.#live.shift();
    if (segment === undefined) return undefined;
    this.#doomed.push(segment);
    return { records: heldIn(segment), through: aside === undefined ? segment.last : 0 };
  }

  /** @returns how many records go with it */
  dropNewest(): number | undefined {
    const segment = this.#live.pop();
    if (segment === undefined) return undefined;
    this.#doomed.push(segment);
    return heldIn(segment);
  }

  /** One file now holds what is left of all of these. */
  replace(group: readonly Segment[], segment: Segment): void {
    const [first] = group;
    const at = this.#live.findIndex((each) => group.includes(each));
    this.#live = this.#live.filter((each) => !group.includes(each));
    const rest = group.filter((each) => each !== first && !this.#doomed.includes(each));
    // the first one's file is the new one's
    this.#doomed = [...this.#doomed.filter((each) => each !== first), ...rest];
    if (heldIn(segment) === 0) this.#doomed.push(segment);
    else this.#live.splice(Math.max(0, at), 0, segment);
  }

  /** What follows its last readable record is lost. */
  cut(segment: Segment, count: number, last: number, end: number): void {
    segment.count = count;
    segment.last = last;
    segment.end = end;
    if (segment.passed >= count) this.doom(this.#live.filter((each) => each === segment));
  }
}

function size(segments: readonly Segment[]): number {
  return segments.reduce((sum, { end }) => sum + end, 0);
}
