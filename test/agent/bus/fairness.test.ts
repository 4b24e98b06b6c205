import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bus } from '../../../agent/bus/bus.ts';
import type { PolledMember } from '../../../agent/bus/member.ts';
import type { DeviceEvents } from '../../../agent/device/events.ts';
import { PolledDevice } from '../../../agent/device/polled-device.ts';
import type { LineAccess } from '../../../agent/device/polling/line-access.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { type BusBudget, busBudget } from '../../../config/budget/budget.ts';
import { ask, type Dialogue, type Step } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { Point } from '../../../drivers/contract/reading.ts';
import { legOf } from '../../../drivers/contract/single.ts';
import { exchange, QUIET } from '../../support/exchange.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakePort } from '../../support/fake-port.ts';
import { PATIENCE_MS } from '../../support/patience.ts';

const TIMING = { baudRate: 10_000, characterMs: 1 };
const SPAN = 8_000;
const DAMAGED = 0xbb;
/** Of the sums of many fractions. */
const ROUNDING = 1e-6;
const never = new AbortController().signal;
/** A device's manner with a question: the share of its timeout until it answers, or no answer, or rubbish. */
type Manner = 'prompt' | 'slow' | 'silent' | 'damaged';

interface PlantDevice {
  readonly pollMs: number;
  /** Of each point its own period; one dialogue a point. */
  readonly points: readonly (number | undefined)[];
  readonly timeout: number;
  /** So many requests each dialogue takes, one after the other, with a rest after each. */
  readonly legs: number;
  /** The gap that it needs before it is asked again. */
  readonly minGapMs: number;
  /** One after the other, over and over. */
  readonly manners: readonly Manner[];
  /** So many callers read it by command without a pause. */
  readonly callers: number;
}

interface Setting {
  readonly gap: number;
  readonly commandBurst: number;
  readonly maxQueue: number;
  readonly maxWait: number;
  readonly devices: readonly PlantDevice[];
}

const period = fc.constantFrom(0, 100, 300, 700, 2000);
const manner = fc.constantFrom<Manner>('prompt', 'prompt', 'slow', 'silent', 'damaged');
const plantDevice: fc.Arbitrary<PlantDevice> = fc.record({
  pollMs: period,
  points: fc.array(fc.option(period, { nil: undefined, freq: 2 }), { minLength: 1, maxLength: 3 }),
  timeout: fc.integer({ min: 20, max: 250 }),
  legs: fc.constantFrom(1, 1, 1, 2, 3),
  minGapMs: fc.constantFrom(0, 0, 0, 30, 150),
  manners: fc.oneof(
    fc.array(manner, { minLength: 1, maxLength: 7 }),
    fc.constant<Manner[]>(['silent']),
    fc.constant<Manner[]>(['damaged']),
  ),
  callers: fc.constantFrom(0, 0, 0, 1, 3),
});
const setting: fc.Arbitrary<Setting> = fc.record({
  gap: fc.constantFrom(0, 0, 15),
  commandBurst: fc.integer({ min: 1, max: 4 }),
  maxQueue: fc.constantFrom(2, 4, 16),
  maxWait: fc.constantFrom(100, 2000),
  devices: fc.array(plantDevice, { minLength: 1, maxLength: 5 }),
});

/** How soon after the end of an exchange with it a device was asked again. */
interface Rest {
  readonly needed: number;
  readonly had: number;
}

interface Wait {
  readonly id: string;
  readonly waited: number;
  /** So many answers came meanwhile that nobody waited for any more: each begins the silence anew. */
  readonly stray: number;
}

/** Between two requests of a dialogue. */
const REST = milliseconds(3);

