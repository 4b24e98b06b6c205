import { constants } from 'node:fs';
import { chmod, type FileHandle, lstat, mkdir, open, opendir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../drivers/contract/fault.ts';
import { removeIfThere } from '../files/disk.ts';
import { isCode } from '../files/errno.ts';
import { FOLDER_NAMES } from './limits.ts';

/** The journal's calls to the operating system; tests hand in disks that are full. */
export const AUDIT_DISK = { chmod, lstat, mkdir, open, opendir, unlink } as const;
export type AuditDisk = typeof AUDIT_DISK;

/** One file of the journal as the folder lists it. */
export interface Listed {
  readonly number: number;
  /** Bytes; 0 for what is no regular file. */
  readonly size: number;
  readonly isFile: boolean;
}

const NAME = /^audit-([0-9]{6,15})\.jsonl$/;

export function fileName(number: number): string {
  return `audit-${String(number).padStart(6, '0')}.jsonl`;
}

/**
 * The files of the journal in their order; everything else in the folder is left alone.
 * @param most names in the folder: with more of them it is not the journal's own, and nobody waits until all are looked
 *   at
 * @throws Fault `audit/not-written`; the operating system's own errors
 */
export async function listFiles(disk: AuditDisk, folder: string, most = FOLDER_NAMES): Promise<readonly Listed[]> {
  const names = new Set<string>();
  for await (const { name } of await disk.opendir(folder)) {
    if (names.size >= most) throw new Fault('audit/not-written');
    names.add(name);
  }
  const numbers = [...names].map((name) => Number(NAME.exec(name)?.[1])).filter((number) => number >= 1);
  const listed = numbers
    .filter((number) => names.has(fileName(number)))
    .sort((a, b) => a - b)
    .map(async (number) => {
      const found = await ifThere(disk.lstat(join(folder, fileName(number))));
      const isFile = found?.isFile() === true;
      return found === undefined ? undefined : { number, size: isFile ? found.size : 0, isFile };
    });
  return (await Promise.all(listed)).filter((each) => each !== undefined);
}

/**
 * Makes the journal's folder and the one it lies in, readable for nobody else. The folder above them is not made: a
 * disk that is not mounted must not be taken for an empty one.
 */
export async function makeAuditFolder(disk: AuditDisk, outer: string, folder: string): Promise<void> {
  for (const each of [outer, folder]) await unlessCode(disk.mkdir(each, { mode: 0o700 }), 'EEXIST');
  const found = await disk.lstat(folder);
  // through a link the journal would lie where somebody else wants it
  if (!found.isDirectory()) throw new Fault('audit/not-written');
  // only its owner can; a journal that others may look into is better than none
  if ((found.mode & 0o777) !== 0o700) await disk.chmod(folder, 0o700).catch(() => undefined);
}

/** After a file was made or removed, so that this too survives a power cut. */
export async function syncFolder(disk: AuditDisk, folder: string): Promise<void> {
  const handle = await disk.open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes a file; one that is gone already is fine. */
export async function removeFile(disk: AuditDisk, folder: string, number: number): Promise<void> {
  await removeIfThere(disk, join(folder, fileName(number)));
}

/**
 * Opens a file for reading, never through a link and never waiting for the other end of a pipe.
 * @returns undefined for what is there and can't be one of ours
 */
export async function openToRead(disk: AuditDisk, path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await disk.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ELOOP', 'EACCES', 'ENXIO'].some((code) => isCode(error, code))) return undefined;
    throw error;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

async function unlessCode(work: Promise<unknown>, code: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isCode(error, code)) throw error;
  }
}

async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
