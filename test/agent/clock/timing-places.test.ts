import { afterEach, describe, expect, it, vi } from 'vitest';
import { timingLoop } from '../../../agent/clock/timing-loop.ts';
import {
  inPhase,
  LONGEST_WRITE,
  nextOrder,
  PHASES,
  phaseOf,
  placeAt,
  timingMemory,
} from '../../../agent/clock/timing-memory.ts';
import { SlotWriter } from '../../../agent/clock/timing-thread.ts';

afterEach(() => vi.restoreAllMocks());

const ACTIONS = ['send due', 'send later', 'call back'] as const;
type Action = (typeof ACTIONS)[number];

/** One request and its fate. */
interface Sent {
  readonly text: string;
  readonly isDue: boolean;
  calledBack: boolean;
  writes: number;
}

/** It is bound by its work, some seconds of it: on a machine with much else to do these are many. */
const LONG = 300_000;

const AT_REST = Symbol();
const FAR = 1e9;

/**
 * The real loop and the real writer in one thread: wherever the loop looks at the clock, writes or goes to sleep, the
 * main thread gets its turn, as `choose` says. The loop is at rest when nothing is armed and nothing more is asked.
 */
function run(choose: (count: number) => number, most: number): readonly Sent[] {
  const memory = timingMemory(2);
  const now = performance.now();
  const writer = new SlotWriter(memory, 0, 0, 7, { released: () => undefined, overdue: () => undefined });
  const sent: Sent[] = [];
  let left = most;
  const act = (action: Action): void => {
    left -= 1;
    const last = sent.at(-1);
    if (action === 'call back') {
      const isBack = writer.cancel();
      if (isBack && last !== undefined) last.calledBack = true;
      return;
    }
    // a send calls back what is still armed
    if (last !== undefined && writer.cancel()) last.calledBack = true;
    const isDue = action === 'send due';
    const text = `${sent.length}`.repeat(sent.length + 1);
    sent.push({ text, isDue, calledBack: false, writes: 0 });
    writer.send(Buffer.from(text, 'latin1'), isDue ? now : now + FAR);
    expect(writer.sentAt).toBeUndefined();
  };
  const turn = (): void => {
    while (left > 0) {
      const choice = choose(ACTIONS.length + 1);
      const action = ACTIONS[choice - 1];
      if (action === undefined) return;
      act(action);
    }
  };
  vi.spyOn(Atomics, 'wait').mockImplementation((...[orders, index, seen]) => {
    if (orders instanceof Int32Array && Number(Atomics.load(orders, index)) !== Number(seen)) return 'not-equal';
    const before = left;
    turn();
    if (left === before) throw AT_REST;
    return 'ok';
  });
  const written = (from: number, length: number): void => {
    const text = Buffer.from(memory.bytes.subarray(from, from + length)).toString('latin1');
    const request = sent.find((each) => each.text === text);
    if (request === undefined) throw new Error(`nobody asked for ${text}`);
    request.writes += 1;
    expect(request).toMatchObject({ calledBack: false, isDue: true, writes: 1 });
  };
  act('send due');
  try {
    timingLoop(memory, {
      now: () => {
        turn();
        return now;
      },
      write: (_descriptor, _bytes, from, length) => {
        turn();
        written(from, length);
        turn();
        return length;
      },
      failed: () => undefined,
    });
  } catch (thrown) {
    if (thrown !== AT_REST) throw thrown;
  }
  return sent;
}

/** Tries all choices there are, one after the other; gives how many ways there were. */
function explore(each: (choose: (count: number) => number) => void): number {
  let ways = 0;
  let path: { taken: number; count: number }[] = [];
  for (;;) {
    let depth = 0;
    each((count) => {
      path[depth] ??= { taken: 0, count };
      const choice = path[depth]?.taken ?? 0;
      depth += 1;
      return choice;
    });
    ways += 1;
    path = path.slice(0, depth);
    while (path.length > 0 && (path.at(-1)?.taken ?? 0) + 1 >= (path.at(-1)?.count ?? 0)) path.pop();
    const last = path.at(-1);
    if (last === undefined) return ways;
    last.taken += 1;
  }
}

