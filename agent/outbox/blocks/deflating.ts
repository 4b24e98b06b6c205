import { constants, crc32, deflateRaw, inflateRawSync } from 'node:zlib';
import { LARGEST_BLOCK } from './block-format.ts';

/** Makes bytes small with the help of others, in a thread of its own. Rejects where there is no memory for it. */
export type Deflate = (bytes: Buffer, dictionary?: Buffer) => Promise<Buffer>;

/** For values that differ a little: matches of a few bytes cost more than they spare. */
export const DEFLATE_OPTIONS = { level: 6, strategy: constants.Z_FILTERED } as const;

/** A body is not longer than its records: where numbers are short, what marks them may double it. */
const LARGEST_BODY = 2 * LARGEST_BLOCK;

/** The texts that the blocks of a segment are deflated with. It lies in the segment itself, twice where that is long. */
export interface Dictionary {
  readonly bytes: Buffer;
  readonly key: number;
}

export function dictionaryOf(bytes: Buffer): Dictionary {
  // 0 says that there is none
  return { bytes, key: crc32(bytes) || 1 };
}

export const deflateInThread: Deflate = (bytes, dictionary) => {
  return new Promise((resolve, reject) => {
    deflateRaw(bytes, { ...DEFLATE_OPTIONS, ...(dictionary && { dictionary }) }, (error, deflated) => {
      if (error === null) resolve(deflated);
      else reject(error);
    });
  });
};

/** Takes any bytes. @returns undefined where they were not deflated so, or come to more than a body ever does */
export function inflated(bytes: Buffer, dictionary?: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(bytes, { maxOutputLength: LARGEST_BODY, ...(dictionary && { dictionary }) });
  } catch {
    return undefined;
  }
}
