import { join } from 'node:path';
import { Fault } from '../../drivers/contract/fault.ts';
import { type Disk, readFully, withFile } from './disk.ts';
import { LONGEST_RECORD } from './record-format.ts';
import { isCode } from './replace-file.ts';
import { scan } from './scan.ts';
import {
  CURSOR_SLOT,
  type Cursor,
  newestCursor,
  type Parsed,
  parseCursor,
  parseHeader,
  SEGMENT_HEADER,
  type SegmentHeader,
  segmentName,
  segmentNumber,
} from './segment-format.ts';
import { emptySegment, type Segment } from './segments.ts';

export const CURSORS = ['cursor-a', 'cursor-b'] as const;
export const THINNED = 'thinned.new';

/** No segment of ours is longer: it ends with the record that fills it. More of a file is never read. */
const LONGEST_SEGMENT = 1_048_576 + LONGEST_RECORD + SEGMENT_HEADER;

export interface Recovered {
  /** Oldest first; in ascending order of `seq`. */
  readonly segments: readonly Segment[];
  /** Files of ours with nothing in them that is still waited for. */
  readonly obsolete: readonly Segment[];
  /** Files that can not be read now. They are left for the next start. */
  readonly unreadable: readonly Segment[];
  readonly cursor: Cursor | undefined;
  readonly nextNumber: number;
  /** Readings lost to damage, about. */
  readonly damaged: number;
  /** The half-made file of a thinning that was interrupted. */
  readonly hasThinned: boolean;
}

/**
 * Reads what lies in the folder and changes nothing. Segments are read one at a time; what is kept of each is where it
 * begins and ends. Files that are not ours are not looked at.
 * @param isPatient whether one file that can not be read makes it all fail, because it is worth another try
 * @throws Fault `outbox/format`; what the operating system says
 */
export async function recover(disk: Disk, folder: string, isPatient: boolean): Promise<Recovered> {
  const names = await disk.readdir(folder);
  const numbers = names.map(segmentNumber).filter((number) => number !== undefined);
  numbers.sort((a, b) => a - b);
  const cursor = newestCursor(await readCursors(disk, folder));
  const segments: Segment[] = [];
  const obsolete: Segment[] = [];
  const unreadable: Segment[] = [];
  const summary = { damaged: 0, covered: 0, newest: cursor?.segment ?? 0, last: 0 };
  for (const number of numbers) {
    summary.newest = Math.max(summary.newest, number);
    const file = await readSegment(disk, folder, number, isPatient);
    if (file === 'foreign') continue;
    if ('unreadable' in file) {
      summary.damaged += 1;
      unreadable.push(emptySegment(number, file.unreadable));
      continue;
    }
    const { header, bytes, size } = file;
    if (header === 'other') throw new Fault('outbox/format');
    const isDone = number < (cursor?.segment ?? 0) || number <= summary.covered;
    const found = isDone ? undefined : look(bytes, size, number, header, summary.last, cursor);
    summary.damaged += found?.lost ?? 0;
    if (found === undefined || found.segment.count === found.segment.passed) {
      obsolete.push(emptySegment(number, size));
      continue;
    }
    summary.covered = Math.max(summary.covered, found.segment.covers);
    summary.newest = Math.max(summary.newest, summary.covered);
    summary.last = found.segment.last;
    segments.push(found.segment);
  }
  const { damaged, newest } = summary;
  const hasThinned = names.includes(THINNED);
  return { segments, obsolete, unreadable, cursor, nextNumber: newest + 1, damaged, hasThinned };
}

function look(
  bytes: Buffer,
  size: number,
  number: number,
  header: Parsed<SegmentHeader>,
  after: number,
  cursor: Cursor | undefined,
): { readonly segment: Segment; readonly lost: number } {
  const { places, lost, end } = scan(bytes, SEGMENT_HEADER, after, true);
  const floor = cursor?.segment === number ? cursor.seq : 0;
  const covers = typeof header === 'string' || header.number !== number ? number : header.covers;
  return {
    lost,
    segment: {
      number,
      covers,
      first: places[0]?.seq ?? 0,
      last: places.at(-1)?.seq ?? 0,
      count: places.length,
      passed: places.filter(({ seq }) => seq <= floor).length,
      end,
      fileBytes: size,
    },
  };
}

type Found =
  | 'foreign'
  | { readonly unreadable: number }
  | { readonly header: Parsed<SegmentHeader>; readonly bytes: Buffer; readonly size: number };

async function readSegment(disk: Disk, folder: string, number: number, isPatient: boolean): Promise<Found> {
  let size: number | undefined = 0;
  try {
    return await withFile(disk, join(folder, segmentName(number)), 'read', async (file): Promise<Found> => {
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

async function readCursors(disk: Disk, folder: string): Promise<readonly Parsed<Cursor>[]> {
  const slots: Parsed<Cursor>[] = [];
  for (const name of CURSORS) {
    try {
      const bytes = await withFile(disk, join(folder, name), 'read', async (file) => {
        return (await file.size()) === undefined ? Buffer.alloc(0) : readFully(file, CURSOR_SLOT, 0);
      });
      slots.push(parseCursor(bytes));
    } catch (error) {
      if (!['ENOENT', 'ELOOP', 'EIO', 'ENXIO'].some((code) => isCode(error, code))) throw error;
      slots.push('damaged');
    }
  }
  if (slots.includes('other')) throw new Fault('outbox/format');
  return slots;
}
