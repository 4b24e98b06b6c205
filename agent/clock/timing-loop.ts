import { FIELDS, inPhase, LONGEST_WRITE, PHASES, phaseOf, placeAt, type TimingMemory } from './timing-memory.ts';

export interface LoopTools {
  /** Milliseconds of the clock that all threads share. */
  now(): number;
  /** @returns how many bytes the kernel took */
  write(descriptor: number, bytes: Uint8Array, from: number, length: number): number;
  /** Tells the main thread that a place's bytes did not go out whole; with the operating system's name of the error. */
  failed(place: number, code: string): void;
}

/** So late a sleep ends, in milliseconds, with the least timer slack: from there on the loop looks at the clock. */
const SPIN = 0.06;

/** The whole life of the timing thread: it sleeps until the next instant, writes, and sleeps again. Never returns. */
export function timingLoop({ orders, instants, bytes }: TimingMemory, tools: LoopTools): never {
  const take = (place: number, armed: number): void => {
    const base = placeAt(place);
    const state = base + FIELDS.state;
    // it may just have been called back, and another order been put in its place, whose instant is another one
    if (Atomics.compareExchange(orders, state, armed, inPhase(armed, PHASES.writing)) !== armed) return;
    const length = Number(orders[base + FIELDS.length]);
    let code = '';
    try {
      const taken = tools.write(Number(orders[base + FIELDS.descriptor]), bytes, place * LONGEST_WRITE, length);
      if (taken !== length) code = 'EAGAIN';
    } catch (thrown) {
      code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'EIO';
    }
    instants[place * 2 + 1] = tools.now();
    // nobody else touches a place in this phase
    Atomics.store(orders, state, inPhase(armed, code === '' ? PHASES.done : PHASES.failed));
    Atomics.notify(orders, state);
    if (code !== '') tools.failed(place, code);
  };
  Atomics.store(orders, FIELDS.ready, 1);
  for (;;) {
    const seen = Atomics.load(orders, 0);
    let next = Number.POSITIVE_INFINITY;
    // of 128 places a gateway uses a few, and it wakes twice for each request
    const used = Atomics.load(orders, FIELDS.used);
    for (let place = 0; place < used; place += 1) {
      const state = Atomics.load(orders, placeAt(place) + FIELDS.state);
      if (phaseOf(state) !== PHASES.armed) continue;
      const at = Number(instants[place * 2]);
      if (at <= tools.now()) take(place, state);
      else next = Math.min(next, at);
    }
    const rest = next - tools.now() - SPIN;
    if (rest > 0) Atomics.wait(orders, 0, seen, rest);
  }
}
