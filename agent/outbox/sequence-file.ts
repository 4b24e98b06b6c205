import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

const FORM = /^seq ([1-9][0-9]{0,15}) ([0-9a-f]{8})\n$/;
const LONGEST = 64;

/** What the file holds: the first number that was never handed out. `damaged`: there is a file, and it can't be read. */
export type Stored = { readonly state: 'fresh' } | { readonly state: 'damaged' } | StoredNext;
interface StoredNext {
  readonly state: 'good';
  readonly next: number;
}

export async function readSequenceFile(directory: string): Promise<Stored> {
  try {
    const file = await open(join(directory, 'sequence'), 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST), 0, LONGEST, 0);
      return parse(buffer.toString('latin1', 0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    return { state: isCode(error, 'ENOENT') ? 'fresh' : 'damaged' };
  }
}

/**
 * Whole or not at all, also through a power cut: written beside, synced, renamed, and the folder synced. Makes the
 * folder where it is missing, but not what it lies in: a disk that is not mounted must not be taken for an empty one.
 */
export async function writeSequenceFile(directory: string, next: number): Promise<void> {
  await makeFolder(directory);
  const path = join(directory, 'sequence');
  const file = await open(`${path}.new`, 'w', 0o640);
  try {
    await file.writeFile(format(next));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(directory);
}

async function makeFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o750 });
  } catch (error) {
    if (isCode(error, 'EEXIST')) return;
    throw error;
  }
  await syncFolder(dirname(directory));
}

async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function format(next: number): string {
  return `seq ${next} ${checksum(String(next))}\n`;
}

function parse(text: string): Stored {
  const [, digits, sum] = FORM.exec(text) ?? [];
  if (digits === undefined || checksum(digits) !== sum) return { state: 'damaged' };
  const next = Number(digits);
  return Number.isSafeInteger(next) ? { state: 'good', next } : { state: 'damaged' };
}

function checksum(digits: string): string {
  return crc32(digits).toString(16).padStart(8, '0');
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