describe('the two places of a writer', () => {
  it(
    'lose, double, mix and hurry no request, wherever the timing thread is held up',
    () => {
      const ways = explore((choose) => {
        for (const { text, isDue, calledBack, writes } of run(choose, 4)) {
          expect([text, writes]).toEqual([text, isDue && !calledBack ? 1 : 0]);
        }
      });
      expect(ways).toBeGreaterThan(1000);
    },
    LONG,
  );

  it(
    'hold for every order of the single steps of both threads',
    () => {
      let states = 0;
      for (const script of scripts(4)) states += everyOrder(script);
      expect(states).toBeGreaterThan(10_000);
    },
    LONG,
  );

  it('are given to nobody else while the thread does not come back from a write', () => {
    for (const phase of [PHASES.writing, PHASES.done]) {
      const memory = timingMemory(2);
      let isReleased = false;
      const released = () => {
        isReleased = true;
      };
      const writer = new SlotWriter(memory, 0, 0, 7, { released, overdue: () => undefined });
      memory.orders[placeAt(1)] = phase;
      writer.release();
      expect(isReleased).toBe(phase === PHASES.done);
    }
  });

  it('tell one order from the next also when the numbers have run out', () => {
    const last = inPhase(0x7f_ff_ff_ff, PHASES.done);
    expect(phaseOf(nextOrder(last))).toBe(PHASES.armed);
    expect(nextOrder(last)).not.toBe(inPhase(last, PHASES.armed));
    const memory = timingMemory(1);
    memory.orders[0] = nextOrder(last);
    expect(memory.orders[0]).toBe(nextOrder(last));
    expect(memory.bytes).toHaveLength(LONGEST_WRITE);
  });
});

/** The acts of the main thread: requests are due (`d`) or far ahead (`f`); `c` calls back; `a` awaits the answer to the last. */
type Script = string;

function scripts(length: number): readonly Script[] {
  let all: Script[] = ['d', 'f'];
  for (let at = 1; at < length; at += 1) all = all.flatMap((each) => ['d', 'f', 'c', 'a'].map((next) => each + next));
  // nobody answers what is not due
  return all.filter((each) => !/f[ca]*a/.test(each) && !/c[ca]*a/.test(each));
}

/** Everything that both threads see and know, by value: `m…` is the main thread's, `t…` the timing thread's. */
interface Model {
  readonly state: number[];
  readonly content: number[];
  readonly length: number[];
  readonly due: boolean[];
  counter: number;
  /** The requests that went out, by their numbers. */
  readonly out: number[];
  readonly back: number[];
  mOp: number;
  mStep: number;
  mPlace: number;
  mSeen: number;
  mSent: number;
  mLastDue: boolean;
  tStep: number;
  tPlace: number;
  tState: number;
  tCounter: number;
  tDue: boolean;
}

const START: Model = {
  ...{ state: [0, 0], content: [0, 0], length: [0, 0], due: [false, false], counter: 0, out: [], back: [] },
  ...{ mOp: 0, mStep: 0, mPlace: 0, mSeen: 0, mSent: 0, mLastDue: false },
  ...{ tStep: 0, tPlace: 0, tState: 0, tCounter: 0, tDue: false },
};

