import { dirname, join } from 'node:path';
import { type Disk, type DiskFile, readFully, withFile, writeFully } from '../../files/disk.ts';
import { isCode } from '../../files/errno.ts';
import { type Holder, LOCK_BYTES, releaseLock, takeLock } from '../../files/lock.ts';
import {
  CURSOR_SLOT,
  encodeCursor,
  encodeHeader,
  encodePlaces,
  PLACES_SLOT,
  placeKey,
  SEGMENT_HEADER,
  segmentName,
} from './format.ts';
import { type FoundOutbox, OutboxRecovery, THINNED } from './recover.ts';
import { emptySegment, type Segment, type SegmentGroup, segmentBytes } from './segment.ts';
import { cursorSlots, placeSlots, type SlotPair } from './slot-pair.ts';

/** Kept free of `maxBytes` for the files beside the segments. */
export const BESIDE = 2 * CURSOR_SLOT + 2 * PLACES_SLOT + LOCK_BYTES;

/** No segment stands for so many others. */
const COVERED_MOST = 100_000;

const PAGE = 4096;
/** Bytes of the file system itself for each sync (inode, journal), and again where a folder changes: an allowance. */
const PER_SYNC = PAGE;
const PER_FOLDER = 2 * PAGE;

/** The files of the outbox, and their bytes. One call at a time; each rejects with the operating system's error. */
export class SegmentStore {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #holder: Holder;
  readonly #maxBytes: number;
  readonly segmentBytes: number;
  #active: { readonly segment: Segment; readonly file: DiskFile } | undefined;
  #nextNumber = 1;
  readonly #cursors: SlotPair;
  readonly #places: SlotPair;
  #bytes = BESIDE;
  #written = 0;
  /** Of the file that is to take a segment's place. */
  #thinnedBytes = 0;
  /** Begun, failed, and not yet removed. */
  #orphans: Segment[] = [];

  constructor(disk: Disk, folder: string, maxBytes: number, holder: Holder) {
    this.#disk = disk;
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#holder = holder;
    this.segmentBytes = segmentBytes(maxBytes);
    this.#cursors = cursorSlots(disk, folder);
    this.#places = placeSlots(disk, folder);
  }

  /** Bytes in the folder, at the most. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of flash pages that this has cost: whole pages of what is synced, and allowances for the file system's own. */
  get written(): number {
    return this.#written;
  }

  /** The segment that is being written, if any. */
  get active(): Segment | undefined {
    return this.#active?.segment;
  }

  /** Bytes of records that the next append may bring without beginning a segment. */
  get room(): number {
    return this.#active === undefined ? 0 : this.segmentBytes - this.#active.segment.fileBytes;
  }

