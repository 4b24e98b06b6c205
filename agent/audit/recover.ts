import { join } from 'node:path';
import type { Notice } from './entry.ts';
import { type AuditDisk, fileName, type Listed, listFiles, openToRead } from './files.ts';
import { FILES_LOOKED_AT, TAIL_BYTES } from './limits.ts';
import { type ChainLink, START } from './line.ts';
import { type End, endOf } from './tail.ts';

/** Where the next line goes. */
export interface JournalPlace {
  readonly number: number;
  /** Bytes of whole lines in the file. 0: it is empty, or still to be made. */
  readonly size: number;
  /** The line that the next one follows. */
  readonly link: ChainLink;
}

export interface JournalRecovery {
  readonly files: readonly Listed[];
  readonly place: JournalPlace;
  /** The file's last line lacks its line end. */
  readonly lacksNewline: boolean;
  /** The notes that come into the journal before anything else. */
  readonly notices: readonly Notice[];
}

/** Finds the end of the journal that an earlier run has left. Reads a bounded part of any file. */
export async function recover(disk: AuditDisk, folder: string): Promise<JournalRecovery> {
  const files = await listFiles(disk, folder);
  const newest = files.at(-1);
  if (newest === undefined) return settled(files, { number: 1, size: 0, link: START });
  const last = await readEnd(disk, folder, newest);
  let isBroken = last === undefined || !last.isSound;
  let link = last?.link;
  for (const file of files.slice(-FILES_LOOKED_AT, -1).reverse()) {
    if (link !== undefined) break;
    const end = await readEnd(disk, folder, file);
    if (end === undefined || !end.isSound || end.torn > 0 || end.lacksNewline) isBroken = true;
    link = end?.link;
  }
  // only the very first file may be without a line before it
  if (link === undefined && newest.number > 1) isBroken = true;
  const file = fileName(newest.number);
  if (last === undefined || isBroken) {
    return settled(files, { number: newest.number + 1, size: 0, link: link ?? START }, { code: 'broken', file });
  }
  const place = { number: newest.number, size: newest.size - last.torn, link: link ?? START };
  const torn = last.torn > 0 ? [{ code: 'torn', file, bytes: last.torn } as const] : [];
  return { ...settled(files, place, ...torn), lacksNewline: last.lacksNewline };
}

/**
 * Goes on after a failure in this run, where the content of the disk is known: the written lines, and at most a part of
 * the write that failed. If anything else is found, it is left as it is and a new file begins.
 * @param attempt the bytes that were to be written at that place
 */
export async function resume(
  disk: AuditDisk,
  folder: string,
  place: JournalPlace,
  attempt: Buffer,
): Promise<JournalRecovery> {
  const files = await listFiles(disk, folder);
  const newest = files.at(-1);
  const number = newest?.number ?? 0;
  if (number === place.number && newest !== undefined) {
    if (await isOurs(disk, folder, newest, place, attempt)) return settled(files, place);
  } else if (number === place.number - 1 && place.size === 0) {
    if (newest === undefined) return settled(files, place);
    const end = await readEnd(disk, folder, newest);
    if (end?.isSound && end.torn === 0 && end.link?.hash === place.link.hash) return settled(files, place);
  }
  // a file without lines may still have to be made
  const isMade = place.size > 0;
  const isMissing = number < (isMade ? place.number : place.number - 1);
  const notice = isMissing
    ? ({ code: 'missing', file: fileName(place.number) } as const)
    : ({ code: 'broken', file: fileName(number) } as const);
  const next = Math.max(number + 1, isMade ? place.number + 1 : place.number);
  return settled(files, { number: next, size: 0, link: place.link }, notice);
}

function settled(files: readonly Listed[], place: JournalPlace, ...notices: readonly Notice[]): JournalRecovery {
  return { files, place, lacksNewline: false, notices };
}

async function isOurs(
  disk: AuditDisk,
  folder: string,
  file: Listed,
  place: JournalPlace,
  attempt: Buffer,
): Promise<boolean> {
  const bytes = await readTail(disk, folder, file);
  const excess = file.size - place.size;
  if (bytes === undefined || excess < 0 || excess > attempt.length || excess > bytes.length) return false;
  const kept = bytes.length - excess;
  if (!bytes.subarray(kept).equals(attempt.subarray(0, excess))) return false;
  if (place.size === 0) return true;
  const end = endOf(bytes.subarray(0, kept), bytes.length === file.size);
  return end.isSound && end.torn === 0 && end.link?.hash === place.link.hash;
}

async function readEnd(disk: AuditDisk, folder: string, file: Listed): Promise<End | undefined> {
  const bytes = await readTail(disk, folder, file);
  return bytes && endOf(bytes, bytes.length === file.size);
}

/** The last bytes of a file; undefined where it is none of ours. */
async function readTail(
  disk: AuditDisk,
  folder: string,
  { number, size, isFile }: Listed,
): Promise<Buffer | undefined> {
  if (!isFile) return undefined;
  const handle = await openToRead(disk, join(folder, fileName(number)));
  if (handle === undefined) return undefined;
  try {
    // only its owner can; a journal that others may read is better than none
    if (((await handle.stat()).mode & 0o777) !== 0o600) await handle.chmod(0o600).catch(() => undefined);
    const length = Math.min(size, TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return bytesRead === length ? buffer : undefined;
  } finally {
    await handle.close();
  }
}
