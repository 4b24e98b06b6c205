import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventRelay } from '../../../agent/app/event-relay.ts';
import { Bus } from '../../../agent/bus/bus.ts';
import { Supervisor } from '../../../agent/clock/supervisor.ts';
import type { DriverCall } from '../../../agent/device/driver-calls.ts';
import type { DeviceEvents } from '../../../agent/device/events.ts';
import { PolledDevice } from '../../../agent/device/polled-device.ts';
import { StreamingDevice } from '../../../agent/device/streaming-device.ts';
import { silentLog } from '../../../agent/log/log.ts';
import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice, StreamDevice } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { dialogue, exchange } from '../../support/exchange.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakePort } from '../../support/fake-port.ts';

const TIMING = { baudRate: 10_000, characterMs: 1 };
const PERIOD = 250;
const SPAN = 20_000;
const TIMEOUT = milliseconds(40);
const never = new AbortController().signal;

/** For each call of the driver in turn, over and over: whether it throws. Empty: never. */
type Whims = Readonly<Partial<Record<DriverCall, readonly boolean[]>>>;

const whim = fc.oneof(
  fc.constant<boolean[]>([]),
  fc.constant([true]),
  fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
);
const whims: fc.Arbitrary<Whims> = fc.record({
  ...{ plan: whim, split: whim, begin: whim, judge: whim, next: whim, write: whim, agrees: whim },
});
const streamWhims: fc.Arbitrary<Whims> = fc.record({ framer: whim, push: whim, decode: whim });

/** Throws what no contract allows, as its whims say. */
class Moods {
  readonly #whims: Whims;
  readonly #turns = new Map<DriverCall, number>();
  thrown = 0;

  constructor(given: Whims) {
    this.#whims = given;
  }

  may(call: DriverCall): void {
    const turn = this.#turns.get(call) ?? 0;
    this.#turns.set(call, turn + 1);
    const whim = this.#whims[call] ?? [];
    if (whim[turn % whim.length] !== true) return;
    this.thrown += 1;
    throw new TypeError('a mistake of the driver');
  }
}

function moody(unit: number, moods: Moods): PollDevice {
  const question = (points: readonly string[], splits: boolean): Dialogue => {
    const one = exchange(unit, points.length, { timeout: TIMEOUT, lateWithin: TIMEOUT });
    const judge: typeof one.judge = (received, ended) => {
      moods.may('judge');
      return one.judge(received, ended);
    };
    const plain = dialogue(unit, points.length, points, { ...one, judge }, { acts: true });
    return {
      ...plain,
      begin() {
        moods.may('begin');
        const step = plain.begin(undefined);
        if (step.kind !== 'ask') return step;
        return {
          ...step,
          next(end) {
            moods.may('next');
            return step.next(end);
          },
        };
      },
      split() {
        moods.may('split');
        return splits ? points.map((point) => question([point], false)) : [];
      },
    };
  };
  return {
    kind: 'poll',
    points: ['a', 'b'].map((name) => ({ name, type: 'number', writable: true })),
    plan(names) {
      moods.may('plan');
      return [question(names, true)];
    },
    write() {
      moods.may('write');
      return [question(['a'], false)];
    },
    agrees() {
      moods.may('agrees');
      return true;
    },
  };
}

interface Setting {
  readonly whims: Whims;
  readonly refuses: boolean;
  readonly pollMs: number;
}

/** A bus with a device whose driver throws, between two in order. @returns how often each of those was read */
async function polledBus({ whims: given, refuses, pollMs }: Setting) {
  const clock = new FakeClock();
  const supervisor = new Supervisor({ clock, log: silentLog });
  const moods = new Moods(given);
  const read = new Map<string, number>();
  const threw = new Set<DriverCall>();
  const relay = new EventRelay(supervisor);
  const counting: DeviceEvents = {
    samples: (id) => read.set(id, (read.get(id) ?? 0) + 1),
    failed: () => undefined,
    availability: () => undefined,
    threw: (_, call) => threw.add(call),
  };
  relay.to = { counting };
  const bus = new Bus({
    ...{ id: 'a', timing: TIMING, echo: false, gap: milliseconds(0), maxQueue: 8, commandBurst: 1 },
    ...{ maxWait: milliseconds(2000), maxRun: milliseconds(5000), clock, log: silentLog, random: () => 0 },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(8000), supervisor },
    createPort: () =>
      new FakePort({
        written([unit = 0, length = 0], port) {
          const refusal = refuses && unit === 2 && length > 1;
          const bytes = refusal ? [unit, 0xee] : [unit, ...new Array<number>(length).fill(7)];
          void clock.sleep(milliseconds(3 + length), never).then(() => port.feed(Uint8Array.from(bytes), 1));
        },
      }),
  });
  const members = [1, 2, 3].map((unit) => {
    const member = new PolledDevice({
      ...{ id: `d${unit}`, bus: 'a', line: bus, clock, events: relay, staleAfterMs: 60_000, allow: [] },
      ...{ device: moody(unit, unit === 2 ? moods : new Moods({})), pollMs: unit === 2 ? pollMs : PERIOD },
      health: { offlineAfter: 3, probeMin: 1000, probeMax: 30_000 },
      timeouts: { minTimeoutMs: 20 },
    });
    bus.add(member);
    return member;
  });
  await bus.start();
  const commands = (async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      const [, bad] = members;
      await bad?.readEach(['a', 'b'], never).catch(() => undefined);
      await bad?.write(new Map([['a', 7]]), () => undefined, never).catch(() => undefined);
      await clock.sleep(milliseconds(500), never);
    }
  })();
  await clock.advance(SPAN);
  const stuck = bus.stuckFor(clock.now()) + supervisor.stuckFor(clock.now());
  await bus.stop(never);
  await clock.advance(60_000);
  await commands;
  return { read, threw, stuck, moods, open: clock.pending };
}

