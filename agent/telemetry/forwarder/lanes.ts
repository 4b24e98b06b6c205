import type { OutboxRecord } from '../../outbox/outbox.ts';
import { type Flight, ReadingLane } from './lane.ts';
import type { Retry } from './retry.ts';

/** Main lanes: the one of the live readings, and those of readings that outages left unfinished before it. */
const MOST_MAIN = 8;
/** Denied devices with a lane of their own; further ones share one more. */
export const MOST_HELD = 8;
/** Devices that yield to the others, of these. */
export const MOST_YIELDING = 4;

/** Numbers above `from`, up to `through`. */
interface Range {
  readonly from: number;
  readonly through: number;
}

/**
 * The lanes, and the readings that each carries. Every unacknowledged reading belongs to exactly one lane: main lanes follow
 * one another without a gap, from the oldest reading to an open end; the main lanes pass by the readings that a held
 * lane has taken over of its devices.
 */
export class Lanes {
  /** In the order of their ranges. */
  readonly main: ReadingLane[];
  /** The main lane with the open end, where the newest readings are. */
  tail: ReadingLane;
  /** Lanes of devices that the broker denied, or that yield, until they have caught up. */
  readonly held: ReadingLane[] = [];
  readonly #retry: () => Retry;
  readonly #heldBy = new Map<string, ReadingLane>();
  #shared: ReadingLane | undefined;
  /** Device → these of its readings are, or were, a held lane's. */
  readonly #exempt = new Map<string, Range>();

  /** @param retry makes one; all main lanes share the first */
  constructor(retry: () => Retry) {
    this.#retry = retry;
    this.tail = new ReadingLane(0, retry());
    this.main = [this.tail];
  }

  /** The broker has everything up to here. */
  get lowWater(): number {
    let least = this.main[0]?.lowWater ?? 0;
    for (const { lowWater } of this.held) if (lowWater < least) least = lowWater;
    return least;
  }

  /** Whether a refusal that is no matter of one device holds up all main lanes. */
  get blocked(): boolean {
    return this.tail.retry.waiting || this.main.some(({ failing }) => failing);
  }

  carries(lane: ReadingLane, { seq, device }: OutboxRecord): boolean {
    if (lane.devices !== undefined) return lane.devices.has(device);
    const exempt = this.#exempt.size === 0 ? undefined : this.#exempt.get(device);
    return exempt === undefined || seq <= exempt.from || seq > exempt.through;
  }

  isDenied(device: string): boolean {
    return this.#heldBy.get(device)?.yielding === false;
  }

  /** Gives a new lane what comes after `after`. Where there are too many, two become one that repeats the least. */
  open(after: number): void {
    this.tail.through = after;
    this.tail = new ReadingLane(after, this.tail.retry);
    this.main.push(this.tail);
    if (this.main.length > MOST_MAIN) this.#merge();
  }

  /** The broker denies the device: its lane gets everything of it that the broker has not. */
  hold(device: string): ReadingLane {
    const lane = this.#heldBy.get(device) ?? this.#laneFor(device);
    const devices = lane.devices ?? new Set([device]);
    const taken: Flight[] = [];
    let from = lane.cursor;
    for (const each of this.main) {
      taken.push(...each.release(devices));
      lane.learn(each);
      if (!each.exhausted) from = Math.min(from, each.cursor);
    }
    if (!this.blocked && !this.main.some(({ trying }) => trying)) this.tail.retry.over();
    lane.adopt(taken, from);
    lane.yielding = false;
    lane.through = Number.POSITIVE_INFINITY;
    for (const each of devices) this.#exempt.set(each, { from: 0, through: lane.through });
    return lane;
  }

  /**
   * The device sends more than the broker takes: its readings after the tail get a lane that yields to all others. Not
   * while its last one is still remembered: its readings that the main lanes have between the two would be lost.
   */
  divert(device: string): void {
    const isFull = this.held.length >= MOST_HELD || yielding(this.held).length >= MOST_YIELDING;
    if (isFull || this.#exempt.has(device)) return;
    const { cursor } = this.tail;
    const lane = new ReadingLane(cursor, this.#retry(), [device]);
    lane.yielding = true;
    this.held.push(lane);
    this.#heldBy.set(device, lane);
    this.#exempt.set(device, { from: cursor, through: lane.through });
  }

  /** The broker takes the devices' readings again: new ones go with all others, waiting ones stay in the lane. */
  resume(lane: ReadingLane): void {
    lane.through = Math.max(this.tail.cursor, lane.cursor);
    for (const device of lane.devices ?? []) {
      this.#exempt.set(device, { from: this.#exempt.get(device)?.from ?? 0, through: lane.through });
    }
  }

  /** Leaves out lanes that have nothing more to do. @param newest the number of the newest reading */
  tidy(newest: number): void {
    for (const lane of yielding(this.held)) if (lane.flights.length === 0 && lane.cursor >= newest) this.resume(lane);
    while (this.main.length > 1 && this.main[0]?.over) this.main.shift();
    if (this.held.length > 0) for (const lane of [...this.held]) if (lane.over) this.#retire(lane);
    if (this.#exempt.size === 0) return;
    const low = this.main[0]?.lowWater ?? 0;
    for (const [device, { through }] of this.#exempt) {
      if (through <= low && !this.#heldBy.has(device)) this.#exempt.delete(device);
    }
  }

  #laneFor(device: string): ReadingLane {
    let lane = this.#shared;
    if (this.held.length < MOST_HELD || lane === undefined) {
      lane = new ReadingLane(Number.POSITIVE_INFINITY, this.#retry(), []);
      if (this.held.length >= MOST_HELD) this.#shared = lane;
      this.held.push(lane);
    }
    lane.devices?.add(device);
    this.#heldBy.set(device, lane);
    return lane;
  }

  #retire(lane: ReadingLane): void {
    this.held.splice(this.held.indexOf(lane), 1);
    for (const device of lane.devices ?? []) this.#heldBy.delete(device);
    if (this.#shared === lane) this.#shared = undefined;
  }

  /** Readings that the later one had sent are repeated; the others are the earlier one's. */
  #merge(): void {
    let least = Number.POSITIVE_INFINITY;
    let at = 0;
    for (let index = 0; index < this.main.length - 2; index += 1) {
      const repeats = (this.main[index + 1]?.lowWater ?? 0) - (this.main[index]?.through ?? 0);
      if (repeats >= least) continue;
      least = repeats;
      at = index;
    }
    const [earlier, later] = [this.main[at], this.main[at + 1]];
    if (earlier === undefined || later === undefined) return;
    earlier.through = later.through;
    later.merged = true;
    this.main.splice(at + 1, 1);
  }
}

/** The lanes of devices that yield: the one that has the fewest readings under way first, so that each comes on. */
export function yielding(lanes: readonly ReadingLane[]): readonly ReadingLane[] {
  return lanes.filter((lane) => lane.yielding).sort((one, other) => one.flights.length - other.flights.length);
}
