import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Fault, isSystemError, toFault } from '../../drivers/contract/fault.ts';
import { isCode } from '../files/errno.ts';
import { replaceFile } from '../files/replace-file.ts';
import { readStateFile } from '../files/state-file.ts';

/** `seq NEXT CRC` after a clean stop; `seq NEXT FROM TAIL CRC` while a block is reserved, TAIL `-` where there is none. */
const FORM = /^seq (([1-9][0-9]{0,15})(?: ([1-9][0-9]{0,15}) ([0-9a-f]{16}|-))?) ([0-9a-f]{8})\n$/;
const LONGEST = 96;

/** `damaged`: there is a file, and it can't be read; with the fault where the mistake is ours and no disk's. */
export type Stored =
  | { readonly state: 'fresh' }
  | { readonly state: 'damaged'; readonly mistake?: Fault | undefined }
  | ({ readonly state: 'good' } & Kept);

/** The content of the file. */
export interface Kept {
  /** The first number that was surely never handed out. */
  readonly next: number;
  /** The numbers from this one on are reserved, and may not have been handed out; absent after a clean stop. */
  readonly block?: SequenceBlock | undefined;
}

export interface SequenceBlock {
  readonly from: number;
  /** The id of the tail that knows how far it was used. */
  readonly tail?: string | undefined;
}

export async function readSequenceFile(directory: string): Promise<Stored> {
  try {
    return parse((await readStateFile(join(directory, 'sequence'), LONGEST)).toString('latin1'));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return { state: 'fresh' };
    return { state: 'damaged', mistake: isSystemError(error) ? undefined : toFault(error) };
  }
}

export async function writeSequenceFile(directory: string, kept: Kept): Promise<void> {
  await replaceFile(directory, 'sequence', format(kept));
}

function format({ next, block }: Kept): string {
  const words = block === undefined ? `${next}` : `${next} ${block.from} ${block.tail ?? '-'}`;
  return `seq ${words} ${checksum(words)}\n`;
}

function parse(text: string): Stored {
  const [, words, nextDigits, fromDigits, tail, sum] = FORM.exec(text) ?? [];
  if (words === undefined || checksum(words) !== sum) return { state: 'damaged' };
  const next = Number(nextDigits);
  const from = fromDigits === undefined ? undefined : Number(fromDigits);
  if (!Number.isSafeInteger(next) || (from !== undefined && from > next)) return { state: 'damaged' };
  if (from === undefined) return { state: 'good', next };
  return { state: 'good', next, block: { from, tail: tail === '-' ? undefined : tail } };
}

function checksum(words: string): string {
  return crc32(words).toString(16).padStart(8, '0');
}
