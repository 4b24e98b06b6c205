import { type BlockHead, blockAt, LARGEST_RAW, nextBlock } from '../blocks/block-format.ts';
import { readAt } from './record-format.ts';

/** The parts of a segment, one after the other. */
export type Frame =
  | { readonly kind: 'record'; readonly seq: number; readonly at: number; readonly end: number }
  | { readonly kind: 'block' | 'dictionary'; readonly head: BlockHead; readonly at: number; readonly end: number }
  /** Damage that was stepped over. */
  | { readonly kind: 'lost'; readonly records: Lost; readonly at: number; readonly end: number };

/** How many records went: `one`, those of the block with this head, or nobody knows yet. */
export type Lost = BlockHead | 'one' | undefined;

/**
 * Goes through bytes of a segment from frame to frame. Over one damaged record it steps where what is behind it is sound (or it
 * was the last). A damaged block costs that block. Where a length can't be believed it goes on with the next block.
 */
export class FrameWalk {
  readonly #bytes: Buffer;
  readonly #isWhole: boolean;
  #raw = 0;
  /** Behind the last frame. */
  at: number;
  /** `more`: the bytes end within a frame, or on its edge. `damaged`: the next bytes can not be read. */
  why: 'more' | 'damaged' = 'more';
  /** Of what follows, where it is there: the head of a block that was torn. */
  torn: BlockHead | undefined;

  /** @param isWhole whether the bytes reach to the segment's end: then what is short is torn */
  constructor(bytes: Buffer, from: number, isWhole: boolean) {
    this.#bytes = bytes;
    this.at = from;
    this.#isWhole = isWhole;
  }

  next(): Frame | undefined {
    const bytes = this.#bytes;
    const { at } = this;
    if (at >= bytes.length || this.why === 'damaged') return undefined;
    const block = blockAt(bytes, at);
    if (block === undefined) return this.#record(at);
    const { kind, head, end } = block;
    if (kind === 'short-block') {
      this.torn = head;
      return this.#short(at);
    }
    this.#raw += head.rawBytes;
    if (this.#raw > LARGEST_RAW) return this.#end();
    if (kind === 'bad-block') return this.#lost(at, end, head);
    this.at = end;
    return { kind, head, at, end };
  }

  #record(at: number): Frame | undefined {
    const bytes = this.#bytes;
    const read = readAt(bytes, at);
    if (read.kind === 'record') {
      this.at = read.end;
      return { kind: 'record', seq: read.seq, at, end: read.end };
    }
    if (read.kind === 'short' && !this.#isWhole) return undefined;
    const next = read.kind === 'bad' ? read.end : undefined;
    const behind = next === undefined ? 'bad' : kindAt(bytes, next);
    if (!this.#isWhole && (behind === 'end' || behind === 'short')) return undefined;
    if (next !== undefined && (behind === 'sound' || behind === 'end')) return this.#lost(at, next, 'one');
    return this.#search(at);
  }

  /** Where the bytes end within a block. */
  #short(at: number): Frame | undefined {
    return this.#isWhole ? this.#search(at) : undefined;
  }

  #search(at: number): Frame | undefined {
    const found = nextBlock(this.#bytes, at + 1);
    if (found !== undefined) return this.#lost(at, found, undefined);
    // the next one may lie behind these bytes
    return this.#isWhole ? this.#end() : undefined;
  }

  #lost(at: number, end: number, records: Lost): Frame {
    this.at = end;
    return { kind: 'lost', records, at, end };
  }

  #end(): undefined {
    this.why = 'damaged';
    return undefined;
  }
}

function kindAt(bytes: Buffer, at: number): 'sound' | 'short' | 'bad' | 'end' {
  if (at === bytes.length) return 'end';
  const block = blockAt(bytes, at);
  // also where its body is damaged: its head says that it begins here
  if (block !== undefined) return block.kind === 'short-block' ? 'short' : 'sound';
  const { kind } = readAt(bytes, at);
  return kind === 'record' ? 'sound' : kind;
}