/** Reads a point in so many requests, the last of which brings it; the first that goes wrong ends it. */
function inLegs(unit: number, length: number, point: string, { timeout: given, legs }: PlantDevice): Dialogue {
  const timeout = milliseconds(given);
  const exchanges = Array.from({ length: legs }, (_, leg) =>
    exchange(unit, length, { timeout, lateWithin: timeout, signature: `${unit}/${length}/${leg}` }),
  );
  const step = (leg: number): Step => {
    const each = exchanges[leg];
    if (each === undefined) return { kind: 'end', samples: [{ point, value: 7 }] };
    return ask(each, (end) => {
      if (end.state === 'answered') {
        return leg + 1 === legs ? step(leg + 1) : { kind: 'rest', span: REST, next: () => step(leg + 1) };
      }
      return { kind: 'fail', fault: end.fault, consequence: end.consequence, repeat: 'whole' };
    });
  };
  const all = exchanges.map((each, leg) => ({ ...legOf(each), rest: leg + 1 === legs ? undefined : REST }));
  return { key: point, points: [point], cost: { usual: all, most: all }, begin: () => step(0) };
}

/** Of the question what a device is, which no point has. */
const IDENTITY = 9;
const IDENTIFIED_FOR = 300;

/** Asks what it is, and then the same once more for as long as it may. */
function identification(unit: number, { timeout: given }: PlantDevice): Dialogue {
  const timeout = milliseconds(given);
  const asked = exchange(unit, IDENTITY, { timeout, lateWithin: timeout, signature: `${unit}/${IDENTITY}` });
  const all = [legOf(asked)];
  const dialogue: Dialogue = {
    ...{ key: 'identity', points: [], cost: { usual: all, most: all } },
    begin: () =>
      ask(asked, (end) =>
        end.state === 'answered'
          ? { kind: 'end', samples: [], identity: { maker: 'Acme' }, further: dialogue }
          : { kind: 'fail', fault: end.fault, consequence: end.consequence, repeat: 'whole' },
      ),
  };
  return dialogue;
}

function deviceOf(unit: number, each: PlantDevice): PollDevice {
  const { points } = each;
  const dialogues = new Map(points.map((_, index) => [`p${index}`, inLegs(unit, index + 1, `p${index}`, each)]));
  return {
    kind: 'poll',
    points: points.map((pollMs, index): Point => ({ name: `p${index}`, type: 'number', writable: false, pollMs })),
    plan: (names) => names.flatMap((name) => dialogues.get(name) ?? []),
    write: () => [],
    identify: () => identification(unit, each),
  };
}

