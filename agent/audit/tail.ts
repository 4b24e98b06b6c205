import { type ChainLink, readJournalLine } from './line.ts';

const NEWLINE = 0x0a;

/** How a file of the journal ends. */
export interface End {
  /** Bytes of whole lines, from the beginning of what was looked at. */
  readonly length: number;
  /** Bytes after them: half a line, as a power cut leaves it. */
  readonly torn: number;
  /** The last whole line that bears its own hash. */
  readonly link: ChainLink | undefined;
  /** Whether that is the last whole line, or there is no whole line at all. */
  readonly isSound: boolean;
  /** The last line is whole but for its line end. */
  readonly lacksNewline: boolean;
}

/**
 * Reads a file's end, with any content.
 * @param bytes the last bytes of the file
 * @param isAll whether these are all of it; otherwise they may begin within a line
 */
export function endOf(bytes: Buffer, isAll: boolean): End {
  const length = bytes.lastIndexOf(NEWLINE) + 1;
  const rest = ownLink(bytes.subarray(length));
  if (rest !== undefined) return { length: bytes.length, torn: 0, link: rest, isSound: true, lacksNewline: true };
  const torn = bytes.length - length;
  let isSound = isAll || length > 0;
  let after = length;
  while (after > 0) {
    const begin = bytes.lastIndexOf(NEWLINE, after - 2) + 1;
    // lastIndexOf takes a negative offset as one from the end
    const start = after < 2 ? 0 : begin;
    if (start === 0 && !isAll) break;
    const link = ownLink(bytes.subarray(start, after - 1));
    if (link !== undefined) return { length, torn, link, isSound, lacksNewline: false };
    isSound = false;
    after = start;
  }
  return { length, torn, link: undefined, isSound: isSound && length === 0, lacksNewline: false };
}

function ownLink(bytes: Buffer): ChainLink | undefined {
  const line = readJournalLine(bytes);
  return line?.hash === line?.expected ? line : undefined;
}
