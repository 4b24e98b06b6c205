import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CAPTURE_FILE_BYTES, type Capture } from '../../capture/capture.ts';
import { readCapture } from '../../capture/read.ts';
import { codeOf } from '../../files/errno.ts';
import { readInto } from '../../files/read-into.ts';

/** A pipe or a device in the place of a file is never waited for. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const WRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NONBLOCK | constants.O_NOCTTY;
/** Bytes of a line may be anybody's consumption or password: nobody else reads them. */
const MODE = 0o600;

export type OpenedCapture =
  | { readonly ok: true; readonly capture: Capture }
  /** A sentence for the person who named the file; it quotes nothing of it. */
  | { readonly ok: false; readonly why: string };

/** Reads a capture that was named on the command line. Never throws. */
export async function openCapture(path: string): Promise<OpenedCapture> {
  let content: Uint8Array;
  try {
    content = await contentOf(path);
  } catch (thrown) {
    return { ok: false, why: `the file can not be read: ${fileReason(thrown)}` };
  }
  const read = readCapture(content);
  return read.ok ? read : { ok: false, why: `line ${read.line}: ${read.why}` };
}

/**
 * A new file, empty, for its owner alone. Rejects with what the operating system says; `EINVAL` for what is no regular
 * file.
 */
export async function createOutput(path: string): Promise<FileHandle> {
  const file = await open(path, WRITE, MODE);
  const found = await file.stat().catch(() => undefined);
  if (found?.isFile() === true) return file;
  await file.close();
  throw Object.assign(new Error(), { code: 'EINVAL' });
}

/** The operating system's reasons about a file, in words of ours. */
export function fileReason(thrown: unknown): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'this user may not',
    EPERM: 'this user may not',
    EISDIR: 'it is a folder',
    EINVAL: 'it is no regular file, or too large',
    EROFS: 'the disk can only be read',
    ENOSPC: 'no space is left',
  };
  const code = codeOf(thrown);
  return (Object.hasOwn(reasons, code) ? reasons[code] : undefined) ?? 'the operating system refused it';
}

async function contentOf(path: string): Promise<Uint8Array> {
  const file = await open(path, READ);
  try {
    const { size, isFile } = await file.stat().then((found) => ({ size: found.size, isFile: found.isFile() }));
    if (!isFile || size > CAPTURE_FILE_BYTES) throw Object.assign(new Error(), { code: 'EINVAL' });
    const buffer = new Uint8Array(size);
    return buffer.subarray(0, await readInto(file, buffer));
  } finally {
    await file.close();
  }
}