/** The real bus with real devices, on a port and a clock of ours. @returns the waits of devices that had answered, and how often each was read whole */
async function run({ gap, commandBurst, maxQueue, maxWait, devices }: Setting, patienceMs?: number) {
  const clock = new FakeClock();
  const ended = new AbortController();
  setMaxListeners(0, ended.signal);
  const asked = devices.map(() => 0);
  /** The device whose question leaves the queue now, and its lane. */
  let leaving: { id: string; lane: string } | undefined;
  /** The device whose poll last had something to ask. */
  let wanting: string | undefined;
  const due = new Map<string, { at: number; trusted: boolean }>();
  const waits: Wait[] = [];
  const rests: Rest[] = [];
  const asks: Wait[] = [];
  /** Of each device when its last answer came; when its polls asked last. */
  const answeredAt = devices.map(() => Number.NEGATIVE_INFINITY);
  const polledAt = devices.map(() => clock.now());
  /** It has been offline since its last question. */
  const offline = devices.map(() => false);
  let polling: string | undefined;
  let identified = 0;
  let requests = 0;
  const strays: number[] = [];
  const waitOf = (id: string, since: number): Wait => {
    const now = clock.now();
    return { id, waited: now - since, stray: strays.filter((at) => at >= since && at <= now).length };
  };
  const whole = devices.map(() => 0);
  const events: DeviceEvents = {
    samples(id, samples) {
      const index = Number(id.slice(1));
      if (samples.length === devices[index]?.points.length) whole[index] = (whole[index] ?? 0) + 1;
    },
    failed() {},
    availability() {},
  };

  const answer = async (unit: number, length: number, port: FakePort) => {
    const { manners = [], timeout = 0 } = devices[unit - 1] ?? {};
    const turn = asked[unit - 1] ?? 0;
    asked[unit - 1] = turn + 1;
    requests += 1;
    const request = requests;
    const how = manners[turn % manners.length];
    if (how === 'silent') return;
    const after = how === 'prompt' ? Math.min(timeout - 1, QUIET + 1 + length) : timeout - 1;
    await clock.sleep(milliseconds(2 + after), never);
    const frame = new Uint8Array(1 + length).fill(7);
    frame[0] = unit;
    if (how === 'damaged') frame[1] = DAMAGED;
    answeredAt[unit - 1] = clock.now();
    if (request !== requests) strays.push(clock.now());
    port.feed(frame);
  };
  const bus = new Bus({
    ...{ id: 'a', timing: TIMING, echo: false, gap: milliseconds(gap), maxQueue, commandBurst },
    ...{ maxWait: milliseconds(maxWait), maxRun: milliseconds(5000) },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(8000), clock, log: silentLog, random: () => 0 },
    createPort: () =>
      new FakePort({
        written([unit = 0, length = 0], port) {
          const begun = leaving;
          leaving = undefined;
          const isPoll = begun?.lane === 'poll' && length !== IDENTITY;
          if (length === IDENTITY) identified += 1;
          // inside a dialogue the device is not asked again: it goes on
          if (begun)
            rests.push({ needed: devices[unit - 1]?.minGapMs ?? 0, had: clock.now() - (answeredAt[unit - 1] ?? 0) });
          if (isPoll) notePoll(unit - 1);
          const since = isPoll ? due.get(begun.id) : undefined;
          if (begun !== undefined && since !== undefined) {
            due.delete(begun.id);
            if (since.trusted) waits.push(waitOf(begun.id, since.at));
          }
          void answer(unit, length, port);
        },
      }),
  });
  const lineOf = (id: string): LineAccess => {
    const lanes = new Map<unknown, string>();
    return {
      register(lane, own, readyAt) {
        const dialogues = bus.register(lane, own, readyAt);
        lanes.set(dialogues, lane);
        return dialogues;
      },
      ask(dialogues, inquiry, signal) {
        if (lanes.get(dialogues) === 'poll') wanting = id;
        const begins = () => {
          inquiry.begins?.();
          leaving = { id, lane: lanes.get(dialogues) ?? '' };
        };
        return bus.ask(dialogues, { ...inquiry, begins }, signal);
      },
      mayAskAt: (own, dialogue) => bus.mayAskAt(own, dialogue),
      cameLate: (own, dialogue) => bus.cameLate(own, dialogue),
      get strayAt() {
        return bus.strayAt;
      },
      wake: () => bus.wake(),
    };
  };
  const drivers = devices.map((each, index) => deviceOf(index + 1, each));
  const members = devices.map(({ pollMs, minGapMs: minGap }, index) => {
    const id = `d${index}`;
    const device = drivers[index] as PollDevice;
    const health = { offlineAfter: 3, probeMin: 1000, probeMax: 30_000 };
    const timeouts = { minTimeoutMs: 20 };
    const minGapMs = minGap > Math.max(gap, QUIET) ? minGap : 0;
    return new PolledDevice({
      ...{ id, bus: 'a', device, line: lineOf(id), clock, events, pollMs, minGapMs, health, timeouts },
      ...{ staleAfterMs: 60_000, allow: ['read'] },
      identifying:
        patienceMs === undefined
          ? undefined
          : { pace: { timing: TIMING, gapMs: Math.max(gap, QUIET) }, maxRunMs: 5000, patienceMs },
    });
  });
  for (const member of members) bus.add(watched(member));

  /**
   * Of a device that rests and always answers the time from one question of its polls to the next, without its period; of
   * one whose answers are damaged while it is not offline.
   */
  function notePoll(index: number): void {
    const { minGapMs: minGap = 0, manners = [], pollMs = 0, points = [] } = devices[index] ?? {};
    const idle = Math.min(...points.map((own) => own ?? pollMs));
    const since = Math.max(polledAt[index] ?? 0, clock.now() - SPAN);
    polledAt[index] = clock.now();
    const answersInTime = manners.every((each) => each === 'prompt' || each === 'damaged');
    if (minGap > 0 && answersInTime && !offline[index]) {
      const wait = waitOf(`d${index}`, since);
      asks.push({ ...wait, waited: wait.waited - idle });
    }
    offline[index] = false;
  }

  /**
   * Notes from when on a member waits for its poll. One that could not be sent waits on, unless it is due later now. One that
   * had nothing to ask had its turn: all that was due has stayed unanswered for so long that it is seldom tried.
   */
  function watched(member: PolledDevice): PolledMember {
    return {
      ...{ id: member.id, kind: 'poll', dueAt: () => member.dueAt(), freeAt: () => member.freeAt() },
      ...{ trust: () => member.trust(), cost: () => member.cost(), tick: (now) => member.tick(now) },
      ...{ wantsAside: (room) => member.wantsAside(room), aside: (room, signal) => member.aside(room, signal) },
      ...{ lineOpened: (now) => member.lineOpened(now), lineClosed: (fault) => member.lineClosed(fault) },
      async poll(signal) {
        const at = Math.min(due.get(member.id)?.at ?? Number.POSITIVE_INFINITY, member.dueAt());
        due.set(member.id, { at, trusted: member.trust() === 'trusted' });
        polling = member.id;
        wanting = undefined;
        const used = await member.poll(signal);
        polling = undefined;
        if (member.dueAt() > clock.now() || wanting !== member.id) due.delete(member.id);
        if (member.trust() === 'offline') offline[Number(member.id.slice(1))] = true;
        return used;
      },
    };
  }

  async function call(member: PolledDevice): Promise<void> {
    const names = member.points.map(({ name }) => name);
    for (let turn = 0; !ended.signal.aborted; turn++) {
      try {
        await member.read([names[turn % names.length] ?? ''], ended.signal);
      } catch {
        // the queue was full: places that became free meanwhile are filled soon, and not a thousand times a second
        await clock.sleep(milliseconds(5), ended.signal).catch(() => undefined);
      }
    }
  }

  await bus.start();
  const calls = members.flatMap((member, index) =>
    Array.from({ length: devices[index]?.callers ?? 0 }, () => call(member)),
  );
  await clock.advance(SPAN);
  for (const member of members) {
    // a member that is being polled waits only while its first question does
    const since = member.id === polling ? due.get(member.id)?.at : member.dueAt();
    const wait = waitOf(member.id, since ?? clock.now());
    if (member.trust() === 'trusted' && wait.waited > 0) waits.push(wait);
  }
  ended.abort();
  await bus.stop(never);
  await clock.advance(1000);
  await Promise.all(calls);
  const budget = busBudget(
    { timing: TIMING, gapMs: gap, commandBurst, maxWaitMs: maxWait },
    devices.map(({ pollMs, minGapMs, callers }, index) => {
      const commands = { read: callers > 0, write: false };
      return { id: `d${index}`, pollMs, minGapMs, device: drivers[index] as PollDevice, commands };
    }),
  );
  return { budget, waits, whole, rests, asks, identified };
}

