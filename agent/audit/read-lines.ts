import type { FileHandle } from 'node:fs/promises';
import { LINE_BYTES } from './limits.ts';

const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;

export interface FileLine {
  /** From 1. */
  readonly number: number;
  /** Without the line's end; undefined for one that is longer than any of ours. */
  readonly bytes: Buffer | undefined;
  /** False for what stands behind the last line's end. */
  readonly isWhole: boolean;
}

/** The lines of a file, in bounded memory for any content. */
export async function* readLines(handle: FileHandle): AsyncGenerator<FileLine> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let held: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  let isTooLong = false;
  let number = 1;
  let position = 0;
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < bytesRead; end = chunk.indexOf(NEWLINE, from)) {
      const bytes = Buffer.concat([held, chunk.subarray(from, end)]);
      yield { number, bytes: isTooLong || bytes.length >= LINE_BYTES ? undefined : bytes, isWhole: true };
      held = Buffer.alloc(0);
      isTooLong = false;
      number += 1;
      from = end + 1;
    }
    if (!isTooLong) held = Buffer.concat([held, chunk.subarray(from, bytesRead)]);
    if (held.length >= LINE_BYTES) {
      isTooLong = true;
      held = Buffer.alloc(0);
    }
  }
  if (isTooLong || held.length > 0) yield { number, bytes: isTooLong ? undefined : held, isWhole: false };
}
