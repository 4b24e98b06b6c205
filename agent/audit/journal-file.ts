import { constants, type Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../drivers/contract/fault.ts';
import { type AuditDisk, fileName, syncFolder } from './files.ts';

const EXISTING = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NEW = EXISTING | constants.O_CREAT | constants.O_EXCL;

/** The file that is being written. After anything was thrown it must be closed and looked at anew. */
export class JournalFile {
  readonly number: number;
  readonly #disk: AuditDisk;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #ino: number;
  #size: number;
  /** How long the file is: more than its whole lines where half a line is still to be overwritten. */
  #length: number;

  private constructor(disk: AuditDisk, path: string, number: number, handle: FileHandle, found: Stats, size: number) {
    this.#disk = disk;
    this.#path = path;
    this.number = number;
    this.#handle = handle;
    this.#ino = found.ino;
    this.#length = found.size;
    this.#size = size;
  }

  /** @throws also where there is something by this name */
  static create(disk: AuditDisk, folder: string, number: number): Promise<JournalFile> {
    return JournalFile.#open(disk, folder, number, NEW, 0);
  }

  /** @param size bytes of whole lines; bytes behind them are overwritten by the first write */
  static open(disk: AuditDisk, folder: string, number: number, size: number): Promise<JournalFile> {
    return JournalFile.#open(disk, folder, number, EXISTING, size);
  }

  static async #open(
    disk: AuditDisk,
    folder: string,
    number: number,
    flags: number,
    size: number,
  ): Promise<JournalFile> {
    const path = join(folder, fileName(number));
    const handle = await disk.open(path, flags, 0o600);
    try {
      const found = await handle.stat();
      if (!found.isFile() || found.size < size) throw new Fault('audit/not-written');
      if (flags === NEW) await syncFolder(disk, folder);
      return new JournalFile(disk, path, number, handle, found, size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes of whole lines. */
  get size(): number {
    return this.#size;
  }

  /**
   * Writes behind the last whole line, and settles once the bytes are on the disk and still under the file's name.
   * Bytes that lay behind are overwritten first and cut off afterwards, so that a power cut meanwhile leaves half a
   * line to tell of.
   */
  async write(bytes: Buffer): Promise<void> {
    const before = await this.#handle.stat();
    if (before.size !== this.#length) throw new Fault('audit/not-written');
    await this.#handle.write(bytes, 0, bytes.length, this.#size);
    const size = this.#size + bytes.length;
    if (size < this.#length) await this.#handle.truncate(size);
    await this.#handle.datasync();
    // a full disk takes a part first, and refuses the next write only: the size tells
    const after = await this.#disk.lstat(this.#path);
    if (after.ino !== this.#ino || after.size !== size) throw new Fault('audit/not-written');
    this.#size = size;
    this.#length = size;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
