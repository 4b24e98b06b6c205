/** What the timing thread shares with the main one. */
export interface TimingMemory {
  /** A counter that grows with each order, so that who waits for it to change misses none; then `FIELDS` for each slot. */
  readonly orders: Int32Array;
  /** For each slot when to write, and when it was written, in milliseconds of the clock that all threads share. */
  readonly instants: Float64Array;
  /** For each slot what to write: `LONGEST_WRITE` bytes. */
  readonly bytes: Uint8Array;
}

/** Places in `orders`: how many before the first slot, how many in each, and which is which. */
export const FIELDS = Object.freeze({ before: 2, ready: 1, each: 3, state: 0, descriptor: 1, length: 2 });
/** Where a slot stands. The main thread arms it and calls it back; the timing thread takes it from there. */
export const STATES = Object.freeze({ idle: 0, armed: 1, writing: 2, done: 3, failed: 4 });
/** The longest frame of Modbus has 256 bytes, and a request of the other protocols is shorter than this too. */
export const LONGEST_WRITE = 512;

export interface LoopTools {
  /** Milliseconds of the clock that all threads share. */
  now(): number;
  /** @returns how many bytes the kernel took */
  write(descriptor: number, bytes: Uint8Array, from: number, length: number): number;
  /** Tells the main thread that a slot's bytes did not go out whole; with the operating system's name of the error. */
  failed(slot: number, code: string): void;
}

/** So late a sleep ends, in milliseconds, with the least timer slack: from there on the loop looks at the clock. */
const SPIN = 0.06;

/** The whole life of the timing thread: it sleeps until the next instant, writes, and sleeps again. Never returns. */
export function timingLoop({ orders, instants, bytes }: TimingMemory, tools: LoopTools): never {
  const slots = instants.length / 2;
  const take = (slot: number): void => {
    const base = FIELDS.before + slot * FIELDS.each;
    const state = base + FIELDS.state;
    // it may just have been called back
    if (Atomics.compareExchange(orders, state, STATES.armed, STATES.writing) !== STATES.armed) return;
    const length = Number(orders[base + FIELDS.length]);
    let code = '';
    try {
      const taken = tools.write(Number(orders[base + FIELDS.descriptor]), bytes, slot * LONGEST_WRITE, length);
      if (taken !== length) code = 'EAGAIN';
    } catch (thrown) {
      code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'EIO';
    }
    instants[slot * 2 + 1] = tools.now();
    Atomics.store(orders, state, code === '' ? STATES.done : STATES.failed);
    Atomics.notify(orders, state);
    if (code !== '') tools.failed(slot, code);
  };
  Atomics.store(orders, FIELDS.ready, 1);
  for (;;) {
    const seen = Atomics.load(orders, 0);
    let next = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < slots; slot += 1) {
      if (Atomics.load(orders, FIELDS.before + slot * FIELDS.each + FIELDS.state) !== STATES.armed) continue;
      const at = Number(instants[slot * 2]);
      if (at <= tools.now()) take(slot);
      else next = Math.min(next, at);
    }
    const rest = next - tools.now() - SPIN;
    if (rest > 0) Atomics.wait(orders, 0, seen, rest);
  }
}
