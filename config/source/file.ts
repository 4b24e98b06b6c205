import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

export type FileContent =
  | { readonly ok: true; readonly text: string; readonly hash: string }
  | { readonly ok: false; readonly message: string };

/**
 * Reads a text file within a bound; never waits for a pipe or a device that somebody put in its place.
 * @param limit bytes
 * @returns the text and the SHA-256 of its bytes, or why not, in words that name no path
 */
export async function readTextFile(path: string, limit: number): Promise<FileContent> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const found = await handle.stat();
      if (!found.isFile()) return { ok: false, message: 'is not a file' };
      const buffer = Buffer.alloc(Math.min(found.size, limit) + 1);
      let length = 0;
      // A file may grow while it is read: one byte more than allowed is enough to see it.
      for (let got = -1; got !== 0 && length < buffer.length; length += got) {
        ({ bytesRead: got } = await handle.read(buffer, length, buffer.length - length, length));
      }
      if (length > limit) return { ok: false, message: `is larger than ${limit} bytes` };
      const bytes = buffer.subarray(0, length);
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
      return { ok: true, text, hash: createHash('sha256').update(bytes).digest('hex') };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    return { ok: false, message: reason(thrown) };
  }
}

/** Looks at the code only: the messages of the operating system hold paths. */
function reason(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'must be UTF-8 text';
  return 'can not be read';
}
