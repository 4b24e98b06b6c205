import { constants } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { isCode } from './errno.ts';

/** The outbox's calls to the operating system, and no others: tests hand in disks that fail at any call. */
export interface Disk {
  /** @throws what the operating system says, with its `code` */
  open(path: string, how: OpenHow): Promise<DiskFile>;
  mkdir(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** After a file was made, renamed or removed, so that this too survives a power cut. */
  syncFolder(path: string): Promise<void>;
}

/** `make`: there must not be one; `write`: made where it is missing. */
export type OpenHow = 'read' | 'write' | 'make';

export interface DiskFile {
  /** Bytes; undefined for what is no regular file. */
  size(): Promise<number | undefined>;
  read(into: Buffer, position: number): Promise<number>;
  /** @returns how many it took */
  write(bytes: Buffer, position: number): Promise<number>;
  /** Whether the path leads to this very file: an open file takes writes also after its folder has gone. */
  isAt(path: string): Promise<boolean>;
  /** fdatasync: the bytes, and the size that is needed to find them. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Never through a link that somebody laid, and never waiting for the other end of a pipe. */
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK;
const FLAGS: Readonly<Record<OpenHow, number>> = {
  read: constants.O_RDONLY | SAFE,
  write: constants.O_RDWR | constants.O_CREAT | SAFE,
  make: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | SAFE,
};

export const DISK: Disk = {
  open: async (path, how) => {
    const handle = await open(path, FLAGS[how], 0o640);
    return {
      size: async () => {
        const found = await handle.stat();
        return found.isFile() ? found.size : undefined;
      },
      read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
      write: async (bytes, position) => (await handle.write(bytes, 0, bytes.length, position)).bytesWritten,
      isAt: async (path) => {
        const [own, found] = [await handle.stat(), await unlessMissing(lstat(path))];
        return found !== undefined && found.ino === own.ino && found.dev === own.dev;
      },
      sync: () => handle.datasync(),
      truncate: (size) => handle.truncate(size),
      close: () => handle.close(),
    };
  },
  mkdir: (path) => mkdir(path, { mode: 0o750 }),
  readdir: (path) => readdir(path),
  rename: (from, to) => rename(from, to),
  unlink: (path) => unlink(path),
  syncFolder: async (path) => {
    const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  },
};

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Fills the buffer, or as much of it as the file has. */
export async function readFully(file: DiskFile, length: number, position: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(bytes.subarray(filled), position + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/** @throws also where the disk takes only a part: that part is then to be cut back */
export async function writeFully(file: DiskFile, bytes: Buffer, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const count = await file.write(bytes.subarray(written), position + written);
    // a disk that takes nothing and says nothing would be asked for ever
    if (count === 0) throw Object.assign(new Error(), { code: 'ENOSPC' });
    written += count;
  }
}

/** Removes a file; that there is none is as good. */
export async function removeIfThere(disk: Pick<Disk, 'unlink'>, path: string): Promise<void> {
  await unlessMissing(disk.unlink(path));
}

/** Opens, works, and closes in any case. */
export async function withFile<T>(
  disk: Disk,
  path: string,
  how: OpenHow,
  work: (file: DiskFile) => Promise<T>,
): Promise<T> {
  const file = await disk.open(path, how);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
