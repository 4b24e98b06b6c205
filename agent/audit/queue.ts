import { NOTICES, QUEUE_BYTES, QUEUE_ENTRIES } from './limits.ts';

/** Entries that wait for the disk, oldest first, within a bound of count and bytes. An entry that finds no room is counted. */
export class EntryQueue {
  readonly #notices: string[] = [];
  #bodies: string[] = [];
  #sizes: number[] = [];
  #bytes = 0;
  #lost = 0;
  #unrecorded = 0;

  /** The entries that wait, oldest first: the journal's notes about itself before everything else. */
  get waiting(): readonly string[] {
    return this.#notices.length === 0 ? this.#bodies : [...this.#notices, ...this.#bodies];
  }

  get isEmpty(): boolean {
    return this.#notices.length + this.#bodies.length === 0;
  }

  /** Entries that found no room since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** False where there is no room: the entry is lost. */
  add(body: string): boolean {
    const size = Buffer.byteLength(body);
    if (this.#bodies.length >= QUEUE_ENTRIES || this.#bytes + size > QUEUE_BYTES) {
      this.lose();
      return false;
    }
    this.#bodies.push(body);
    this.#sizes.push(size);
    this.#bytes += size;
    return true;
  }

  /** A disk that breaks again and again says so a bounded number of times. */
  addNotice(body: string): void {
    if (this.#notices.length < NOTICES) this.#notices.push(body);
  }

  lose(): void {
    this.#lost += 1;
    this.#unrecorded += 1;
  }

  /** The oldest `count` of what waits are written. */
  drop(count: number): void {
    const notices = this.#notices.splice(0, count).length;
    const entries = count - notices;
    if (entries === 0) return;
    this.#bodies = this.#bodies.slice(entries);
    for (const size of this.#sizes.splice(0, entries)) this.#bytes -= size;
  }

  /** How many were lost since this was asked last. */
  takeUnrecorded(): number {
    const count = this.#unrecorded;
    this.#unrecorded = 0;
    return count;
  }
}
