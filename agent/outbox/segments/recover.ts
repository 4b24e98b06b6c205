import { join } from 'node:path';
import { Fault } from '../../../drivers/contract/fault.ts';
import { type Disk, readFully, withFile } from '../../files/disk.ts';
import { isCode } from '../../files/errno.ts';
import {
  type Cursor,
  type Parsed,
  type Places,
  parseCursor,
  parseHeader,
  parsePlaces,
  SEGMENT_HEADER,
  type SegmentHeader,
  segmentName,
  segmentNumber,
} from './format.ts';
import { LONGEST_RECORD } from './record-format.ts';
import { survey } from './record-scan.ts';
import { emptySegment, type Segment } from './segment.ts';
import { cursorSlots, placeSlots } from './slot-pair.ts';

export const THINNED = 'thinned.new';

/** No segment of ours is longer: it ends with the record that fills it. More of a file is never read. */
const LONGEST_SEGMENT = 1_048_576 + LONGEST_RECORD + SEGMENT_HEADER;

/** One file of ours. */
export interface FoundOutbox {
  /** `obsolete`: nothing in it is still waited for. `unreadable`: it can't be read now, and is left for the next start. */
  readonly kind: 'waiting' | 'obsolete' | 'unreadable';
  readonly segment: Segment;
  /** Readings lost to damage, about. */
  readonly lost: number;
}

/**
 * Looks through the folder, one file at a time, and changes nothing: a backlog of gigabytes takes minutes on a slow
 * disk, and no single call takes more than its file. Only the beginning and the end of each segment are kept. Files
 * that are not ours are not looked at. A call tries again to read the part that the one before could not.
 */
export class OutboxRecovery {
  readonly #disk: Disk;
  readonly #folder: string;
  /** Of the files that are still to be looked at, ascending; undefined before the folder was read. */
  #numbers: number[] | undefined;
  #at = 0;
  /** Where to look next for the newest record, from the end; below 0: all was looked at. */
  #back = 0;
  #newest = 0;
  /** Segments up to this number are in a later one too. */
  #covered = 0;
  /** Number of the newest record that was found. */
  #last = 0;
  /** The file that could not be read lately. */
  #refused: number | undefined;
  cursor: Cursor | undefined;
  /** How far the readers had come. */
  places: Places | undefined;
  /** No reader that holds waits for records of the segments up to {@link places} that are not above this number. */
  floor = 0;
  /** There is the half-made file of a thinning that was interrupted. */
  hasThinned = false;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  get isListed(): boolean {
    return this.#numbers !== undefined;
  }

  /** Every file was looked at. */
  get isOver(): boolean {
    return this.#numbers !== undefined && this.#at >= this.#numbers.length;
  }

  /** Above every number in the folder that is known so far. */
  get nextNumber(): number {
    return this.#newest + 1;
  }

  /** @throws Fault `outbox/format`; the operating system's own errors, here and in the other calls */
  async list(): Promise<void> {
    const names = await this.#disk.readdir(this.#folder);
    const numbers = names.map(segmentNumber).filter((number) => number !== undefined);
    numbers.sort((a, b) => a - b);
    this.cursor = await cursorSlots(this.#disk, this.#folder).read(parseCursor);
    this.places = await placeSlots(this.#disk, this.#folder).read(parsePlaces);
    this.hasThinned = names.includes(THINNED);
    this.#newest = Math.max(this.cursor?.segment ?? 0, this.places?.segment ?? 0, numbers.at(-1) ?? 0);
    this.#back = numbers.length - 1;
    this.#numbers = numbers;
  }

  /**
   * Looks into one file more for the newest record, from the end of the folder.
   * @returns its number, 0 where there is none; undefined where it is still to be looked for
   */
  async lookBack(): Promise<number | undefined> {
    const number = this.#numbers?.[this.#back];
    if (number === undefined) return 0;
    this.#back -= 1;
    const file = await readSegment(this.#disk, this.#folder, number, false);
    if (file === 'foreign' || 'unreadable' in file) return undefined;
    if (file.header === 'other') throw new Fault('outbox/format');
    const { last } = survey(file.bytes, SEGMENT_HEADER, 0, 0);
    return last > 0 ? last : undefined;
  }

  /** Looks at the next file, oldest first. @returns undefined where it is none of ours */
  async next(): Promise<FoundOutbox | undefined> {
    const number = this.#numbers?.[this.#at];
    if (number === undefined) return undefined;
    // one that fails once is worth another try
    const isPatient = this.#refused !== number;
    this.#refused = number;
    const found = await this.#look(number, isPatient);
    this.#at += 1;
    return found;
  }

  async #look(number: number, isPatient: boolean): Promise<FoundOutbox | undefined> {
    const { cursor, places } = this;
    const file = await readSegment(this.#disk, this.#folder, number, isPatient);
    if (file === 'foreign') return undefined;
    if ('unreadable' in file) return { kind: 'unreadable', segment: emptySegment(number, file.unreadable), lost: 1 };
    const { header, bytes, size } = file;
    if (header === 'other') throw new Fault('outbox/format');
    const isDone = number < (cursor?.segment ?? 0) || number <= this.#covered;
    const floor = Math.max(
      cursor?.segment === number ? cursor.seq : 0,
      number <= (places?.segment ?? 0) ? this.floor : 0,
    );
    const found = isDone ? undefined : look(bytes, size, number, header, this.#last, floor);
    const lost = found?.lost ?? 0;
    if (found === undefined || found.segment.count === found.segment.passed) {
      return { kind: 'obsolete', segment: emptySegment(number, size), lost };
    }
    this.#covered = Math.max(this.#covered, found.segment.covers);
    this.#newest = Math.max(this.#newest, this.#covered);
    this.#last = found.segment.last;
    return { kind: 'waiting', segment: found.segment, lost };
  }
}

function look(
  bytes: Buffer,
  size: number,
  number: number,
  header: Parsed<SegmentHeader>,
  after: number,
  floor: number,
): { readonly segment: Segment; readonly lost: number } {
  const { lost, ...found } = survey(bytes, SEGMENT_HEADER, after, floor);
  const isOurs = typeof header !== 'string' && header.number === number;
  // where nobody can say what it is, nothing is written to it
  const isPlain = !isOurs || header.isPlain === true;
  return { lost, segment: { number, covers: isOurs ? header.covers : number, ...found, fileBytes: size, isPlain } };
}

type Content =
  | 'foreign'
  | { readonly unreadable: number }
  | { readonly header: Parsed<SegmentHeader>; readonly bytes: Buffer; readonly size: number };

async function readSegment(disk: Disk, folder: string, number: number, isPatient: boolean): Promise<Content> {
  let size: number | undefined = 0;
  try {
    return await withFile(disk, join(folder, segmentName(number)), 'read', async (file): Promise<Content> => {
      size = await file.size();
      if (size === undefined) return 'foreign';
      const bytes = await readFully(file, Math.min(size, LONGEST_SEGMENT), 0);
      return { header: parseHeader(bytes), bytes, size };
    });
  } catch (error) {
    // a link, or gone since the folder was read
    if (isCode(error, 'ELOOP') || isCode(error, 'ENOENT') || isCode(error, 'ENXIO')) return 'foreign';
    if (isPatient || !(isCode(error, 'EIO') || isCode(error, 'EACCES'))) throw error;
    return { unreadable: size ?? 0 };
  }
}
