import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';

export type FileContent =
  | { readonly ok: true; readonly text: string; readonly hash: string }
  | { readonly ok: false; readonly message: string };

/** There is no file of that name. */
export const ABSENT = 'does not exist';
/** Half of a file may be a whole one of another meaning. */
const CHANGED = 'was changed while it was read, or is no file of a fixed size';

/**
 * Reads a text file within a bound; never waits for a pipe or a device that somebody put in its place.
 * @param limit bytes
 * @param guard why the file must not be taken, by what it is; with a guard no symbolic link is followed
 * @returns the text and the SHA-256 of its bytes, or why not, in words that name no path
 */
export async function readTextFile(
  path: string,
  limit: number,
  guard?: (found: Stats) => string | undefined,
): Promise<FileContent> {
  try {
    const follow = guard === undefined ? 0 : constants.O_NOFOLLOW;
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | follow);
    try {
      const found = await handle.stat();
      if (!found.isFile()) return { ok: false, message: 'is not a file' };
      const wrong = guard?.(found);
      if (wrong !== undefined) return { ok: false, message: wrong };
      if (found.size > limit) return { ok: false, message: `is larger than ${limit} bytes` };
      const buffer = Buffer.alloc(found.size + 1);
      let length = 0;
      // one byte more than the file had is enough to see that it grew
      for (let got = -1; got !== 0 && length < buffer.length; length += got) {
        ({ bytesRead: got } = await handle.read(buffer, length, buffer.length - length, length));
      }
      if (length !== found.size) return { ok: false, message: CHANGED };
      const bytes = buffer.subarray(0, length);
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
      return { ok: true, text, hash: hashOf(bytes) };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    return { ok: false, message: reason(thrown) };
  }
}

/** SHA-256, hexadecimal. */
export function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Looks at the code only: the messages of the operating system hold paths. */
function reason(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return ABSENT;
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'ELOOP') return 'is a symbolic link';
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'must be UTF-8 text';
  return 'can not be read';
}
