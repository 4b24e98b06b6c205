import { BLOCK_HEAD, type BlockHead, countNear } from '../blocks/block-format.ts';
import type { Frame } from './frames.ts';

/** Of a record, where nothing sound tells how long they are. */
const USUAL_BYTES = 200;

/**
 * Counts records of a segment that are lost to damage, from its first on. Where a head is damaged nobody knows how many went, until
 * the next one tells how many there were before it. Behind the last one that can be read the length of the others tells it,
 * about, and of blocks their own.
 */
export class LossCount {
  #lost = 0;
  #soundRecords = 0;
  /** Of these the length is known: the sound ones, and those of damaged blocks whose head is there. */
  #knownRecords = 0;
  #knownBytes = 0;
  #hasBlocks = false;
  /** Bytes of which nobody knows yet how many records they held. */
  #open = 0;

  add(frame: Frame): void {
    const bytes = frame.end - frame.at;
    if (frame.kind === 'record') {
      this.#soundRecords += 1;
      this.#knows(1, bytes);
    } else if (frame.kind === 'lost') {
      const { records } = frame;
      if (records === undefined) this.#open += bytes;
      else if (records === 'one') this.#lost += 1;
      else this.#goes(records, bytes);
    } else {
      this.#hasBlocks = true;
      // keys say nothing of how long records are
      if (frame.kind === 'dictionary') return;
      this.#close(frame.head);
      this.#soundRecords += frame.head.count;
      this.#knows(frame.head.count, bytes);
    }
  }

  /** The rest can't be read. @param torn the head of its block, where that is there */
  rest(bytes: number, torn: BlockHead | undefined): void {
    if (torn === undefined) this.#open += bytes;
    else this.#goes(torn, BLOCK_HEAD + torn.length);
  }

  /** All that was lost. */
  get total(): number {
    return this.#lost + (this.#open > 0 ? this.#estimate() : 0);
  }

  #knows(records: number, bytes: number): void {
    this.#knownRecords += records;
    this.#knownBytes += bytes;
  }

  #goes(head: BlockHead, bytes: number): void {
    this.#hasBlocks = true;
    // of keys nothing is lost, and they say nothing of what is before them
    if (head.count === 0) return;
    this.#close(head);
    this.#lost += head.count;
    this.#knows(head.count, bytes);
  }

  #close({ before }: BlockHead): void {
    if (this.#open === 0) return;
    this.#lost = Math.max(this.#lost, before - this.#soundRecords);
    this.#open = 0;
  }

  #estimate(): number {
    const usual = this.#knownRecords === 0 ? USUAL_BYTES : this.#knownBytes / this.#knownRecords;
    const about = Math.max(1, Math.floor(this.#open / usual));
    return this.#hasBlocks && this.#open > BLOCK_HEAD ? countNear(about, this.#open) : about;
  }
}
