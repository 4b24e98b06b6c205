import { isCode } from '../../files/errno.ts';
import { onePerRecord, type Packed, pack } from '../blocks/block.ts';
import type { Deflate } from '../blocks/deflating.ts';
import type { OutboxRecord } from '../outbox.ts';
import { Backlog } from '../segments/backlog.ts';
import { SEGMENT_HEADER } from '../segments/format.ts';
import { ReadWindows } from '../segments/read-windows.ts';
import { encodedLength } from '../segments/record-format.ts';
import { scanRecords } from '../segments/record-scan.ts';
import type { FoundOutbox, OutboxRecovery } from '../segments/recover.ts';
import { heldIn, type Segment } from '../segments/segment.ts';
import type { Sift } from '../segments/sift.ts';
import { everySecond } from '../segments/sparser.ts';
import type { SegmentStore } from '../segments/store.ts';
import { sharesOf } from '../shares.ts';

/** The records of segments, and those of them that stay. */
interface Rewrite {
  readonly all: readonly OutboxRecord[];
  /** Records that could not be read. */
  readonly lost: number;
  readonly keep: readonly OutboxRecord[];
  /** `keep` as it is written. */
  readonly packed: Packed;
}

/**
 * The records that wait on disk: their index, the part of them at hand in memory, and the work on their files, a step
 * at a time.
 */
export class Spool {
  readonly backlog = new Backlog();
  readonly #store: SegmentStore;
  readonly #deflate: Deflate;
  readonly #windows = new ReadWindows();
  /** Whether it is known what lies in the folder. */
  isRecovered = false;
  #floor = 0;
  #damaged = 0;
  /** The segment that could not be read lately. */
  #refused: Segment | undefined;

  constructor(store: SegmentStore, deflate: Deflate) {
    this.#store = store;
    this.#deflate = deflate;
  }

  get damaged(): number {
    return this.#damaged;
  }

  get wantsReading(): boolean {
    return this.#windows.nextWanted !== undefined;
  }

  /** The records at hand behind `from`; asks for the rest. */
  peek(count: number, from: number): OutboxRecord[] {
    return this.#windows.peek(count, from, this.backlog.last);
  }

  /** Whether everything behind this number is at hand. */
  isAtHand(from: number): boolean {
    return this.#windows.all.some((window) => window.covers(from) && window.through >= this.backlog.last);
  }

