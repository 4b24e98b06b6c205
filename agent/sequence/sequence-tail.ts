import { createHash, randomBytes } from 'node:crypto';
import { constants, ftruncateSync, unlinkSync, writeSync } from 'node:fs';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { isSystemError } from '../../drivers/contract/fault.ts';
import { bootId } from '../files/boot-id.ts';
import { isCode } from '../files/errno.ts';
import { processStat } from '../files/process-stat.ts';

/*
 * Little-endian: [magic u32][id 8][boot 16][pid u32][start of the process u64][crc32 of these u32], and from byte 64 two
 * slots, [number u64][0 u32][crc32 of id, number and zeros u32], written in turn: a torn one leaves the other.
 */
const MAGIC = 0x3154_5746;
const HEADER = 44;
const SLOT_AT = 64;
const SLOT = 16;
const SIZE = SLOT_AT + 2 * SLOT;

/** Never through a link that somebody laid, and never waiting for the other end of a pipe. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** statfs(2): TMPFS_MAGIC, RAMFS_MAGIC. */
const IN_MEMORY = [0x0102_1994, 0x8584_58f6];

/** The numbers that the last process left: `last` is no less than any number that it handed out. */
export interface Left {
  /** The id of the tail: the file of the reserved block names the one that goes with it. */
  readonly id: string;
  readonly last: number;
  /** A slot was damaged, so `last` may be one too many. */
  readonly spare: boolean;
}

/**
 * The number of the newest reading, in 16 bytes that are written for each reading and never synced: they survive the
 * process, not the kernel. So they count only in the same boot of the machine, while the process that wrote them is
 * gone. Best on a tmpfs, where no flash is worn.
 */
export class SequenceTail {
  readonly left: Left | undefined;
  /** Whether it lies in memory, so that its writes never reach a disk. */
  readonly inMemory: boolean;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #self: Self;
  readonly #slot = Buffer.alloc(8 + SLOT);
  #id = randomBytes(8);
  #turn = 0;

  private constructor(path: string, file: FileHandle, self: Self, inMemory: boolean, left: Left | undefined) {
    this.#path = path;
    this.#file = file;
    this.#self = self;
    this.inMemory = inMemory;
    this.left = left;
  }

