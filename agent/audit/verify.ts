import { join } from 'node:path';
import { isSystemError } from '../../drivers/contract/fault.ts';
import { isCode } from '../files/errno.ts';
import { type Chain, ChainCheck } from './chain-check.ts';
import { AUDIT_DISK, fileName, listFiles, openToRead } from './files.ts';
import { readLines } from './read-lines.ts';

export interface JournalVerdict extends Chain {
  readonly files: number;
}

/**
 * Reads a journal from its first line to its last, in bounded memory, for any content of the folder. It may be one that
 * an agent is writing. A read that the disk refuses counts as unreadable; a mistake of ours says nothing of the
 * journal, and is thrown.
 * @param folder the folder of the journal's files
 * @param head a hash that the journal must hold: one that a status has told
 */
export async function verifyJournal(folder: string, head?: string): Promise<JournalVerdict> {
  const check = new ChainCheck(head);
  let files = 0;
  const listed = await listFiles(AUDIT_DISK, folder, Number.POSITIVE_INFINITY).catch(() => []);
  if (listed.length === 0) check.problem('.', 0, 'empty');
  for (const { number } of listed) {
    const handle = await openFile(join(folder, fileName(number)));
    // an agent that writes meanwhile may have to remove the oldest
    if (handle === 'gone' && files === 0) continue;
    files += 1;
    check.beginFile(number);
    if (handle === 'gone' || handle === undefined) {
      check.unreadable();
      continue;
    }
    try {
      for await (const line of readLines(handle)) check.line(line);
      check.endFile();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      check.unreadable();
    } finally {
      await handle.close();
    }
  }
  if (files === 0 && listed.length > 0) check.problem('.', 0, 'empty');
  return { files, ...check.end() };
}

async function openFile(path: string): Promise<Awaited<ReturnType<typeof openToRead>> | 'gone'> {
  try {
    return await openToRead(AUDIT_DISK, path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return isCode(error, 'ENOENT') ? 'gone' : undefined;
  }
}