/** Answers that nobody waits for any more are not in the budget: each costs the silence that had begun. */
function boundOf(budget: BusBudget, { id, stray }: Wait, gap: number): number {
  const known = budget.devices.find((device) => device.id === id)?.waitWithCommandsMs ?? 0;
  return known + stray * Math.max(gap, QUIET) + ROUNDING;
}

/** Its answers come late once they are waited for less than at first: it must rest from there. */
const LATE: Setting = {
  ...{ gap: 0, commandBurst: 1, maxQueue: 2, maxWait: 100 },
  devices: [
    { pollMs: 0, points: [undefined], timeout: 41, legs: 1, minGapMs: 0, manners: ['silent'], callers: 0 },
    { pollMs: 0, points: [700], timeout: 20, legs: 1, minGapMs: 0, manners: ['damaged', 'prompt'], callers: 0 },
    {
      ...{ pollMs: 0, points: [undefined], timeout: 49, legs: 1, minGapMs: 150, callers: 1 },
      manners: ['damaged', 'silent', 'damaged', 'slow', 'silent'],
    },
  ],
};

/** All of them rest, and answer nothing but rubbish: until they are offline they must have their turns like any other. */
const RUBBISH: Setting = {
  ...{ gap: 0, commandBurst: 1, maxQueue: 2, maxWait: 100 },
  devices: [
    { pollMs: 0, points: [undefined], timeout: 20, legs: 1, minGapMs: 150, manners: ['damaged'], callers: 0 },
    {
      pollMs: 0,
      points: [undefined, undefined],
      timeout: 156,
      legs: 1,
      minGapMs: 30,
      manners: ['damaged'],
      callers: 0,
    },
    { pollMs: 0, points: [undefined], timeout: 26, legs: 1, minGapMs: 150, manners: ['damaged'], callers: 0 },
  ],
};

