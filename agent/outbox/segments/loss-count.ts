import type { Frame } from './frames.ts';

/** Of a record, where nothing sound tells how long they are. */
const USUAL_BYTES = 200;

/** Counts records that are lost to damage. Where no head tells their number, what stands around them does, about. */
export class LossCount {
  #lost = 0;
  #soundBytes = 0;
  #soundRecords = 0;
  #last = 0;
  /** Whether no number is missing in what is sound. */
  #isDense = true;
  /** Bytes of which nobody knows yet how many records they held. */
  #open = 0;

  add(frame: Frame): void {
    if (frame.kind === 'lost') {
      if (frame.records === undefined) this.#open += frame.end - frame.at;
      else this.#addKnown(frame.records);
      return;
    }
    if (frame.kind === 'dictionary') return;
    const { first, last, count } =
      frame.kind === 'record' ? { first: frame.seq, last: frame.seq, count: 1 } : frame.head;
    this.#close(first);
    this.#soundBytes += frame.end - frame.at;
    this.#soundRecords += count;
    this.#isDense &&= last - first + 1 === count && (this.#last === 0 || first === this.#last + 1);
    this.#last = Math.max(this.#last, last);
  }

  /** What follows can't be read. @param known how many of its records a head tells */
  rest(bytes: number, known: number): void {
    if (known > 0) this.#addKnown(known);
    else this.#open += bytes;
  }

  /** All that was lost. */
  get total(): number {
    return this.#lost + (this.#open > 0 ? Math.max(1, this.#estimate()) : 0);
  }

  #addKnown(records: number): void {
    this.#lost += records;
    // the numbers of these are not missing because of what is still open
    if (this.#last > 0) this.#last += records;
  }

  /** The numbers that are missing are those that were lost, unless there were gaps before. */
  #close(first: number): void {
    if (this.#open === 0) return;
    const missing = this.#last === 0 ? Number.POSITIVE_INFINITY : Math.max(0, first - this.#last - 1);
    this.#lost += Math.max(1, this.#isDense && this.#last > 0 ? missing : Math.min(missing, this.#estimate()));
    this.#open = 0;
    this.#last = first - 1;
  }

  #estimate(): number {
    const usual = this.#soundRecords === 0 ? USUAL_BYTES : this.#soundBytes / this.#soundRecords;
    return Math.max(1, Math.floor(this.#open / usual));
  }
}
