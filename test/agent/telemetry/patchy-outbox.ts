import type { Clock } from '../../../agent/clock/clock.ts';
import { MemoryOutbox } from '../../../agent/outbox/memory-outbox.ts';
import type { Outbox, OutboxRecord, OutboxStatus } from '../../../agent/outbox/outbox.ts';

/** An outbox of which all but the newest readings are on a disk: they come some at a time, a moment after they are asked for. */
export class PatchyOutbox implements Outbox {
  /** So many readings at the end are at hand at all times. */
  inMemory = Number.POSITIVE_INFINITY;
  /** How many come at once of the others. */
  atOnce = 16;
  /** Called before a prefix is forgotten. */
  forgets: (through: number) => void = () => {};
  readonly #memory: MemoryOutbox;
  readonly #clock: Clock;
  #readable = () => {};
  /** Fetched: after → through. */
  readonly #fetched = new Map<number, number>();
  readonly #fetching = new Set<number>();
  #newest = 0;

  constructor(maxBytes: number, clock: Clock) {
    this.#memory = new MemoryOutbox(maxBytes, 'drop-oldest');
    this.#clock = clock;
  }

  async open(): Promise<void> {}

  get lastSeq(): number {
    return this.#newest;
  }

  append(record: OutboxRecord): number {
    this.#newest = record.seq;
    return this.#memory.append(record);
  }

  peek(count: number, afterSeq: number): readonly OutboxRecord[] {
    const found = this.#memory.peek(count, afterSeq);
    const first = found[0]?.seq ?? Number.POSITIVE_INFINITY;
    if (first > this.#newest - this.inMemory) return found;
    const fetched = found.filter(({ seq }) => seq <= (this.#fetched.get(afterSeq) ?? 0));
    if (fetched.length > 0) this.#fetched.delete(afterSeq);
    if (fetched.length < found.length) {
      const through = found[Math.min(found.length, fetched.length + this.atOnce) - 1]?.seq ?? 0;
      this.#fetch(fetched.at(-1)?.seq ?? afterSeq, through);
    }
    return fetched;
  }

  onReadable(readable: () => void): void {
    this.#readable = readable;
  }

  acknowledgeThrough(seq: number): void {
    this.forgets(seq);
    this.#memory.acknowledgeThrough(seq);
  }

  status(): OutboxStatus {
    return this.#memory.status();
  }

  close(): Promise<void> {
    return this.#memory.close();
  }

  #fetch(afterSeq: number, through: number): void {
    if (this.#fetching.has(afterSeq)) return;
    this.#fetching.add(afterSeq);
    this.#clock.at(this.#clock.now() + 5, () => {
      this.#fetching.delete(afterSeq);
      this.#fetched.set(afterSeq, through);
      this.#readable();
    });
  }
}
