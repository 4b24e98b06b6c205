import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../../drivers/contract/fault.ts';
import { codeOf } from '../../files/errno.ts';
import { readInto } from '../../files/read-into.ts';
import { makeFolder } from '../../files/replace-file.ts';

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

export interface FoundLedger {
  readonly bytes: Uint8Array;
  /** False where it is known that this is not all that was written. */
  readonly whole: boolean;
  /** Wall clock of the last change, milliseconds since 1970. */
  readonly writtenAt: number;
}

/** A file that is open for more. */
export interface LedgerFile {
  /** Bytes. */
  readonly size: number;
  /** All of it or, as far as the disk lets us, nothing. */
  append(bytes: Uint8Array): Promise<void>;
  /** Settles once everything appended is on disk, in the file that the next start will read. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Where the ledger is kept. Rejects with what the operating system says. */
export interface LedgerDisk {
  /** At most so many bytes; undefined where there never was a ledger. */
  read(most: number): Promise<FoundLedger | undefined>;
  /** In place of the file that is there: whole or not at all, also through a power cut. */
  replace(bytes: Uint8Array): Promise<LedgerFile>;
}

/** The thing in place of the file can't be read or is no file of ours: the written lines are lost. The rest may pass. */
const LOST = new Set(['ENOENT', 'ELOOP', 'EIO', 'ENXIO']);

/**
 * `DIRECTORY/ledger/journal`. Makes the directory where it is missing, but not the one above it: a disk that is not
 * mounted must not be taken for an empty one. A folder without the file is a ledger that was lost.
 */
export class LedgerFolder implements LedgerDisk {
  readonly #directory: string;
  readonly #folder: string;
  readonly #path: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.#folder = join(directory, 'ledger');
    this.#path = join(this.#folder, 'journal');
  }

  async read(most: number): Promise<FoundLedger | undefined> {
    let file: FileHandle;
    try {
      // O_NONBLOCK: a pipe in its place must not hold us
      file = await open(this.#path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      if (!LOST.has(codeOf(error))) throw error;
      const writtenAt = await changedAt(this.#folder);
      return writtenAt === undefined ? undefined : { bytes: new Uint8Array(), whole: false, writtenAt };
    }
    try {
      return await readAll(file, most);
    } finally {
      await file.close();
    }
  }

  async replace(bytes: Uint8Array): Promise<LedgerFile> {
    for (const each of [this.#directory, this.#folder]) await makeFolder(each, 0o700);
    const folder = await open(this.#folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    try {
      return await this.#replaceIn(folder, bytes);
    } finally {
      await folder.close();
    }
  }

  async #replaceIn(folder: FileHandle, bytes: Uint8Array): Promise<LedgerFile> {
    const beside = `${this.#path}.new`;
    await rm(beside, { force: true });
    const file = await open(beside, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      await file.appendFile(bytes);
      await file.sync();
      await rename(beside, this.#path);
      await folder.sync();
      return new AppendedFile(file, this.#path, bytes.length);
    } catch (error) {
      await file.close().catch(() => undefined);
      // gives a full disk its room back
      await rm(beside, { force: true }).catch(() => undefined);
      throw error;
    }
  }
}

class AppendedFile implements LedgerFile {
  readonly #file: FileHandle;
  readonly #path: string;
  #size: number;

  constructor(file: FileHandle, path: string, size: number) {
    this.#file = file;
    this.#path = path;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      await this.#file.appendFile(bytes);
    } catch (error) {
      // half a line would count as damage at the next start
      await this.#file.truncate(this.#size).catch(() => undefined);
      throw error;
    }
    this.#size += bytes.length;
  }

  async sync(): Promise<void> {
    await this.#file.datasync();
    // A file that was removed, moved away or replaced takes everything, and the next start will not find it.
    const [open, there] = await Promise.all([this.#file.stat(), lstat(this.#path).catch(() => undefined)]);
    if (there?.ino !== open.ino || there.dev !== open.dev) throw new Fault('command/not-recorded');
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

async function readAll(file: FileHandle, most: number): Promise<FoundLedger> {
  const { size, mtimeMs } = await file
    .stat()
    .then((stat) => (stat.isFile() ? stat : { size: -1, mtimeMs: stat.mtimeMs }));
  if (size < 0) return { bytes: new Uint8Array(), whole: false, writtenAt: mtimeMs };
  const buffer = Buffer.alloc(Math.min(size, most));
  const length = await readInto(file, buffer, (error) => {
    if (!LOST.has(codeOf(error))) throw error;
  });
  return { bytes: buffer.subarray(0, length), whole: length === size, writtenAt: mtimeMs };
}

async function changedAt(folder: string): Promise<number | undefined> {
  try {
    return (await lstat(folder)).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
