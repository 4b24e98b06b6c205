import { GENERAL_BLOCK_TRANSFER, readBlock } from '../apdu/notification.ts';
import { LONGEST_APDU, MOST_SEGMENTS } from '../limits.ts';
import type { Part } from './frame.ts';

/** `other`: the part does not belong to this series; it may begin another. */
export type SeriesStep = 'more' | 'whole' | 'other';

/**
 * Puts the parts of one APDU together: the segments of the link, and the blocks of a general block transfer in them. One
 * for each APDU.
 */
export class Series {
  readonly #pieces: Uint8Array[] = [];
  readonly #segments: Uint8Array[] = [];
  #from: string | undefined;
  #parts = 0;
  /** Of the last segment, while others of the same unit are to come. */
  #place: number | undefined;
  #blocks = 0;
  #length = 0;

  /** Nothing was taken yet. */
  get isEmpty(): boolean {
    return this.#parts === 0;
  }

  take(part: Part): SeriesStep {
    if (!this.#fits(part)) return 'other';
    this.#parts += 1;
    this.#from = part.from;
    this.#place = part.place;
    this.#length += part.bytes.length;
    this.#segments.push(part.bytes.slice());
    if (part.more) return 'more';
    const unit = joined(this.#segments.splice(0));
    if (unit[0] === GENERAL_BLOCK_TRANSFER) return this.#block(unit);
    // Only a block follows a block.
    if (this.#blocks > 0) return 'other';
    this.#pieces.push(unit);
    return 'whole';
  }

  /** After `whole`. */
  apdu(): Uint8Array {
    return joined(this.#pieces);
  }

  #fits(part: Part): boolean {
    if (this.#from !== undefined && part.from !== this.#from) return false;
    if (this.#parts === MOST_SEGMENTS || this.#length + part.bytes.length > LONGEST_APDU) return false;
    // A unit begins where the link says so, if it says anything, and only there. Landis+Gyr says it of the first block alone.
    if (this.#segments.length === 0) return part.first !== false || this.#isNextBlock(part.bytes);
    if (part.first === true) return false;
    return part.place === undefined || this.#place === undefined || part.place === this.#place + 1;
  }

  #isNextBlock(bytes: Uint8Array): boolean {
    return this.#blocks > 0 && bytes[0] === GENERAL_BLOCK_TRANSFER;
  }

  #block(unit: Uint8Array): SeriesStep {
    const block = readBlock(unit, 0, unit.length);
    if (typeof block === 'string' || block.next !== unit.length) return 'other';
    if (block.number !== this.#blocks + 1) return 'other';
    this.#blocks += 1;
    this.#pieces.push(block.data);
    return block.last ? 'whole' : 'more';
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
