import type { OutboxRecord } from '../../outbox/outbox.ts';
import type { Retry } from './retry.ts';

/** One reading on its way to the broker. */
export interface Flight {
  readonly record: OutboxRecord;
  /** Changes when its device gets a lane of its own. */
  lane: ReadingLane;
  /** `gone`: the connection ended, or it was begun anew; an answer means nothing any more. */
  state: 'sent' | 'done' | 'failed' | 'gone';
}

/** A way through the outbox, in order: from its cursor through `through`, all devices or some. Sends nothing itself. */
export class ReadingLane {
  /** Undefined: a main lane, of all devices that have no lane of their own there. */
  readonly devices: Set<string> | undefined;
  readonly retry: Retry;
  through = Number.POSITIVE_INFINITY;
  /** In order; the first is never done. */
  flights: Flight[] = [];
  /** A reading was refused, and the answers to the others are awaited before it begins anew at that one. */
  failing = false;
  /** One at a time, until one is taken. */
  trying = false;
  /** Its device sends more than the broker takes: it is served after all others. */
  yielding = false;
  /** Another lane has taken its readings over. */
  merged = false;
  #cursor: number;
  /** Below the cursor and its flights there may be more for it from here on. */
  #back = Number.POSITIVE_INFINITY;
  /** Taken by the broker before an older one was: not sent again. */
  readonly #ahead = new Set<number>();

  constructor(after: number, retry: Retry, devices?: Iterable<string>) {
    this.#cursor = after;
    this.retry = retry;
    this.devices = devices === undefined ? undefined : new Set(devices);
  }

  /** Looked at up to here. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Up to here the broker has everything that is this lane's. */
  get lowWater(): number {
    const first = this.flights[0];
    return Math.min(this.#back, first === undefined ? this.#cursor : first.record.seq - 1);
  }

  /** Nothing more to look at. */
  get exhausted(): boolean {
    return this.#cursor >= this.through && Number.isFinite(this.through);
  }

  get over(): boolean {
    return this.exhausted && this.flights.length === 0;
  }

  /** Whether answers are awaited. */
  get waits(): boolean {
    return this.flights.some(({ state }) => state === 'sent');
  }

  /**
   * How many more may be sent, so that it never runs further ahead of a reading that has no answer than the window,
   * not even over many connections.
   */
  room(window: number): number {
    const most = this.trying ? 1 : window;
    if (this.flights.length === 0) return Math.max(1, most - this.#ahead.size);
    return most - this.flights.length - this.#ahead.size;
  }

  /** Whether the broker has it already. */
  has(seq: number): boolean {
    return this.#ahead.size > 0 && this.#ahead.has(seq);
  }

  /** It was looked at: sent, or none of this lane's. */
  pass(seq: number): void {
    this.#cursor = seq;
    if (this.#ahead.size > 0 && this.flights.length === 0) this.#forget();
  }

  /** There is nothing more for it. */
  exhaust(): void {
    this.pass(this.through);
  }

  /** After an answer: drops the flights at the front that are done. */
  settle(): void {
    let done = 0;
    while (this.flights[done]?.state === 'done') done += 1;
    if (done === 0) return;
    if (done === this.flights.length) this.flights = [];
    else this.flights.splice(0, done);
    if (this.#ahead.size > 0) this.#forget();
  }

  /** Begins anew at the oldest reading that the broker has not. */
  rewind(): void {
    const from = this.lowWater;
    for (const flight of this.flights) {
      if (flight.state === 'done') this.#ahead.add(flight.record.seq);
      flight.state = 'gone';
    }
    this.flights = [];
    this.#cursor = from;
    this.#back = Number.POSITIVE_INFINITY;
    this.failing = false;
  }

  /** Takes over readings that others had sent, and those that they had not sent after `from`. Rewound, it begins there. */
  adopt(flights: readonly Flight[], from: number): void {
    for (const flight of flights) flight.lane = this;
    this.flights = [...this.flights, ...flights].sort((one, other) => one.record.seq - other.record.seq);
    this.#back = Math.min(this.#back, from);
    this.settle();
  }

  /** Takes over what another lane knows of the broker. Numbers of other devices do no harm: they are passed in time. */
  learn(from: ReadingLane): void {
    for (const seq of from.#ahead) this.#ahead.add(seq);
  }

  /** Gives up its flights of these devices. */
  release(devices: ReadonlySet<string>): readonly Flight[] {
    const released = this.flights.filter(({ record }) => devices.has(record.device));
    if (released.length === 0) return released;
    this.flights = this.flights.filter(({ record }) => !devices.has(record.device));
    // the flight over which it was failing may be no longer its own
    this.failing &&= this.flights.some(({ state }) => state === 'failed');
    this.settle();
    return released;
  }

  #forget(): void {
    const { lowWater } = this;
    for (const seq of this.#ahead) if (seq <= lowWater) this.#ahead.delete(seq);
  }
}
