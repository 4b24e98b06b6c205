import { Fault } from '../../drivers/contract/fault.ts';
import type { OutboxReader, OutboxRecord } from './outbox.ts';
import { MOST_PLACES, placeKey } from './segments/format.ts';

/** Of Fieldward's own topics. */
const FIRST = 'fieldward';

/** The calls of a store's readers to it. */
export interface ReadStore {
  /** The newest number that it has or had. */
  lastSeq(): number;
  /** Number of the newest record that is held; 0 where none is. */
  newest(): number;
  peek(count: number, afterSeq: number): readonly OutboxRecord[];
  /** No reader that holds waits for anything up to this number any more. */
  passThrough(seq: number): void;
  /** A reader has confirmed something. */
  confirmed(): void;
}

/**
 * The places of all readers of one store. A record goes when each reader that holds has confirmed it. The first reader
 * is the one that the store is made for: records that it has confirmed are given up before any that it has not. No
 * other reader can hold that back.
 */
export class OutboxReaders {
  readonly #store: ReadStore;
  readonly #all: ReaderPlace[] = [];
  readonly first: OutboxReader;
  /** Places of an earlier run, of which nothing was found again so far. */
  #stored: ReadonlyMap<number, number> = new Map();
  #passed = 0;
  /** The newest number that was handed out to any of them. */
  handedOut = 0;

  constructor(store: ReadStore) {
    this.#store = store;
    this.first = this.add(FIRST, true);
  }

  /** The reader of this name: made where there is none, at the oldest record that is held. @throws Fault for one too many */
  add(name: string, holds: boolean): OutboxReader {
    const there = this.#all.find((each) => each.name === name);
    if (there !== undefined) return there;
    if (this.#all.length >= MOST_PLACES) throw new Fault('internal/unexpected');
    const made = new ReaderPlace(name, holds, this.#store, {
      handed: (seq) => {
        this.handedOut = Math.max(this.handedOut, seq);
      },
      moved: (mover) => this.#moved(mover),
    });
    this.#all.push(made);
    return made;
  }

  /** Whether there are others beside the first. */
  get areSeveral(): boolean {
    return this.#all.length > 1;
  }

  /** Up to here all that hold have confirmed. */
  get floor(): number {
    let floor = Number.POSITIVE_INFINITY;
    for (const { holds, mark } of this.#all) if (holds && mark < floor) floor = mark;
    return floor;
  }

  /** Up to here the first reader has confirmed: such records are held for others alone. */
  get spare(): number {
    return this.#all[0]?.mark ?? 0;
  }

  /** How far each has confirmed. */
  get places(): ReadonlyMap<string, number> {
    return new Map(this.#all.map(({ name, mark }) => [name, mark]));
  }

  /**
   * How far they had come in an earlier run, by {@link placeKey}. Those that are no longer there hold nothing.
   * @returns up to here all had confirmed that hold in this run
   */
  restore(places: ReadonlyMap<number, number>): number {
    this.#stored = places;
    return Math.min(...this.#all.filter(({ holds }) => holds).map((each) => this.#storedOf(each)));
  }

  /** Records of that run up to this number were found again: a place is believed as far as they reach. */
  found(through: number): void {
    for (const each of this.#all) each.mark = Math.max(each.mark, Math.min(through, this.#storedOf(each)));
  }

  #storedOf({ name }: ReaderPlace): number {
    return this.#stored.get(placeKey(name)) ?? 0;
  }

  /** There may be more at hand. */
  offer(): void {
    for (const each of this.#all) each.readable();
  }

  /** A record came. The feeder of the store tells the first reader itself. */
  appended(): void {
    if (this.areSeveral) this.#offerOthers(Number.POSITIVE_INFINITY);
  }

  #moved(mover: ReaderPlace): void {
    const { floor } = this;
    if (floor > this.#passed) {
      this.#passed = floor;
      this.#store.passThrough(floor);
      // one that does not hold was passed by: the records that it asked for do not come any more
      if (this.areSeveral) this.#offerOthers(floor, mover);
    }
    this.#store.confirmed();
  }

  /** Tells each but the first that came short at a place below this one. */
  #offerOthers(below: number, but?: ReaderPlace): void {
    for (const each of this.#all) {
      if (each === this.#all[0] || each === but || !each.isShort || each.place >= below) continue;
      each.isShort = false;
      each.readable();
    }
  }
}

interface PlaceListener {
  handed(seq: number): void;
  moved(mover: ReaderPlace): void;
}

class ReaderPlace implements OutboxReader {
  readonly name: string;
  readonly holds: boolean;
  readonly #store: ReadStore;
  readonly #listener: PlaceListener;
  readable = () => {};
  /** Confirmed up to here. */
  mark = 0;
  /** Handed out up to here, the last time that it asked. */
  place = 0;
  /** Its last peek gave less than it asked for. */
  isShort = false;

  constructor(name: string, holds: boolean, store: ReadStore, listener: PlaceListener) {
    this.name = name;
    this.holds = holds;
    this.#store = store;
    this.#listener = listener;
  }

  get isEmpty(): boolean {
    return this.#store.newest() <= this.mark;
  }

  peek(count: number, afterSeq: number): readonly OutboxRecord[] {
    if (count <= 0) return [];
    const from = Math.max(afterSeq, this.mark);
    const records = this.#store.peek(count, from);
    this.place = records.at(-1)?.seq ?? from;
    this.isShort = records.length < count;
    if (records.length > 0) this.#listener.handed(this.place);
    return records;
  }

  onReadable(readable: () => void): void {
    this.readable = readable;
  }

  acknowledgeThrough(seq: number): void {
    const through = Math.min(seq, this.#store.lastSeq());
    if (through <= this.mark) return;
    this.mark = through;
    this.#listener.moved(this);
  }
}
