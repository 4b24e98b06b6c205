import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { isCode, replaceFile } from './replace-file.ts';

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

export async function writeSequenceFile(directory: string, next: number): Promise<void> {
  await replaceFile(directory, 'sequence', format(next));
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
