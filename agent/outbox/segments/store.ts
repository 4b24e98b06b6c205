import { dirname, join } from 'node:path';
import { type Disk, type DiskFile, readFully, removeIfThere, withFile, writeFully } from '../../files/disk.ts';
import { isCode } from '../../files/errno.ts';
import { type Holder, LOCK_BYTES, releaseLock, takeLock } from '../../files/lock.ts';
import { NO_KEYS, type Packed, type Packing, type SegmentKeys } from '../blocks/block.ts';
import { FlashPages, PAGE } from './flash-pages.ts';
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
import { segmentKeysIn } from './record-scan.ts';
import { type FoundOutbox, OutboxRecovery, THINNED } from './recover.ts';
import { emptySegment, rawBytesOf, type Segment, type SegmentGroup, segmentBytes } from './segment.ts';
import { cursorSlots, placeSlots, type SlotPair } from './slot-pair.ts';

/** Kept free of `maxBytes` for the files beside the segments. */
export const BESIDE = 2 * CURSOR_SLOT + 2 * PLACES_SLOT + LOCK_BYTES;

/** No segment stands for so many others. */
const COVERED_MOST = 100_000;

/** A segment that has less room than this part of a whole one gets no more. */
const LEAST_ROOM = 1 / 16;

/** The files of the outbox, and their bytes. One call at a time; each rejects with the operating system's error. */
export class SegmentStore {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #holder: Holder;
  readonly #maxBytes: number;
  readonly segmentBytes: number;
  #active: { readonly segment: Segment; readonly file: DiskFile } | undefined;
  /** Of the segment that is being written. */
  #keys: SegmentKeys = NO_KEYS;
  #nextNumber = 1;
  readonly #cursors: SlotPair;
  readonly #places: SlotPair;
  #bytes = BESIDE;
  readonly #pages = new FlashPages();
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

  /** Bytes of flash pages that this has cost: see {@link FlashPages}. */
  get written(): number {
    return this.#pages.bytes;
  }

  /** The segment that is being written, if any. */
  get active(): Segment | undefined {
    return this.#active?.segment;
  }

  /** Bytes of records that the next append may bring without beginning a segment. */
  get room(): number {
    if (this.#active === undefined) return 0;
    const { fileBytes, rawBytes } = this.#active.segment;
    const room = Math.min(this.segmentBytes - fileBytes, rawBytesOf(this.segmentBytes) - rawBytes);
    return room < this.segmentBytes * LEAST_ROOM ? 0 : room;
  }

  /** The keys and bounds that the next append is to be packed with. */
  packing(isNew: boolean): Packing {
    const keys = isNew || this.#active === undefined ? NO_KEYS : this.#keys;
    const isLong = (this.#active?.segment.fileBytes ?? 0) >= PAGE;
    return { keys, isRepeated: keys.copies === 1 && isLong, mostDictionary: Math.floor(this.segmentBytes / 4) };
  }

  /** Makes the folder, but not the one above it, and takes it. To be done again after any trouble. */
  async prepare(): Promise<void> {
    try {
      await this.#disk.mkdir(this.#folder);
      await this.#disk.syncFolder(dirname(this.#folder));
      this.#pages.folderSynced();
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    if (await takeLock(this.#disk, this.#folder, this.#holder)) this.#pages.touched();
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
    let keys = NO_KEYS;
    try {
      keys = segmentKeysIn(await readFully(file, segment.end, 0), SEGMENT_HEADER);
      if (segment.fileBytes > segment.end) await file.truncate(segment.end);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#bytes -= segment.fileBytes - segment.end;
    segment.fileBytes = segment.end;
    this.#active = { segment, file };
    this.#keys = keys;
  }

  /**
   * Appends and syncs. After a failure the segment is cut back and gets no more: nobody knows what a failed sync left.
   * @returns the segment that has them now; its word on its records is as before, a new one says it has none
   */
  async append({ bytes: records, keys }: Packed, group: SegmentGroup, isNew: boolean): Promise<Segment> {
    if (isNew || this.#active === undefined) return this.#begin(records, keys, group);
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
    this.#pages.synced(before, records.length);
    this.#keys = keys;
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
    await removeIfThere(this.#disk, this.#path(segment));
    this.#bytes -= segment.fileBytes;
    // the folder is not synced: a segment that comes back is dropped again, or its readings are sent again
    this.#pages.touched();
  }

  /** Puts these records in the place of a segment, whole or not at all. */
  async replace(segment: Segment, covers: number, packed: Packed, group: SegmentGroup): Promise<Segment> {
    const { bytes: records, rawBytes } = packed;
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
    this.#pages.synced(0, fileBytes);
    // it is in its place already; after a power cut the old one may be there again, which holds the same and more
    await this.#syncFolder().catch(() => undefined);
    return { ...emptySegment(segment.number, fileBytes), covers, ...group, end: fileBytes, rawBytes };
  }

  /** @param segment everything before it is done, and in it everything up to `seq` */
  async writeCursor(segment: number, seq: number): Promise<void> {
    await this.#cursors.write((generation) => encodeCursor({ generation, segment, seq }), this.#pages);
  }

  /** @param segment the newest one @param places how far each reader has come, by name */
  async writePlaces(segment: number, places: ReadonlyMap<string, number>): Promise<void> {
    const byKey = new Map([...places].map(([name, seq]) => [placeKey(name), seq]));
    await this.#places.write((generation) => encodePlaces({ generation, segment, places: byKey }), this.#pages);
  }

  async release(): Promise<void> {
    await this.seal();
    await releaseLock(this.#disk, this.#folder);
  }

  async #begin(records: Buffer, keys: SegmentKeys, group: SegmentGroup): Promise<Segment> {
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
    this.#pages.synced(0, bytes.length);
    this.#active = { segment, file };
    this.#keys = keys;
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
    await removeIfThere(this.#disk, join(this.#folder, THINNED));
    this.#bytes -= this.#thinnedBytes;
    this.#thinnedBytes = 0;
  }

  async #syncFolder(): Promise<void> {
    await this.#disk.syncFolder(this.#folder);
    this.#pages.folderSynced();
  }

  #path({ number }: Segment): string {
    return join(this.#folder, segmentName(number));
  }
}
