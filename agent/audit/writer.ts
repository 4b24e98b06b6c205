import type { Notice } from './entry.ts';
import { type AuditDisk, fileName, type Listed, makeAuditFolder, removeFile } from './files.ts';
import { JournalFile } from './journal-file.ts';
import { FILES, GROUP_BYTES } from './limits.ts';
import { type ChainLink, chainLine, START } from './line.ts';
import { type JournalPlace, recover, resume } from './recover.ts';

export interface WriterSetup {
  readonly disk: AuditDisk;
  /** The folder above the journal's; it is made too. */
  readonly outer: string;
  readonly folder: string;
  /** All files together. */
  readonly maxBytes: number;
  /** The members of a line that the journal writes about itself. */
  readonly body: (notice: Notice) => string;
}

const NOTHING = Buffer.alloc(0);

/** The files: where the next line goes, when a new file begins, which one has to go. One call at a time. */
export class JournalWriter {
  readonly #setup: WriterSetup;
  /** All but the file that is written now, oldest first. */
  #older: Listed[] = [];
  #file: JournalFile | undefined;
  /** Known once the journal's end was found: the lines that are written and synced, and nothing else. */
  #place: JournalPlace | undefined;
  /** The last write: after a failure a part of it may be in the file. */
  #attempt: Buffer = NOTHING;

  constructor(setup: WriterSetup) {
    this.#setup = setup;
  }

  /** The last line that is on the disk. */
  get head(): ChainLink {
    return this.#place?.link ?? START;
  }

  /** Whether there is a file, and it has its first line. */
  get isReady(): boolean {
    return this.#file !== undefined && this.#file.size > 0;
  }

  /**
   * Opens the journal where it is not.
   * @returns what was found, to be told in the journal before anything else
   */
  async prepare(): Promise<readonly Notice[]> {
    if (this.#file !== undefined) return [];
    const { disk, outer, folder } = this.#setup;
    await makeAuditFolder(disk, outer, folder);
    const isFirst = this.#place === undefined;
    const found =
      this.#place === undefined ? await recover(disk, folder) : await resume(disk, folder, this.#place, this.#attempt);
    const { number, size } = found.place;
    const isThere = found.files.some((file) => file.number === number);
    const file = isThere
      ? await JournalFile.open(disk, folder, number, size)
      : await JournalFile.create(disk, folder, number);
    this.#file = file;
    this.#older = found.files.filter((each) => each.number !== number);
    if (isFirst && found.lacksNewline) await file.write(Buffer.from('\n'));
    this.#place = { ...found.place, size: file.size };
    return found.notices;
  }

  /**
   * Writes and syncs the first of these, as many as one write and the file take.
   * @returns how many it took
   */
  async write(bodies: readonly string[]): Promise<number> {
    let file = this.#file;
    if (file === undefined) return 0;
    let group = this.#group(file, bodies);
    if (group.count === 0 && bodies.length > 0) {
      file = await this.#rotate(file);
      group = this.#group(file, bodies);
    }
    if (group.bytes.length === 0) return 0;
    await this.#makeRoom(file.size + group.bytes.length);
    this.#attempt = group.bytes;
    await file.write(group.bytes);
    this.#place = { number: file.number, size: file.size, link: group.link };
    return group.count;
  }

  /** After anything was thrown: nothing is known any more but the lines that had been written. Never throws. */
  async abandon(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }

  close(): Promise<void> {
    return this.abandon();
  }

  /** A file begins with a line that names it, so that lines can't be taken from its beginning, nor files be renamed. */
  #group(file: JournalFile, bodies: readonly string[]): { bytes: Buffer; count: number; link: ChainLink } {
    const most = Math.floor(this.#setup.maxBytes / FILES) - file.size;
    const lines: Buffer[] = [];
    let link = this.head;
    let length = 0;
    const take = (body: string, isFirst: boolean): boolean => {
      const line = chainLine(link, body);
      if (!isFirst && length + line.bytes.length > Math.min(most, GROUP_BYTES)) return false;
      lines.push(line.bytes);
      length += line.bytes.length;
      link = line.link;
      return true;
    };
    const isNew = file.size === 0;
    if (isNew) take(this.#setup.body({ code: 'begins', file: fileName(file.number) }), true);
    let count = 0;
    // a file takes one line, however small it has to be
    for (const body of bodies) {
      if (!take(body, isNew && count === 0)) break;
      count += 1;
    }
    return { bytes: Buffer.concat(lines, length), count, link };
  }

  async #rotate(file: JournalFile): Promise<JournalFile> {
    const { disk, folder } = this.#setup;
    await this.abandon();
    this.#older.push({ number: file.number, size: file.size, isFile: true });
    // before it is made: a failure may leave it there or not
    this.#place = { number: file.number + 1, size: 0, link: this.head };
    this.#attempt = NOTHING;
    const next = await JournalFile.create(disk, folder, file.number + 1);
    this.#file = next;
    return next;
  }

  /** The oldest go first, and before the write: the bound holds at every moment. */
  async #makeRoom(current: number): Promise<void> {
    const { disk, folder, maxBytes } = this.#setup;
    let total = this.#older.reduce((sum, { size }) => sum + size, current);
    for (let oldest = this.#older[0]; oldest !== undefined && total > maxBytes; oldest = this.#older[0]) {
      if (oldest.isFile) await removeFile(disk, folder, oldest.number);
      total -= oldest.size;
      this.#older.shift();
    }
  }
}