  passThrough(seq: number): void {
    const before = this.#floor;
    this.#floor = Math.max(before, seq);
    this.backlog.passThrough(this.#floor, ({ first, passed }) => {
      const from = Math.max(before, first - 1);
      const counts = this.#windows.all.map((window) => window.countBetween(from, this.#floor));
      const count = counts.find((each) => each !== undefined);
      return count === undefined ? undefined : passed + count;
    });
    this.#windows.forgetThrough(this.#floor);
  }

  /** A file of ours was found in the folder. @returns its segment, if somebody waits for what is in it */
  found(found: FoundOutbox): Segment | undefined {
    this.#store.found(found);
    this.#damaged += found.lost;
    if (found.kind === 'waiting') return found.segment;
    if (found.kind === 'obsolete') this.backlog.doom([found.segment]);
    else this.backlog.setAside([found.segment]);
    return undefined;
  }

  /** Nothing more will be found: from now on it is written to. */
  async recovered(recovery: OutboxRecovery): Promise<void> {
    await this.#store.recovered(recovery);
    const newest = this.backlog.live.at(-1);
    const hasRoom = newest !== undefined && newest.end < this.#store.segmentBytes && !newest.isPlain;
    const goesOn = recovery.isOver && hasRoom;
    // where it can't be opened a new one is begun
    if (goesOn) await this.#store.resume(newest).catch(() => undefined);
    this.isRecovered = recovery.isOver;
  }

  /** After trouble: records that are gone are lost, and counted. */
  async reconcile(): Promise<void> {
    const { files } = this.backlog;
    if (files.length > 0) for (const segment of await this.#store.missing(files)) await this.#lose(segment);
  }

  /** Reads on for the next reader that waits. @param offer called where there is more at hand */
  async load(offer: () => void): Promise<void> {
    const isMore = await this.#loadNext();
    if (isMore) offer();
    this.#windows.offered();
  }

  async #loadNext(): Promise<boolean> {
    const next = this.#windows.nextWanted;
    if (next === undefined) return false;
    const { window, reader } = next;
    const wanted = window.next(this.backlog.live, reader);
    if (wanted === undefined) {
      this.#windows.loaded(next, true);
      return false;
    }
    const { segment, offset, length } = wanted;
    this.#refused = segment;
    let bytes: Buffer;
    try {
      bytes = await window.ahead.bytes(segment, offset, length, (most) => this.#store.read(segment, offset, most));
    } catch (error) {
      if (!['ENOENT', 'ELOOP'].some((code) => isCode(error, code))) throw error;
      await this.#lose(segment);
      return true;
    }
    this.#refused = undefined;
    if (!this.backlog.isLive(segment)) return true;
    const { passed, cut } = window.fill(bytes, wanted, this.#floor);
    this.#windows.loaded(next, false);
    if (passed !== undefined) this.backlog.change(segment, { passed: Math.min(passed, segment.count) });
    if (cut !== undefined) {
      if (this.#store.active === segment) await this.#store.seal();
      const held = heldIn(segment);
      this.backlog.cut(segment, Math.min(cut.count, segment.count), cut.last, cut.end);
      this.#damaged += Math.max(0, held - heldIn(segment));
    }
    return true;
  }

  /** Gives up what can't be read: the one segment that was refused, or all where nothing can be. */
  forsake(isAll: boolean): void {
    const refused = isAll ? undefined : this.#refused;
    const segments = this.backlog.live.filter((each) => refused === undefined || each === refused);
    this.#refused = undefined;
    for (const segment of segments) this.#damaged += heldIn(segment);
    this.backlog.setAside(segments);
  }

  async removeOne(): Promise<void> {
    const segment = this.backlog.nextDoomed;
    if (segment === undefined) return;
    await this.#store.remove(segment);
    this.backlog.removed(segment);
  }

  /** @param isHasty deflates nothing @returns whether they are on disk now, and are held there */
  async write(group: readonly OutboxRecord[], isNew: boolean, isHasty: boolean): Promise<boolean> {
    const [{ seq: first } = { seq: 0 }] = group;
    const last = group.at(-1)?.seq ?? 0;
    const packed = isHasty ? onePerRecord(group, this.#store.packing(isNew)) : await this.#pack(group, isNew);
    const segment = await this.#store.append(packed, { first, last, count: group.length }, isNew);
    segment.rawBytes += packed.rawBytes;
    // acknowledged or dropped meanwhile, with what was in it before: the file goes, and so would these
    if (this.backlog.isDoomed(segment)) return false;
    if (this.backlog.isEmpty) this.#windows.reset(this.#floor);
    const previous = this.backlog.isEmpty ? this.#floor : this.backlog.last;
    this.backlog.change(segment, { count: segment.count + group.length, last, end: segment.fileBytes });
    this.backlog.add(segment);
    for (const window of this.#windows.all) window.offer(previous, group);
    this.passThrough(this.#floor);
    return true;
  }

  /**
   * Rewrites neighbours as one segment with every second record of each device.
   * @returns how many records that were waited for it dropped; undefined where that would not make room
   */
  async thin(group: readonly Segment[], odd: Map<string, boolean>): Promise<number | undefined> {
    const [oldest] = group;
    if (oldest === undefined) return undefined;
    if (group.some((segment) => segment === this.#store.active)) await this.#store.seal();
    const { all, lost } = await this.#readAll(group);
    const keep = everySecond(all, odd, encodedLength);
    const packed = await this.#pack(keep, true);
    const before = group.reduce((sum, { end }) => sum + end, 0);
    if (packed.bytes.length > 0.8 * before) return undefined;
    return this.#replace(group, { all, lost, keep, packed });
  }

  /**
   * Takes out of neighbours all but the records of small devices, and puts these behind what was saved before.
   * @returns how many records that were waited for it dropped; undefined where there is nothing to be saved
   */
  async sift({ group, onto, isBehind }: Sift): Promise<number | undefined> {
    const { all, lost } = await this.#readAll(group);
    const shares = sharesOf(all, encodedLength);
    const small = all.filter(({ device }) => shares.isSmall(device));
    // the records before them were saved from a device that floods
    if (small.length === 0) return isBehind && shares.hasLarge ? this.#drop(group) : undefined;
    const saved = onto === undefined ? { all: [], lost: 0 } : await this.#readAll([onto]);
    const keep = [...saved.all, ...small];
    const read = { all: [...saved.all, ...all], lost: saved.lost + lost };
    const packed = await this.#pack(keep, true);
    return this.#replace(onto === undefined ? group : [onto, ...group], { ...read, keep, packed });
  }

  /** Puts a part of what neighbours hold in their place. @returns as `thin` does; undefined where there is no room */
  async #replace(group: readonly Segment[], { all, lost, keep, packed }: Rewrite): Promise<number | undefined> {
    const [oldest] = group;
    if (oldest === undefined || !this.#store.hasRoomFor(packed.bytes.length + SEGMENT_HEADER)) return undefined;
    const first = keep[0]?.seq ?? 0;
    const covers = Math.max(...group.map((segment) => segment.covers));
    const numbers = { first, last: keep.at(-1)?.seq ?? 0, count: keep.length };
    const segment = await this.#store.replace(oldest, covers, packed, numbers);
    this.#damaged += lost;
    const waits = (records: readonly OutboxRecord[]) => records.filter(({ seq }) => seq > this.#floor).length;
    segment.passed = keep.length - waits(keep);
    this.backlog.replace(group, segment);
    this.#windows.reset(0);
    return waits(all) - waits(keep);
  }

  #pack(records: readonly OutboxRecord[], isNew: boolean): Promise<Packed> {
    return pack(records, this.#store.packing(isNew), this.#deflate);
  }

  async writeCursor(): Promise<void> {
    const [segment] = this.backlog.live;
    if (segment !== undefined) await this.#store.writeCursor(segment.number, this.#floor);
  }

  async writePlaces(places: ReadonlyMap<string, number>): Promise<void> {
    const newest = this.backlog.live.at(-1);
    if (newest !== undefined) await this.#store.writePlaces(newest.number, places);
  }

  #drop(group: readonly Segment[]): number {
    const segments = group.filter((segment) => this.backlog.isLive(segment));
    const held = segments.reduce((sum, segment) => sum + heldIn(segment), 0);
    this.backlog.doom(segments);
    this.#windows.reset(0);
    return held;
  }

  /** The records of theirs that are waited for, and how many can't be read any more. */
  async #readAll(segments: readonly Segment[]): Promise<Pick<Rewrite, 'all' | 'lost'>> {
    const all: OutboxRecord[] = [];
    let lost = 0;
    for (const segment of segments) {
      const bytes = await this.#store.read(segment, 0, segment.end);
      const { records, repeated } = scanRecords(bytes, { from: SEGMENT_HEADER, after: this.#floor, isWhole: true });
      lost += Math.max(0, segment.count - records.length - repeated);
      all.push(...records.filter(({ seq }) => seq >= segment.first && seq <= segment.last));
    }
    return { all, lost };
  }

  async #lose(segment: Segment): Promise<void> {
    if (this.#store.active === segment) await this.#store.seal();
    if (this.backlog.isLive(segment)) this.#damaged += heldIn(segment);
    this.backlog.vanished([segment]);
    this.#store.forget(segment);
  }
}
