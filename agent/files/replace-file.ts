import { constants } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isCode } from './errno.ts';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

export interface FileRights {
  /** Permission bits, less those of the umask where no owner is given. */
  readonly mode?: number | undefined;
  /** Given to that user and group. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * Whole or not at all, also through a power cut: written beside, synced, renamed, and the folder synced. Makes the
 * folder where it is missing, but not the one above it: a disk that is not mounted must not be taken for an empty one.
 * A file in the place of the new one goes first and is never opened: a link would lead the content elsewhere, and a
 * pipe would hold the writer. Rejects with the operating system's error.
 */
export async function replaceFile(
  directory: string,
  name: string,
  content: string,
  rights: FileRights = {},
): Promise<void> {
  const { mode = 0o640, owner } = rights;
  await makeFolder(directory, 0o750);
  const path = join(directory, name);
  const beside = `${path}.new`;
  await rm(beside, { force: true });
  const file = await open(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, owner === undefined ? mode : 0o600);
  try {
    await file.writeFile(content);
    if (owner !== undefined) {
      await file.chown(owner.uid, owner.gid);
      await file.chmod(mode);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncFolder(directory);
}

/** Makes a folder where it is missing, but not the one above it. On the disk when it returns. */
export async function makeFolder(directory: string, mode: number): Promise<void> {
  try {
    await mkdir(directory, { mode });
  } catch (error) {
    if (isCode(error, 'EEXIST')) return;
    throw error;
  }
  await syncFolder(dirname(directory));
}

async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, O_RDONLY | O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