describe('no device waits longer than the budget says', () => {
  it(
    'whatever the others do, and however many commands come',
    async () => {
      await fc.assert(
        fc.asyncProperty(setting, async (given) => {
          const { budget, waits, rests, asks } = await run(given);
          for (const wait of waits) expect(wait.waited).toBeLessThanOrEqual(boundOf(budget, wait, given.gap));
          for (const { needed, had } of rests) expect(had).toBeGreaterThanOrEqual(needed - ROUNDING);
          for (const ask of asks) {
            const held = budget.devices.find(({ id }) => id === ask.id)?.silentMs ?? 0;
            expect(ask.waited).toBeLessThanOrEqual(boundOf(budget, ask, given.gap) + held);
          }
        }),
        { numRuns: 50, examples: [[LATE], [RUBBISH]] },
      );
    },
    10 * PATIENCE_MS,
  );

  it('also while devices are asked what they are', async () => {
    let identified = 0;
    await fc.assert(
      fc.asyncProperty(setting, async (given) => {
        const asked = await run(given, IDENTIFIED_FOR);
        identified += asked.identified;
        for (const wait of asked.waits) expect(wait.waited).toBeLessThanOrEqual(boundOf(asked.budget, wait, given.gap));
        for (const { needed, had } of asked.rests) expect(had).toBeGreaterThanOrEqual(needed - ROUNDING);
      }),
      { numRuns: 30 },
    );
    expect(identified).toBeGreaterThan(0);
  });

  it('and comes close to it where the others are at their worst', async () => {
    const common = { points: [undefined], manners: ['prompt'], callers: 0, minGapMs: 0, legs: 1 } as const;
    const quiet: PlantDevice = { ...common, pollMs: 500, timeout: 50 };
    const bad: PlantDevice = {
      ...quiet,
      pollMs: 0,
      timeout: 200,
      manners: ['damaged', 'prompt', 'damaged', 'damaged'],
    };
    const line = { gap: 0, commandBurst: 2, maxQueue: 4, maxWait: 2000 };
    const { budget, waits } = await run({ ...line, devices: [quiet, bad, bad] });
    const longest = waits.filter(({ id }) => id === 'd0').reduce((most, { waited }) => Math.max(most, waited), 0);
    expect(longest).toBeGreaterThan(0.4 * (budget.devices[0]?.waitMs ?? 0));
  });

  it('while commands keep the queue full, and a burst of them takes longer than a command may wait', async () => {
    const points = [undefined, undefined, undefined];
    const polled: PlantDevice = {
      pollMs: 100,
      points,
      timeout: 20,
      legs: 1,
      minGapMs: 0,
      manners: ['prompt'],
      callers: 0,
    };
    const called: PlantDevice = { ...polled, points: [undefined], timeout: 60, manners: ['slow'], callers: 9 };
    const line = { gap: 0, commandBurst: 4, maxQueue: 4, maxWait: 100 };
    const { budget, waits, whole } = await run({ ...line, devices: [polled, called] });
    for (const wait of waits) expect(wait.waited).toBeLessThanOrEqual(boundOf(budget, wait, line.gap));
    // each of its turns is read to the end: the wait, and three questions with a burst before each
    const burst = 4 * (2 + 60 + 1 + QUIET);
    const turn = (budget.devices[0]?.waitWithCommandsMs ?? 0) + points.length * (burst + 30);
    expect(whole[0]).toBeGreaterThanOrEqual(Math.floor(SPAN / turn));
  });
});