  /** Makes the folder, but not the one above it, and takes it. To be done again after any trouble. */
  async prepare(): Promise<void> {
    try {
      await this.#disk.mkdir(this.#folder);
      await this.#disk.syncFolder(dirname(this.#folder));
      this.#written += PER_FOLDER;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    if (await takeLock(this.#disk, this.#folder, this.#holder)) this.#written += PAGE;
    for (let orphan = this.#orphans[0]; orphan !== undefined; orphan = this.#orphans[0]) {
      await this.remove(orphan);
      this.#orphans.shift();
    }
  }

  /** This finds out the content of the folder, before anything is written. */
  recovery(): OutboxRecovery {
    return new OutboxRecovery(this.#disk, this.#folder);
  }

  found({ segment }: FoundOutbox): void {
    this.#bytes += segment.fileBytes;
  }

  /** The content of the folder is known; or as much of it as there was time for, and then the numbers leave a gap. */
  async recovered({ cursor, places, hasThinned, nextNumber, isOver }: OutboxRecovery): Promise<void> {
    if (hasThinned) await this.#discardThinned();
    // a file that was not looked at may stand for others, whose numbers it covers
    this.#nextNumber = isOver ? nextNumber : nextNumber + COVERED_MOST;
    this.#cursors.generation = cursor?.generation ?? 0;
    this.#places.generation = places?.generation ?? 0;
  }

  /** Those of these that have gone from the folder. */
  async missing(segments: readonly Segment[]): Promise<readonly Segment[]> {
    const names = new Set(await this.#disk.readdir(this.#folder));
    return segments.filter(({ number }) => !names.has(segmentName(number)));
  }

  forget({ fileBytes }: Segment): void {
    this.#bytes -= fileBytes;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#bytes + bytes <= this.#maxBytes;
  }

  /** Goes on with the newest segment of an earlier run, cut back to what is readable. */
  async resume(segment: Segment): Promise<void> {
    const file = await this.#disk.open(this.#path(segment), 'write');
    try {
      if (segment.fileBytes > segment.end) await file.truncate(segment.end);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#bytes -= segment.fileBytes - segment.end;
    segment.fileBytes = segment.end;
    this.#active = { segment, file };
  }

  /**
   * Appends and syncs. After a failure the segment is cut back and gets no more: nobody knows what a failed sync left.
   * @returns the segment that has them now; its word on its records is as before, a new one says it has none
   */
  async append(records: Buffer, group: SegmentGroup, isNew: boolean): Promise<Segment> {
    if (isNew || this.#active === undefined) return this.#begin(records, group);
    const { segment, file } = this.#active;
    // nobody would find again what is written to a file that has gone
    if (!(await file.isAt(this.#path(segment)))) throw Object.assign(new Error(), { code: 'ENOENT' });
    const before = segment.fileBytes;
    // counted before it is there, so that the bound holds also for half a write
    this.#grow(segment, records.length);
    try {
      await writeFully(file, records, before);
      await file.sync();
    } catch (error) {
      await this.#cutBack(segment, file, before);
      throw error;
    }
    this.#countPages(before, records.length);
    return segment;
  }

  /** Ends the segment that is being written. */
  async seal(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    await active?.file.close();
  }

  /** A part of a segment's file; short where the file is. */
  async read({ number, end }: Segment, offset: number, length: number): Promise<Buffer> {
    const path = join(this.#folder, segmentName(number));
    return withFile(this.#disk, path, 'read', (file) => readFully(file, Math.min(length, end - offset), offset));
  }

  async remove(segment: Segment): Promise<void> {
    if (this.#active?.segment === segment) await this.seal();
    await this.#unlink(segmentName(segment.number));
    this.#bytes -= segment.fileBytes;
    // the folder is not synced: a segment that comes back is dropped again, or its readings are sent again
    this.#written += PAGE;
  }

  /** Puts these records in the place of a segment, whole or not at all. */
  async replace(segment: Segment, covers: number, records: Buffer, group: SegmentGroup): Promise<Segment> {
    const fileBytes = SEGMENT_HEADER + records.length;
    const path = join(this.#folder, THINNED);
    await this.#discardThinned();
    // counted before it is there, as with every write
    this.#bytes += fileBytes;
    this.#thinnedBytes = fileBytes;
    try {
      await withFile(this.#disk, path, 'make', async (file) => {
        await writeFully(file, Buffer.concat([encodeHeader({ number: segment.number, covers }), records]), 0);
        await file.sync();
      });
      await this.#disk.rename(path, this.#path(segment));
    } catch (error) {
      await this.#discardThinned();
      throw error;
    }
    this.#thinnedBytes = 0;
    this.#bytes -= segment.fileBytes;
    this.#countPages(0, fileBytes);
    // it is in its place already; after a power cut the old one may be there again, which holds the same and more
    await this.#syncFolder().catch(() => undefined);
    return { number: segment.number, covers, ...group, passed: 0, end: fileBytes, fileBytes };
  }

  /** @param segment everything before it is done, and in it everything up to `seq` */
  async writeCursor(segment: number, seq: number): Promise<void> {
    await this.#slot(this.#cursors, CURSOR_SLOT, (generation) => encodeCursor({ generation, segment, seq }));
  }

  /** @param segment the newest one @param places how far each reader has come, by name */
  async writePlaces(segment: number, places: ReadonlyMap<string, number>): Promise<void> {
    const byKey = new Map([...places].map(([name, seq]) => [placeKey(name), seq]));
    await this.#slot(this.#places, PLACES_SLOT, (generation) => encodePlaces({ generation, segment, places: byKey }));
  }

  async #slot(pair: SlotPair, size: number, encode: (generation: number) => Buffer): Promise<void> {
    const isNew = await pair.write(encode);
    this.#countPages(0, size);
    if (isNew) await this.#syncFolder();
  }

  async release(): Promise<void> {
    await this.seal();
    await releaseLock(this.#disk, this.#folder);
  }

  async #begin(records: Buffer, group: SegmentGroup): Promise<Segment> {
    await this.seal();
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    const segment: Segment = { ...emptySegment(number), first: group.first };
    const bytes = Buffer.concat([encodeHeader(segment), records]);
    const file = await this.#disk.open(this.#path(segment), 'make');
    this.#grow(segment, bytes.length);
    try {
      await writeFully(file, bytes, 0);
      await file.sync();
      await this.#syncFolder();
    } catch (error) {
      await file.close().catch(() => undefined);
      this.#orphans.push(segment);
      throw error;
    }
    this.#countPages(0, bytes.length);
    this.#active = { segment, file };
    return segment;
  }

  /** Bytes that can not be cut back stay counted, and `end` tells them from the rest. */
  async #cutBack(segment: Segment, file: DiskFile, size: number): Promise<void> {
    this.#active = undefined;
    try {
      await file.truncate(size);
      this.#grow(segment, size - segment.fileBytes);
    } catch {
      // as said above
    } finally {
      await file.close().catch(() => undefined);
    }
  }

  #grow(segment: Segment, bytes: number): void {
    segment.fileBytes += bytes;
    this.#bytes += bytes;
  }

  async #discardThinned(): Promise<void> {
    await this.#unlink(THINNED);
    this.#bytes -= this.#thinnedBytes;
    this.#thinnedBytes = 0;
  }

  async #unlink(name: string): Promise<void> {
    try {
      await this.#disk.unlink(join(this.#folder, name));
    } catch (error) {
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }

  async #syncFolder(): Promise<void> {
    await this.#disk.syncFolder(this.#folder);
    this.#written += PER_FOLDER;
  }

  #countPages(position: number, length: number): void {
    const pages = Math.floor((position + length - 1) / PAGE) - Math.floor(position / PAGE) + 1;
    this.#written += pages * PAGE + PER_SYNC;
  }

  #path({ number }: Segment): string {
    return join(this.#folder, segmentName(number));
  }
}
