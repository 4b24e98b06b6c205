import { milliseconds } from '../../drivers/contract/duration.ts';

/** The longest line with its end: a write of 64 points with long names is under 10 KiB. */
export const LINE_BYTES = 16_384;

/** Bytes of a line besides its entry: number, two hashes, names and punctuation. */
export const FRAME_BYTES = 200;

/** The longest text of an entry, its longest key, and the most args, as for requests. */
export const ENTRY_TEXT_LENGTH = 256;
export const ENTRY_KEY_LENGTH = 64;
export const ARGS = 64;

/** The most that one write takes; so much can be torn at the end of a file by a power cut. */
export const GROUP_BYTES = 65_536;

/** Bytes of a file's end that are looked at: a torn group, and the whole line before it. */
export const TAIL_BYTES = 2 * GROUP_BYTES;

/** Files that are looked into for the last whole line before the journal begins anew. */
export const FILES_LOOKED_AT = 32;

/** All files are this many times as large as one: so much of the journal goes at once for room. */
export const FILES = 8;

/** Names in the journal's folder: its own are {@link FILES} and a few, and a careful operator's copies a few more. */
export const FOLDER_NAMES = 1024;

/** Entries that wait for the disk: at 20 commands a second more than three minutes. */
export const QUEUE_ENTRIES = 4096;
export const QUEUE_BYTES = 1_048_576;

/** Remarks of the journal on itself that wait for the disk. */
export const NOTICES = 16;

/** A disk that did not take a write is tried again after this, then after twice as long, up to the most. */
export const RETRY_FIRST = milliseconds(1_000);
export const RETRY_MOST = milliseconds(60_000);
