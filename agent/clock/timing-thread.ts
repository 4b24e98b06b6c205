import { Worker } from 'node:worker_threads';
import { Fault } from '../../drivers/contract/fault.ts';
import type { PacedWriter, Pacer } from '../../drivers/contract/port.ts';
import { sharedOffset } from './shared-offset.ts';
import {
  FIELDS,
  inPhase,
  LONGEST_WRITE,
  nextOrder,
  PHASES,
  phaseOf,
  placeAt,
  type TimingMemory,
  timingMemory,
} from './timing-memory.ts';

/** More serial lines than any gateway has; a line beyond them keeps its silences without this thread. */
const MOST_WRITERS = 64;

/**
 * Each writer has two places: an answer may be here before the thread has come back from writing the request, and then
 * the next one goes into the other place. More are not needed, because the thread writes one at a time.
 */
const PLACES = 2;

/** A write that never blocks takes microseconds. A thread that does not come back from one in so many ms is gone. */
const LONGEST_WRITING = 100;

/** An order that is so many milliseconds overdue will never be carried out. */
const OVERDUE = 1000;

/**
 * A thread of its own that writes each request at its instant, so that a line's silence is kept to some hundredths of a
 * millisecond however busy the event loop is, and the event loop never waits for a silence.
 *
 * Why: a timer of Node wakes on whole milliseconds, and a silence lasts 1.75. Share of the wire's limit at 115200 baud
 * on the paced rig: timers 0.79, the event loop blocked for the rest of each silence 0.942 to 0.96 (`system-clock.ts`),
 * this thread 0.969 to 0.975; on 8 lines at once 0.968, on 16 lines 0.964, where blocking breaks down. CPU time of the
 * thread: 0.07 ms a poll. It takes 9 MB. All figures: `test/bench/README.md`; other ways that were tried:
 * `agent/clock/README.md`.
 */
export class TimingThread implements Pacer {
  readonly #memory: TimingMemory;
  readonly #offset = sharedOffset().upper;
  readonly #file: URL;
  readonly #lost: () => void;
  readonly #mistake: (thrown: unknown) => void;
  readonly #writers = new Map<number, (code: string) => void>();
  #worker: Worker | undefined;

  /**
   * @param file the compiled `timing-worker`
   * @param lost told once when the thread has ended by itself. Each holder of a writer was told before, and gets no other
   * @param mistake told of what a call of ours throws; all others are made all the same
   */
  constructor(file: URL, lost: () => void, mistake: (thrown: unknown) => void) {
    this.#file = file;
    this.#lost = lost;
    this.#mistake = mistake;
    this.#memory = timingMemory(MOST_WRITERS * PLACES);
  }

