import { createHash } from 'node:crypto';

/** A line's place in the chain. */
export interface ChainLink {
  /** Grows by one with every line, also from file to file. */
  readonly n: number;
  /** SHA-256 in 64 hexadecimal digits. */
  readonly hash: string;
}

/** The link that the first line of all follows. */
export const START: ChainLink = { n: 0, hash: '0'.repeat(64) };

export interface JournalLine extends ChainLink {
  readonly prev: string;
  /** The right hash. */
  readonly expected: string;
}

/** `,"prev":"<64>","hash":"<64>"}` at the end of every line, and the part of it that is not hashed. */
const TAIL = /^,"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}$/;
const TAIL_LENGTH = 149;
const UNHASHED_LENGTH = 75;
const FIRST = /^\{"n":([1-9][0-9]{0,15}),"at":"/;
const FIRST_LENGTH = 32;

/**
 * The line that follows. Its hash is that of its own bytes up to `,"hash":"`, which begins 75 bytes before its end:
 * nobody who verifies it needs to know how we write JSON, and `sha256sum` will do.
 * @param body members of a JSON object, without braces; the first is `at`
 */
export function chainLine(previous: ChainLink, body: string): { readonly bytes: Buffer; readonly link: ChainLink } {
  const n = previous.n + 1;
  const hashed = `{"n":${n},${body},"prev":"${previous.hash}"`;
  const hash = createHash('sha256').update(hashed).digest('hex');
  return { bytes: Buffer.from(`${hashed},"hash":"${hash}"}\n`), link: { n, hash } };
}

/** Takes a line of any writer apart.
 * @param bytes without the line's end
 * @returns undefined for what has not the form of our lines
 */
export function readJournalLine(bytes: Buffer): JournalLine | undefined {
  const [, digits] = FIRST.exec(bytes.toString('latin1', 0, FIRST_LENGTH)) ?? [];
  const [, prev, hash] = TAIL.exec(bytes.toString('latin1', Math.max(0, bytes.length - TAIL_LENGTH))) ?? [];
  const n = Number(digits);
  if (prev === undefined || hash === undefined || !Number.isSafeInteger(n)) return undefined;
  const hashed = bytes.subarray(0, bytes.length - UNHASHED_LENGTH);
  return { n, prev, hash, expected: createHash('sha256').update(hashed).digest('hex') };
}