/** One memory access of the main thread; false where it has nothing to do or waits. The steps are those of `SlotWriter`. */
function mainStep(model: Model, script: Script): boolean {
  const op = script[model.mOp];
  const at = model.mPlace;
  const done = () => {
    model.mOp += 1;
    model.mStep = 0;
    return true;
  };
  if (op === undefined) return false;
  if (op === 'a') return model.out.includes(model.mSent) ? done() : false;
  switch (model.mStep) {
    case 0:
      model.mSeen = Number(model.state[at]);
      model.mStep = phaseOf(model.mSeen) === PHASES.armed ? 1 : 2;
      break;
    case 1:
      if (model.state[at] === model.mSeen) {
        model.state[at] = inPhase(model.mSeen, PHASES.idle);
        model.back.push(model.mSent);
      }
      model.mStep = 2;
      break;
    case 2:
      if (op === 'c') return done();
      if (phaseOf(Number(model.state[at])) === PHASES.writing) model.mPlace = 1 - at;
      model.mSent += 1;
      model.mStep = 3;
      break;
    case 3:
      model.content[at] = model.mSent;
      model.mStep = 4;
      break;
    case 4:
      model.length[at] = model.mSent;
      model.mStep = 5;
      break;
    case 5:
      model.due[at] = op === 'd';
      model.mStep = 6;
      break;
    case 6:
      model.state[at] = nextOrder(Number(model.state[at]));
      model.mStep = 7;
      break;
    default:
      model.counter += 1;
      return done();
  }
  return true;
}

/** One memory access of the timing thread; false while it sleeps. The steps are those of `timingLoop`. */
function threadStep(model: Model): boolean {
  const at = model.tPlace;
  const onward = () => {
    model.tPlace = 1 - at;
    model.tStep = at === 0 ? 1 : 7;
  };
  switch (model.tStep) {
    case 0:
      model.tCounter = model.counter;
      model.tStep = 1;
      break;
    case 1:
      model.tState = Number(model.state[at]);
      if (phaseOf(model.tState) === PHASES.armed) model.tStep = 2;
      else onward();
      break;
    case 2:
      model.tDue = model.due[at] === true;
      if (model.tDue) model.tStep = 3;
      else onward();
      break;
    case 3:
      if (model.state[at] === model.tState) {
        model.state[at] = inPhase(model.tState, PHASES.writing);
        model.tStep = 4;
      } else onward();
      break;
    case 4:
      expect(model.length[at]).toBe(model.content[at]);
      model.tStep = 5;
      break;
    case 5:
      expect(model.out).not.toContain(model.content[at]);
      expect(model.back).not.toContain(model.content[at]);
      expect(model.due[at]).toBe(true);
      model.out.push(Number(model.content[at]));
      model.tStep = 6;
      break;
    case 6:
      model.state[at] = inPhase(model.tState, PHASES.done);
      onward();
      break;
    default:
      if (model.counter === model.tCounter) return false;
      model.tStep = 0;
  }
  return true;
}

function copy(model: Model): Model {
  const { state, content, length, due, out, back } = model;
  const arrays = { state: [...state], content: [...content], length: [...length], due: [...due] };
  return { ...model, ...arrays, out: [...out], back: [...back] };
}

/** Walks through every state that the two can reach. @returns how many there are */
function everyOrder(script: Script): number {
  const seen = new Set<string>();
  const open: Model[] = [START];
  for (let from = open.pop(); from !== undefined; from = open.pop()) {
    let stuck = true;
    for (const step of [(model: Model) => mainStep(model, script), threadStep]) {
      const model = copy(from);
      if (!step(model)) continue;
      stuck = false;
      // numbers and lists of numbers, at fixed places
      const key = Object.values(model).join();
      if (!seen.has(key)) open.push(model);
      seen.add(key);
    }
    if (!stuck) continue;
    // both have come to rest: requests that were due and not called back are out, and nobody waits for one that never
    // comes
    expect([script, from.mOp]).toEqual([script, script.length]);
    const requests = [...script].filter((op) => 'df'.includes(op));
    const wanted = requests.flatMap((op, at) => (op === 'd' && !from.back.includes(at + 1) ? [at + 1] : []));
    expect([script, from.out]).toEqual([script, wanted]);
  }
  return seen.size;
}