  /** Returns at once; the writers are there when the thread is, some ten milliseconds later. */
  start(): void {
    this.#worker = new Worker(this.#file, {
      workerData: this.#memory,
      // it makes no garbage to speak of; Node's own objects there are 5 MB
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
      trackUnmanagedFds: false,
      execArgv: [],
      env: {},
    });
    this.#worker.on('message', ({ place, code }) => this.#tell(this.#writers.get(Math.floor(place / PLACES)), code));
    this.#worker.on('error', () => this.#gone());
    this.#worker.on('exit', () => this.#gone());
    // it keeps no process alive
    this.#worker.unref();
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  claim(descriptor: number, failed: (code: string) => void): PacedWriter | undefined {
    if (this.#worker === undefined) return undefined;
    for (let slot = 0; slot < MOST_WRITERS; slot += 1) {
      if (this.#writers.has(slot)) continue;
      this.#writers.set(slot, failed);
      return new SlotWriter(this.#memory, this.#offset, slot, descriptor, {
        released: () => this.#writers.delete(slot),
        overdue: () => this.#gone(),
      });
    }
    return undefined;
  }

  #gone(): void {
    if (this.#worker === undefined) return;
    // a thread that does not end is left to itself
    this.stop().catch(() => undefined);
    for (const failed of [...this.#writers.values()]) this.#tell(failed, 'EIO');
    this.#tell(this.#lost, 'EIO');
  }

  /** Called from the thread's events, where a throw would end the process. */
  #tell(call: ((code: string) => void) | undefined, code: string): void {
    try {
      call?.(code);
    } catch (thrown) {
      this.#mistake(thrown);
    }
  }
}

interface SlotEvents {
  readonly released: () => void;
  readonly overdue: () => void;
}

/** The main thread's side of two places. */
export class SlotWriter implements PacedWriter {
  readonly #memory: TimingMemory;
  readonly #offset: number;
  readonly #places: readonly number[];
  readonly #events: SlotEvents;
  /** Of the two the one that has the last request. */
  #place: number;
  #released = false;

  constructor(memory: TimingMemory, offset: number, slot: number, descriptor: number, events: SlotEvents) {
    this.#memory = memory;
    this.#offset = offset;
    this.#places = Array.from({ length: PLACES }, (_, index) => slot * PLACES + index);
    this.#place = slot * PLACES;
    this.#events = events;
    for (const place of this.#places) {
      memory.orders[placeAt(place) + FIELDS.descriptor] = descriptor;
      // its number goes on from where it was: the thread may still look at an order of the one before
      Atomics.store(memory.orders, stateAt(place), inPhase(this.#state(place), PHASES.idle));
    }
    const used = Math.max(Atomics.load(memory.orders, FIELDS.used), (slot + 1) * PLACES);
    Atomics.store(memory.orders, FIELDS.used, used);
  }

  get ready(): boolean {
    return !this.#released && Atomics.load(this.#memory.orders, FIELDS.ready) === 1;
  }

  send(bytes: Uint8Array, at: number): void {
    if (this.#released || bytes.length > LONGEST_WRITE) throw new Fault('port/write');
    const { orders, instants } = this.#memory;
    this.cancel();
    if (phaseOf(this.#state(this.#place)) === PHASES.writing) this.#place = this.#other();
    const place = this.#place;
    this.#memory.bytes.set(bytes, place * LONGEST_WRITE);
    orders[placeAt(place) + FIELDS.length] = bytes.length;
    instants[place * 2] = at + this.#offset;
    Atomics.store(orders, stateAt(place), nextOrder(this.#state(place)));
    Atomics.add(orders, 0, 1);
    Atomics.notify(orders, 0);
  }

  get sentAt(): number | undefined {
    if (phaseOf(this.#state(this.#place)) !== PHASES.done) return undefined;
    return Number(this.#memory.instants[this.#place * 2 + 1]) - this.#offset;
  }

  cancel(): boolean {
    const { orders, instants } = this.#memory;
    const state = this.#state(this.#place);
    if (phaseOf(state) !== PHASES.armed) return false;
    const idle = inPhase(state, PHASES.idle);
    if (Atomics.compareExchange(orders, stateAt(this.#place), state, idle) !== state) return false;
    if (performance.now() + this.#offset - Number(instants[this.#place * 2]) > OVERDUE) this.#events.overdue();
    return true;
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.cancel();
    // a descriptor that is closed while it is written to may by then be somebody else's
    const isFree = this.#places.map((place) => {
      const state = this.#state(place);
      return phaseOf(state) !== PHASES.writing || this.#isWritten(place, state);
    });
    // where the thread does not come back nobody else may get the place
    if (isFree.every(Boolean)) this.#events.released();
  }

  #isWritten(place: number, state: number): boolean {
    return Atomics.wait(this.#memory.orders, stateAt(place), state, LONGEST_WRITING) !== 'timed-out';
  }

  #other(): number {
    return this.#places.find((place) => place !== this.#place) ?? this.#place;
  }

  #state(place: number): number {
    return Atomics.load(this.#memory.orders, stateAt(place));
  }
}

function stateAt(place: number): number {
  return placeAt(place) + FIELDS.state;
}
