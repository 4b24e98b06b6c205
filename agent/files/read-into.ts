import type { FileHandle } from 'node:fs/promises';

/**
 * Reads a file from its beginning until the buffer is full or the file ends.
 * @param failed hears the error of the operating system; bytes that were read until then count where it does not throw
 * @returns bytes that were read
 */
export async function readInto(
  file: FileHandle,
  buffer: Uint8Array,
  failed: (error: unknown) => void = (error) => {
    throw error;
  },
): Promise<number> {
  let length = 0;
  try {
    for (let got = -1; got !== 0 && length < buffer.length; length += got) {
      ({ bytesRead: got } = await file.read(buffer, length, buffer.length - length, length));
    }
  } catch (error) {
    failed(error);
  }
  return length;
}
