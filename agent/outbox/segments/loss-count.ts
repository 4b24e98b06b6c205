import { BLOCK_HEAD, type BlockHead, countNear } from '../blocks/block-format.ts';
import type { Frame } from './frames.ts';

/** Of a record, where nothing sound tells how long they are. */
const USUAL_BYTES = 200;

/**
 * Counts records of a segment that are lost to damage, from its first on. Where a head is damaged nobody knows how many went, until
 * the next one tells how many there were before it. Behind the last one that can be read what is sound tells it, about, and of
 * blocks their length.
 */
export class LossCount {
  #lost = 0;
  #soundBytes = 0;
  #soundRecords = 0;
  #hasBlocks = false;
  /** Bytes of which nobody knows yet how many records they held. */
  #open = 0;

  add(frame: Frame): void {
    if (frame.kind === 'dictionary') return;
    if (frame.kind === 'lost') {
      const { records } = frame;
      if (records === undefined) this.#open += frame.end - frame.at;
      else if (records === 'one') this.#lost += 1;
      else this.#goes(records);
      return;
    }
    if (frame.kind === 'block') {
      this.#close(frame.head);
      this.#hasBlocks = true;
    }
    this.#soundBytes += frame.end - frame.at;
    this.#soundRecords += frame.kind === 'block' ? frame.head.count : 1;
  }

  /** The rest can't be read. @param torn the head of its block, where that is there */
  rest(bytes: number, torn: BlockHead | undefined): void {
    if (torn === undefined) this.#open += bytes;
    else this.#goes(torn);
  }

  /** All that was lost. */
  get total(): number {
    return this.#lost + (this.#open > 0 ? this.#estimate() : 0);
  }

  #goes(head: BlockHead): void {
    // of keys nothing is lost, and they say nothing of what is before them
    if (head.count === 0) return;
    this.#close(head);
    this.#lost += head.count;
  }

  #close({ before }: BlockHead): void {
    if (this.#open === 0) return;
    this.#lost = Math.max(this.#lost, before - this.#soundRecords);
    this.#open = 0;
  }

  #estimate(): number {
    const usual = this.#soundRecords === 0 ? USUAL_BYTES : this.#soundBytes / this.#soundRecords;
    const about = Math.max(1, Math.floor(this.#open / usual));
    return this.#hasBlocks && this.#open > BLOCK_HEAD ? countNear(about, this.#open) : about;
  }
}
