/** The memory that the timing thread shares with the main one. */
export interface TimingMemory {
  /**
   * A counter that grows with each order, so that the thread misses none while it goes to sleep; whether the thread is
   * there; how many places the thread looks at; then `FIELDS` for each place.
   */
  readonly orders: Int32Array;
  /** For each place when to write, and when it was written, in milliseconds of the clock that all threads share. */
  readonly instants: Float64Array;
  /** For each place what to write: `LONGEST_WRITE` bytes. */
  readonly bytes: Uint8Array;
}

/** Places in `orders`: how many before the first place, how many in each, and which is which. */
export const FIELDS = Object.freeze({ before: 3, ready: 1, used: 2, each: 3, state: 0, descriptor: 1, length: 2 });
/**
 * Where a place stands. The main thread makes it `armed`, and `idle` where it calls the order back. The timing thread
 * alone takes it to `writing`, and alone away from there.
 */
export const PHASES = Object.freeze({ idle: 0, armed: 1, writing: 2, done: 3, failed: 4 });
export type Phase = (typeof PHASES)[keyof typeof PHASES];
/** The longest frame of Modbus has 256 bytes, and a request of the other protocols is shorter than this too. */
export const LONGEST_WRITE = 512;

/** The lowest bits of a state are the phase, the others the number of the order. */
const PHASE_BITS = 7;
const ORDER = PHASE_BITS + 1;

export function phaseOf(state: number): number {
  return state & PHASE_BITS;
}

/** The same order in another phase. */
export function inPhase(state: number, phase: Phase): number {
  return (state & ~PHASE_BITS) | phase;
}

/** A new order in the place: its number differs from the one before, so that it is not taken for that one. */
export function nextOrder(state: number): number {
  return inPhase(((state & ~PHASE_BITS) + ORDER) | 0, PHASES.armed);
}

/** The index in `orders` of a place's first field. */
export function placeAt(place: number): number {
  return FIELDS.before + place * FIELDS.each;
}

export function timingMemory(places: number): TimingMemory {
  return {
    orders: new Int32Array(
      new SharedArrayBuffer((FIELDS.before + places * FIELDS.each) * Int32Array.BYTES_PER_ELEMENT),
    ),
    instants: new Float64Array(new SharedArrayBuffer(places * 2 * Float64Array.BYTES_PER_ELEMENT)),
    bytes: new Uint8Array(new SharedArrayBuffer(places * LONGEST_WRITE)),
  };
}