  /**
   * Opens it, writes nothing yet.
   * @throws what the operating system says; `undefined` where the file is none of ours to write: a link, a device, or
   * another agent's that runs
   */
  static async open(path: string): Promise<SequenceTail | undefined> {
    const self = await ownSelf();
    const file = await open(path, FLAGS, 0o600);
    try {
      const found = await file.stat();
      const bytes = Buffer.alloc(SIZE);
      if (found.isFile() && found.nlink === 1) {
        await file.read(bytes, 0, SIZE, 0);
        const header = parseHeader(bytes);
        if (header === undefined || !(await runs(header, self))) {
          const left = header?.boot === self.boot ? parseSlots(bytes, header.id) : undefined;
          const inMemory = IN_MEMORY.includes((await statfs(path)).type);
          return new SequenceTail(path, file, self, inMemory, left);
        }
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
    return undefined;
  }

  get id(): string {
    return this.#id.toString('hex');
  }

  /** Begins at this number; with the id of what was left, if the numbers go on after it. @returns false where it can't be written */
  async begin(last: number, id?: string): Promise<boolean> {
    if (id !== undefined) this.#id = Buffer.from(id, 'hex');
    const bytes = Buffer.alloc(SIZE);
    writeHeader(bytes, this.#id, this.#self);
    this.#id.copy(this.#slot);
    this.#fill(last);
    this.#slot.copy(bytes, SLOT_AT, 8);
    this.#slot.copy(bytes, SLOT_AT + SLOT, 8);
    try {
      return (await this.#file.write(bytes, 0, SIZE, 0)).bytesWritten === SIZE;
    } catch {
      return false;
    }
  }

  /** Some microseconds; never throws. @returns false where it could not be written: its number is out of date then */
  mark(seq: number): boolean {
    this.#fill(seq);
    this.#turn = SLOT - this.#turn;
    try {
      return writeSync(this.#file.fd, this.#slot, 8, SLOT, SLOT_AT + this.#turn) === SLOT;
    } catch {
      return false;
    }
  }

  /** @returns whether nobody will read from it again what is out of date */
  invalidate(): boolean {
    const emptied = succeeds(() => ftruncateSync(this.#file.fd, 0));
    return this.#remove() || emptied;
  }

  async close(remove: boolean): Promise<void> {
    if (remove) this.#remove();
    await this.#file.close().catch(() => undefined);
  }

  #remove(): boolean {
    try {
      unlinkSync(this.#path);
      return true;
    } catch (error) {
      return isCode(error, 'ENOENT');
    }
  }

  #fill(seq: number): void {
    this.#slot.writeBigUInt64LE(BigInt(seq), 8);
    this.#slot.writeUInt32LE(crc32(this.#slot.subarray(0, 8 + SLOT - 4)), 8 + SLOT - 4);
  }
}

/** Where the tail of a folder's numbers lies: several agents of one machine may share a runtime directory. */
export function tailPath(directory: string, runtimeDirectory: string | undefined): string {
  if (runtimeDirectory === undefined) return join(directory, 'sequence-tail');
  return join(runtimeDirectory, `sequence-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`);
}

function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

/** A process in this boot of the machine: unlike a bare number, its start tells it from a later one (proc(5)). */
interface Self {
  /** 32 hexadecimal digits. */
  readonly boot: string;
  readonly pid: number;
  readonly start: bigint;
}

interface Header extends Self {
  readonly id: string;
}

async function ownSelf(): Promise<Self> {
  const boot = await bootId();
  const { pid, start } = await processStat('self');
  return { boot, pid, start: BigInt(start) };
}

/** Whether another process than this one that wrote the header is still there; a dead one that nobody waited for is not. */
async function runs(header: Header, self: Self): Promise<boolean> {
  if (header.boot !== self.boot || (header.pid === self.pid && header.start === self.start)) return false;
  try {
    const { start, state } = await processStat(header.pid);
    return start === String(header.start) && state !== 'Z' && state !== 'X';
  } catch (error) {
    // a mistake of ours is no proof that the other one is dead
    if (!isSystemError(error)) throw error;
    return false;
  }
}

function writeHeader(bytes: Buffer, id: Buffer, { boot, pid, start }: Self): void {
  bytes.writeUInt32LE(MAGIC, 0);
  id.copy(bytes, 4);
  bytes.write(boot, 12, 'hex');
  bytes.writeUInt32LE(pid, 28);
  bytes.writeBigUInt64LE(start, 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER - 4)), HEADER - 4);
}

function parseHeader(bytes: Buffer): Header | undefined {
  if (bytes.readUInt32LE(0) !== MAGIC || crc32(bytes.subarray(0, HEADER - 4)) !== bytes.readUInt32LE(HEADER - 4))
    return;
  return {
    id: bytes.toString('hex', 4, 12),
    boot: bytes.toString('hex', 12, 28),
    pid: bytes.readUInt32LE(28),
    start: bytes.readBigUInt64LE(32),
  };
}

/** The newer slot. Beside a damaged one it may be the older: then one number is left out rather than given twice. */
function parseSlots(bytes: Buffer, id: string): Left | undefined {
  const good = [SLOT_AT, SLOT_AT + SLOT].flatMap((at) => {
    const sum = crc32(bytes.subarray(at, at + SLOT - 4), crc32(Buffer.from(id, 'hex')));
    const seq = Number(bytes.readBigUInt64LE(at));
    return sum === bytes.readUInt32LE(at + SLOT - 4) && Number.isSafeInteger(seq + 2) ? [seq] : [];
  });
  if (good.length === 0) return undefined;
  const spare = good.length < 2;
  return { id, last: Math.max(...good) + (spare ? 1 : 0), spare };
}
