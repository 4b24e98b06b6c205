import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readInto } from './read-into.ts';

const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Reads a small file of the agent's state, whole. It is never read through a link, and a pipe or a device in its place is never
 * waited for: each waiting call would hold one of the four threads that Node has for files and names.
 * @param most bytes
 * @throws what the operating system says; `EINVAL` for anything but a regular file within the bound that does not grow meanwhile and belongs to root or to the
 * folder's owner
 */
export async function readStateFile(path: string, most: number): Promise<Buffer> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  try {
    const found = await file.stat();
    if (!found.isFile() || !(await isOurs(found.uid, path))) throw refused();
    return await readWithin(file, found.size, most);
  } finally {
    await file.close();
  }
}

/** One byte more than the file had is enough to see that it grew: half of it may be worse than nothing. */
async function readWithin(file: FileHandle, size: number, most: number): Promise<Buffer> {
  if (size > most) throw refused();
  const buffer = Buffer.alloc(size + 1);
  const length = await readInto(file, buffer);
  if (length > size) throw refused();
  return buffer.subarray(0, length);
}

/** A restored backup may belong to root. A file of another user may hold anything that this user likes. */
async function isOurs(uid: number, path: string): Promise<boolean> {
  return uid === 0 || uid === (await stat(dirname(path))).uid;
}

function refused(): Error {
  return Object.assign(new Error(), { code: 'EINVAL' });
}
