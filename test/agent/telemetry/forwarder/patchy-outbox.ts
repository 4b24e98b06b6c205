import type { Clock } from '../../../../agent/clock/clock.ts';
import { MemoryOutbox } from '../../../../agent/outbox/memory-outbox.ts';
import type { Outbox, OutboxReader, OutboxRecord, OutboxStatus } from '../../../../agent/outbox/outbox.ts';

/** So many stretches are at hand at a time: one less than the outbox on disk has. */
const STRETCHES = 2;

/** Readings that were fetched for one reader: those above `after`, up to `through`. */
interface Stretch {
  after: number;
  through: number;
  /** Its reader has been offered nothing yet. */
  isPromised: boolean;
}

/**
 * An outbox of which all but the newest readings are on a disk, as strict as the one on disk: they come some at a time, a
 * moment after they are asked for, and only for two readers at a time. A further one waits for its turn; then one of the
 * two others loses what was fetched for it, and has to wait.
 */
export class PatchyOutbox implements Outbox {
  /** So many readings at the end are at hand at all times. */
  inMemory = Number.POSITIVE_INFINITY;
  /** How many come at once of the others. */
  atOnce = 16;
  /** Called before a prefix is forgotten. */
  forgets: (through: number) => void = () => {};
  /** How many times something was fetched. */
  fetches = 0;
  readonly #memory: MemoryOutbox;
  readonly #clock: Clock;
  #readable = () => {};
  #stretches: Stretch[] = [];
  readonly #wanted = new Set<Stretch>();
  readonly #waiting = new Set<number>();
  #isFetching = false;
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
    const stretch = this.#at(afterSeq);
    if (stretch === undefined) return [];
    // the one that was asked last is the last to go
    this.#stretches = [...this.#stretches.filter((each) => each !== stretch), stretch];
    const fetched = found.filter(({ seq }) => seq <= stretch.through);
    if (fetched.length < found.length) {
      // records before its reader make room
      stretch.after = afterSeq;
      this.#want(stretch);
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

  get isEmpty(): boolean {
    return this.#memory.isEmpty;
  }

  reader(name: string, holds: boolean): OutboxReader {
    return this.#memory.reader(name, holds);
  }

  status(): OutboxStatus {
    return this.#memory.status();
  }

  close(): Promise<void> {
    return this.#memory.close();
  }

  #at(afterSeq: number): Stretch | undefined {
    const fitting = this.#stretches.find(({ after, through }) => afterSeq >= after && afterSeq <= through);
    if (fitting !== undefined) return fitting;
    const stretch = this.#waiting.size === 0 ? this.#give(afterSeq) : undefined;
    if (stretch === undefined) this.#waiting.add(afterSeq);
    return stretch;
  }

  /** A stretch of its own for the reader that is there, if one is promised to nobody. */
  #give(afterSeq: number): Stretch | undefined {
    if (this.#stretches.length >= STRETCHES) {
      const free = this.#stretches.find(({ isPromised }) => !isPromised);
      if (free === undefined) return undefined;
      this.#stretches = this.#stretches.filter((each) => each !== free);
      this.#wanted.delete(free);
    }
    const stretch = { after: afterSeq, through: afterSeq, isPromised: true };
    this.#stretches.push(stretch);
    return stretch;
  }

  #want(stretch: Stretch): void {
    this.#wanted.add(stretch);
    if (this.#isFetching) return;
    this.#isFetching = true;
    this.#clock.at(this.#clock.now() + 5, () => this.#fetch());
  }

  #fetch(): void {
    this.#isFetching = false;
    const [stretch] = this.#wanted;
    if (stretch === undefined) return;
    this.#wanted.delete(stretch);
    this.fetches += 1;
    stretch.through = this.#memory.peek(this.atOnce, stretch.through).at(-1)?.seq ?? stretch.through;
    this.#readable();
    stretch.isPromised = false;
    for (const afterSeq of this.#waiting) {
      const given = this.#give(afterSeq);
      if (given === undefined) break;
      this.#waiting.delete(afterSeq);
      this.#want(given);
    }
    for (const each of this.#wanted) this.#want(each);
  }
}