/** A line on which one talks whose driver throws, and another whose driver does not. */
async function talkingBus(given: Whims) {
  const clock = new FakeClock();
  const moods = new Moods(given);
  const heard = new Map<string, number>();
  const talker = (mood: Moods): StreamDevice => ({
    kind: 'stream',
    points: [{ name: 'a', type: 'number', writable: false }],
    framer() {
      mood.may('framer');
      return {
        push(chunk, frame) {
          mood.may('push');
          frame(chunk);
        },
        discarded: 0,
      };
    },
    decode(frame) {
      mood.may('decode');
      return { samples: [{ point: 'a', value: frame[0] ?? 0 }] };
    },
  });
  const port = new FakePort();
  const bus = new Bus({
    ...{ id: 'a', timing: TIMING, echo: false, gap: milliseconds(0), maxQueue: 8, commandBurst: 1 },
    ...{ maxWait: milliseconds(2000), maxRun: milliseconds(5000), clock, log: silentLog, random: () => 0 },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(8000), createPort: () => port },
  });
  for (const [id, mood] of [
    ['bad', moods],
    ['good', new Moods({})],
  ] as const) {
    const events: DeviceEvents = {
      samples: (device) => heard.set(device, (heard.get(device) ?? 0) + 1),
      failed: () => undefined,
      availability: () => undefined,
    };
    const more = {
      stray: () => undefined,
      isClockSynchronized: () => false,
      staleAfterMs: 5000,
      maxReadingsPerS: 10,
      allow: [],
    };
    bus.add(new StreamingDevice({ id, bus: 'a', device: talker(mood), clock, events, ...more }));
  }
  await bus.start();
  await clock.advance(1);
  for (let frames = 0; frames < 20; frames += 1) {
    port.feed(Uint8Array.of(frames));
    await clock.advance(1000);
  }
  const isOpen = port.isOpen;
  await bus.stop(never);
  return { heard, isOpen, moods };
}

describe('a driver in which any call throws at any time harms its own device alone', () => {
  it('of those that are asked the others keep their periods, and nothing is stuck or left open', async () => {
    const setting = fc.record({ whims, refuses: fc.boolean(), pollMs: fc.constantFrom(0, 100, 1000) });
    await fc.assert(
      fc.asyncProperty(setting, async (given) => {
        const { read, threw, stuck, moods, open } = await polledBus(given);
        for (const good of ['d1', 'd3']) expect(read.get(good)).toBeGreaterThanOrEqual(SPAN / PERIOD - 4);
        expect(stuck).toBe(0);
        expect(open).toBe(0);
        expect(threw.size > 0).toBe(moods.thrown > 0);
      }),
      { numRuns: 60 },
    );
  });

  it('one that always throws is offline, and is asked no more often than one that is away', async () => {
    for (const call of ['plan', 'begin', 'judge', 'next'] as const) {
      const { read, moods } = await polledBus({ whims: { [call]: [true] }, refuses: false, pollMs: 0 });
      expect(read.get('d2')).toBeUndefined();
      // a look at each chunk and at the end; each half second a command asks as well
      expect(moods.thrown).toBeLessThan(200);
    }
  });

  it('of those that talk by themselves the others are heard, and the line stays open', async () => {
    await fc.assert(
      fc.asyncProperty(streamWhims, async (given) => {
        const { heard, isOpen, moods } = await talkingBus(given);
        expect(heard.get('good')).toBe(20);
        expect(isOpen).toBe(true);
        if (moods.thrown === 0) expect(heard.get('bad')).toBe(20);
      }),
      { numRuns: 60 },
    );
  });

  it('one whose framer could not be made is heard once it could', async () => {
    const { heard } = await talkingBus({ framer: [true, true, true, false, false, false, false, false, false] });
    expect(heard.get('bad')).toBeGreaterThan(10);
  });
});

describe('a listener that throws', () => {
  it('keeps nothing from the listeners after it, or from the device', () => {
    const relay = new EventRelay(new Supervisor({ clock: new FakeClock(), log: silentLog }));
    const fail = (): never => {
      throw new TypeError('x');
    };
    const heard: string[] = [];
    relay.to = {
      bad: { samples: fail, failed: fail, availability: fail, points: fail, threw: fail },
      good: {
        samples: (id) => heard.push(`samples ${id}`),
        failed: (id) => heard.push(`failed ${id}`),
        availability: (id) => heard.push(`availability ${id}`),
      },
    };
    relay.samples('d', []);
    relay.failed('d', new TypeError() as never);
    relay.availability('d', true);
    relay.points('d', { lost: [], back: [] });
    expect(heard).toEqual(['samples d', 'failed d', 'availability d']);
  });
});
