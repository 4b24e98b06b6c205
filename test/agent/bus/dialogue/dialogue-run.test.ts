import { describe, expect, it } from 'vitest';
import { Bus, type BusOptions } from '../../../../agent/bus/bus.ts';
import type { Inquiry, Outcome } from '../../../../agent/bus/dialogue/inquiry.ts';
import { DeviceMemory } from '../../../../agent/device/memory.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { ask, type Dialogue, type DialogueCost, type Leg, type Step } from '../../../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../../drivers/contract/faults.ts';
import type { Memory } from '../../../../drivers/contract/memory.ts';
import { legOf } from '../../../../drivers/contract/single.ts';
import { dialogue, exchange } from '../../../support/exchange.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakePort, type FakePortOptions } from '../../../support/fake-port.ts';

const SLOW = 300;
const FAST = 9600;
const TIMING = { baudRate: SLOW, characterMs: 10_000 / SLOW };
const NONE = milliseconds(0);
const SPAN = milliseconds(20);
const END: Step = { kind: 'end', samples: [{ point: 'value', value: 7 }] };

/** A bus with one device on it, whose port answers each request at once, or as the test says. */
async function rig(port: FakePortOptions = {}, changes: Partial<BusOptions> = {}) {
  const never = new AbortController().signal;
  const clock = new FakeClock();
  const ports: FakePort[] = [];
  const bus = new Bus({
    ...{ id: 'a', timing: TIMING, echo: false, gap: NONE, maxQueue: 16, commandBurst: 4, random: () => 0 },
    ...{ maxWait: milliseconds(60_000), maxRun: milliseconds(5000), clock, log: silentLog },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(8000) },
    createPort: () => {
      const written = ([unit = 0, length = 0]: Uint8Array, on: FakePort) =>
        on.feed(new Uint8Array(1 + length).fill(7).fill(unit, 0, 1));
      const made = new FakePort({ written, ...port });
      ports.push(made);
      return made;
    },
    ...changes,
  });
  const memory = new DeviceMemory('meter');
  const other = new DeviceMemory('other');
  const dialogues = bus.register('command', memory);
  const others = bus.register('command', other);
  await bus.start();
  await clock.advance(1000);
  const run = (asked: Dialogue, more: Partial<Inquiry> = {}, signal = never): Promise<Outcome | Fault> =>
    bus.ask(dialogues, { dialogue: asked, ...more }, signal).catch((fault: Fault) => fault);
  const runOther = (asked: Dialogue) => bus.ask(others, { dialogue: asked }, never).catch((fault: Fault) => fault);
  const current = () => ports.at(-1) as FakePort;
  return { bus, clock, memory, other, run, runOther, ports, port: current };
}

/** Unless the test says more, a dialogue of these legs. */
function talk(begin: (memory: Memory | undefined) => Step, most: readonly Leg[], key = 'talk'): Dialogue {
  const cost: DialogueCost = { usual: most, most };
  return { key, points: ['value'], cost, begin };
}

const leg = (unit: number, length = 1, more: Partial<Leg> = {}): Leg => ({ ...legOf(exchange(unit, length)), ...more });
/** Asks one unit after the other. */
const inTurn = (units: readonly number[], last: Step = END): Step => {
  const [unit, ...rest] = units;
  if (unit === undefined) return last;
  return ask(exchange(unit, 1), (end) =>
    end.state === 'answered' ? inTurn(rest, last) : { kind: 'fail', ...end, repeat: 'whole' },
  );
};

describe('a dialogue', () => {
  it('is told the number of its run, which no other dialogue on the line has, however often it opens', async () => {
    const { clock, bus, run, runOther, port } = await rig({}, { random: () => 0.5 });
    const numbers: (number | undefined)[] = [];
    const numbered = talk(() => END, [leg(1)]);
    const noted: Dialogue = {
      ...numbered,
      begin: (_, number) => {
        numbers.push(number);
        return ask(exchange(1, 1), () => END);
      },
    };
    run(noted);
    runOther({ ...noted, key: 'else' });
    await clock.advance(1000);
    bus.reopen();
    await clock.advance(20_000);
    expect(port().isOpen).toBe(true);
    run(noted);
    await clock.advance(1000);
    const own = numbers.filter((number) => number !== undefined);
    expect(own).toEqual([32_769, 32_770, 32_771]);
  });

  it('that was called off does not give its number to the next one', async () => {
    const { clock, run } = await rig({ written: () => undefined });
    const numbers: (number | undefined)[] = [];
    const noted: Dialogue = {
      ...talk(() => END, [leg(1)]),
      begin: (_, number) => {
        if (number !== undefined) numbers.push(number);
        return ask({ ...exchange(1, 1), signature: undefined }, () => END);
      },
    };
    const stop = new AbortController();
    const first = run(noted, {}, stop.signal);
    await clock.advance(50);
    stop.abort();
    await first;
    run(noted);
    await clock.advance(50);
    expect(numbers).toEqual([1, 2]);
  });

  it('waits for the beginning of an answer no longer than its exchange says', async () => {
    const { clock, run } = await rig({ written: () => undefined });
    const asked = { ...exchange(1, 1), beginWithin: milliseconds(30) };
    const slow = talk(
      () => ask(asked, (end) => (end.state === 'failed' ? { kind: 'fail', ...end, repeat: 'never' } : END)),
      [leg(1)],
    );
    const from = clock.now();
    let at = 0;
    const ended = run(slow).then((outcome) => {
      at = clock.now();
      return outcome;
    });
    await clock.advance(500);
    expect(await ended).toMatchObject({ ok: false, fault: { code: 'device/silent' } });
    // two characters of the request, and the time of the exchange
    expect(at - from).toBeLessThan(2 * TIMING.characterMs + 30 + 20);
  });

  it('that an answer has begun in time gets all of its time', async () => {
    const { clock, run, port } = await rig({ written: () => undefined });
    const asked = { ...exchange(1, 2), beginWithin: milliseconds(30) };
    const slow = talk(
      () => ask(asked, (end) => (end.state === 'failed' ? { kind: 'fail', ...end, repeat: 'never' } : END)),
      [leg(1)],
    );
    const ended = run(slow);
    await clock.advance(2 * TIMING.characterMs + 10);
    port().feed(Uint8Array.of(1));
    await clock.advance(60);
    port().feed(Uint8Array.of(7, 7));
    await clock.advance(200);
    expect(await ended).toMatchObject({ ok: true });
  });

  it('has the line to itself from its first step to its last', async () => {
    const { clock, run, runOther, port } = await rig();
    const rest: Step = { kind: 'rest', span: SPAN, next: () => inTurn([3]) };
    const first = run(talk(() => inTurn([1, 2], rest), [leg(1), leg(2, 1, { rest: SPAN }), leg(3)]));
    const second = runOther(dialogue(9, 1, ['value']));
    await clock.advance(2000);
    expect([await first, await second]).toMatchObject([{ ok: true }, { ok: true }]);
    expect(port().written.map(([unit]) => unit)).toEqual([1, 2, 3, 9]);
  });

  it('keeps the gap and the silences of its protocols between its requests', async () => {
    const sent: number[] = [];
    const { clock, run } = await rig(
      { writing: () => void sent.push(clock.now()) },
      { gap: milliseconds(30), timing: { baudRate: 10_000, characterMs: 1 } },
    );
    const outcome = run(talk(() => inTurn([1, 2]), [leg(1), leg(2)]));
    await clock.advance(500);
    expect(await outcome).toMatchObject({ ok: true });
    expect((sent[1] ?? 0) - (sent[0] ?? 0)).toBeGreaterThanOrEqual(30);
  });

  it('goes on with what came behind an answer, where the next part is not asked for, and only there', async () => {
    const written = (_: Uint8Array, on: FakePort) => on.feed(Uint8Array.of(1, 7, 2, 8));
    const { bus, clock, run } = await rig({ written });
    const part = exchange(2, 1, { request: new Uint8Array(0) });
    const values: number[] = [];
    const begin = () =>
      ask(exchange(1, 1), () =>
        ask(part, (end) => {
          if (end.state === 'answered') values.push(...end.result);
          return END;
        }),
      );
    const whole = run(talk(begin, [leg(1), legOf(part)]));
    await clock.advance(2000);
    expect(await whole).toMatchObject({ ok: true });
    expect(values).toEqual([8]);
    expect(bus.snapshot()).toMatchObject({ exchanges: 1, noise: 0 });
    const cut = run(dialogue(1, 1, ['value']));
    await clock.advance(2000);
    expect(await cut).toMatchObject({ ok: true });
    expect(bus.snapshot()).toMatchObject({ noise: 1 });
  });

  it.each([
    ['behind an echo', [3, 1], 0],
    ['on a line without echo', [], 0],
    ['at another speed', [], FAST],
  ])(
    'goes on with what was quicker than this machine after a request that nobody answers, %s',
    async (_, echo, baudRate) => {
      const { bus, clock, run, port } = await rig({
        written: ([unit], on) => unit === 3 && on.feed(Uint8Array.of(...echo)),
        controlling: (what) => {
          if (what === FAST) port().feed(Uint8Array.of(8));
          return undefined;
        },
      });
      const wake = exchange(3, 1, { answer: { usual: 0, most: 0 }, judge: () => DONE });
      const part = exchange(2, 1, { request: new Uint8Array(0) });
      const values: number[] = [];
      const next = () =>
        ask(part, (end) => {
          if (end.state === 'answered') values.push(...end.result);
          return END;
        });
      const talking = talk(
        () => ask(wake, () => (baudRate === 0 ? next() : { kind: 'set-line', baudRate, next })),
        [legOf(wake), legOf(part)],
      );
      const outcome = run(talking);
      await clock.advance(TIMING.characterMs);
      port().feed(Uint8Array.of(2));
      if (baudRate === 0) port().feed(Uint8Array.of(8));
      await clock.advance(2000);
      expect(await outcome).toMatchObject({ ok: true });
      expect(values).toEqual([8]);
      expect(bus.snapshot()).toMatchObject({ noise: 0 });
    },
  );

  it('takes what was quicker for noise where something else is asked next', async () => {
    const { bus, clock, run, port } = await rig({ written: () => undefined });
    const wake = exchange(3, 1, { answer: { usual: 0, most: 0 }, judge: () => DONE });
    const outcome = run(talk(() => ask(wake, () => inTurn([1])), [legOf(wake), leg(1)]));
    await clock.advance(TIMING.characterMs);
    port().feed(Uint8Array.of(1, 7));
    await clock.advance(2000);
    expect(await outcome).toMatchObject({ ok: false });
    expect(bus.snapshot()).toMatchObject({ noise: 1 });
  });

  it('counts the pause behind what was quicker from when the answer is awaited', async () => {
    const { clock, run, port } = await rig({ written: () => undefined });
    const wake = exchange(3, 1, { answer: { usual: 0, most: 0 }, judge: () => DONE });
    const part = exchange(2, 1, { request: new Uint8Array(0), idle: SPAN });
    const begin = () =>
      ask(wake, () => ask(part, (end) => (end.state === 'answered' ? END : { kind: 'fail', ...end, repeat: 'never' })));
    const outcome = run(talk(begin, [legOf(wake), legOf(part)]));
    // noise, long before the answer
    port().feed(Uint8Array.of(9));
    await clock.advance(2 * TIMING.characterMs + 100 + SPAN - 5);
    port().feed(Uint8Array.of(2, 7));
    await clock.advance(200);
    expect(await outcome).toMatchObject({ ok: true });
  });

  it('ends an answer by the pause behind it, where its exchange says so', async () => {
    const { clock, run, port } = await rig({ written: () => undefined });
    const idle = exchange(1, 9, {
      idle: SPAN,
      judge: (received, ended) =>
        ended ? { state: 'done', result: received.slice(), used: received.length, strays: [] } : { state: 'more' },
    });
    let length = 0;
    const begin = () =>
      ask(idle, (end) => {
        if (end.state === 'answered') length = end.result.length;
        return END;
      });
    const outcome = run(talk(begin, [legOf(idle)]));
    await clock.advance(70);
    port().feed(Uint8Array.of(1, 2));
    await clock.advance(SPAN - 2);
    port().feed(Uint8Array.of(3));
    await clock.advance(SPAN - 2);
    expect(length).toBe(0);
    await clock.advance(4);
    expect(await outcome).toMatchObject({ ok: true });
    expect(length).toBe(3);
  });

  it('waits its time where nobody answers, and takes nothing that comes then for an answer', async () => {
    const { bus, clock, run, port } = await rig({ written: () => undefined });
    const wake = exchange(1, 1, { answer: { usual: 0, most: 0 }, judge: () => DONE });
    let over = false;
    const outcome = run(talk(() => ask(wake, () => END), [legOf(wake)])).finally(() => {
      over = true;
    });
    await clock.advance(2 * TIMING.characterMs + 90);
    port().feed(Uint8Array.of(1, 7));
    expect(over).toBe(false);
    await clock.advance(20);
    expect(await outcome).toMatchObject({ ok: true });
    expect(bus.snapshot().timeouts).toBe(0);
  });

  it('is told when it has the line, and before the first step after which the device may have acted', async () => {
    const { clock, run } = await rig({ written: ([unit = 0], on) => unit < 3 && on.feed(Uint8Array.of(unit, 7)) });
    const told: string[] = [];
    const begin = () =>
      ask(exchange(1, 1), () => {
        told.push('first answered');
        return ask(exchange(3, 1), (end) => ({ kind: 'fail', ...FAILED, ...end, repeat: 'never' }), true);
      });
    const listening = { begins: () => void told.push('begins'), acts: () => void told.push('acts') };
    const outcome = run(talk(begin, [leg(1), leg(3)]), listening);
    await clock.advance(2000);
    expect(await outcome).toMatchObject({ ok: false, acted: true, consequence: 'silent', answered: false });
    expect(told).toEqual(['begins', 'first answered', 'acts']);
  });
});

const DONE = { state: 'done', result: new Uint8Array(0), used: 0, strays: [] } as const;
const FAILED = { fault: new Fault('device/silent'), consequence: 'silent' } as const;

describe('what a dialogue remembers', () => {
  const counting = (memory: Memory | undefined, then: (step: Step) => Step = (step) => step): Step =>
    ask(exchange(1, 1), (end) =>
      end.state === 'answered'
        ? then({ ...END, memory: { count: Number(memory?.count ?? 0) + 1 } })
        : { kind: 'fail', fault: end.fault, consequence: end.consequence, repeat: 'never', memory: { count: -1 } },
    );

  it('is what its last run left, also where that failed', async () => {
    let answers = true;
    const written = (_: Uint8Array, on: FakePort) => void (answers && on.feed(Uint8Array.of(1, 7)));
    const { clock, run, memory } = await rig({ written });
    for (let n = 0; n < 3; n++) {
      const outcome = run(talk((before) => counting(before), [leg(1)]));
      await clock.advance(1000);
      expect(await outcome).toMatchObject({ ok: true });
    }
    expect(memory.memory).toEqual({ count: 3 });
    answers = false;
    const silent = run(talk((before) => counting(before), [leg(1)]));
    await clock.advance(1000);
    expect(await silent).toMatchObject({ ok: false });
    expect(memory.memory).toEqual({ count: -1 });
  });

  it.each([
    ['the caller gives up', (stop: AbortController) => stop.abort()],
    ['the port goes', (_: AbortController, port: FakePort) => port.unplug()],
  ])('is dropped where %s in the middle of it', async (_, cut) => {
    const { clock, run, memory, port } = await rig({ written: () => undefined });
    memory.keep({ count: 7 });
    const stop = new AbortController();
    const outcome = run(
      talk((before) => counting(before), [leg(1)]),
      {},
      stop.signal,
    );
    await clock.advance(70);
    cut(stop, port());
    await clock.advance(10);
    expect(await outcome).toBeInstanceOf(Fault);
    expect(memory.memory).toBeUndefined();
  });

  it('stays where nothing was sent', async () => {
    const { clock, run, memory } = await rig();
    memory.keep({ count: 7 });
    const refuse = () => {
      throw new Fault('command/expired');
    };
    const outcome = run(
      talk((before) => counting(before), [leg(1)]),
      { begins: refuse },
    );
    await clock.advance(100);
    expect(await outcome).toMatchObject({ code: 'command/expired' });
    expect(memory.memory).toEqual({ count: 7 });
  });
});

describe('a dialogue that takes more than it has said', () => {
  const twice = () => inTurn([1, 2]);
  const resting = (span: number): Step => ({ kind: 'rest', span: milliseconds(span), next: () => END });
  const spinning = (): Step => ({ kind: 'rest', span: NONE, next: spinning });
  const eager = exchange(1, 1, { quietBefore: milliseconds(5) });

  it.each([
    ['more requests', twice, [leg(1)]],
    ['a longer timeout', () => inTurn([1]), [leg(1, 1, { timeout: milliseconds(99) })]],
    ['a longer request', () => inTurn([1]), [leg(1, 1, { request: 1 })]],
    ['a longer silence', () => ask(eager, () => END), [leg(1)]],
    ['a longer rest', () => inTurn([1], resting(21)), [leg(1, 1, { rest: SPAN })]],
    ['steps without end', spinning, [leg(1)]],
    ['the speed that it said', () => inTurn([1]), [leg(1, 1, { baudRate: FAST })]],
  ])('by %s is ended, and the next device has the line', async (_, begin, most) => {
    const { clock, run, runOther, port, memory } = await rig();
    memory.keep({ count: 1 });
    const bad = run(talk(begin, most));
    const good = runOther(dialogue(9, 1, ['value']));
    await clock.advance(3000);
    expect(await bad).toMatchObject({ ok: false, fault: { code: 'driver/cost' }, answered: false });
    expect(await good).toMatchObject({ ok: true });
    expect(port().written.length).toBeLessThanOrEqual(2);
  });

  it('is not one that pays with its legs in another order, or leaves some out', async () => {
    const { clock, run } = await rig();
    const most = [leg(1, 1, { timeout: milliseconds(100) }), leg(1, 1, { timeout: milliseconds(900) }), leg(1)];
    const long = exchange(2, 1, { timeout: milliseconds(800) });
    const outcome = run(talk(() => ask(long, () => inTurn([1])), most));
    await clock.advance(3000);
    expect(await outcome).toMatchObject({ ok: true });
  });
});

describe('an old answer that could still come', () => {
  it('keeps another dialogue from beginning whose first request looks the same, and one from going on', async () => {
    let silent = true;
    const written = ([unit = 0]: Uint8Array, on: FakePort) =>
      void (!(silent && unit === 2) && on.feed(Uint8Array.of(unit, 7)));
    const { clock, bus, run, runOther, port, other } = await rig({ written });
    const lost = run(dialogue(2, 1));
    await clock.advance(500);
    expect(await lost).toMatchObject({ ok: false, consequence: 'silent', lateWithin: 2000 });
    silent = false;
    const same = dialogue(2, 1, ['value']);
    expect(bus.mayAskAt(other, same)).toBeGreaterThan(clock.now());
    const early = runOther(same);
    await clock.advance(100);
    expect(await early).toMatchObject({ code: 'bus/answer-pending' });
    const later = talk(() => inTurn([1, 2]), [leg(1), leg(2)]);
    expect(bus.mayAskAt(other, later)).toBe(clock.now());
    const cut = runOther(later);
    await clock.advance(500);
    expect(await cut).toMatchObject({ code: 'bus/answer-pending', facts: { started: true } });
    expect(port().written.map(([unit]) => unit)).toEqual([2, 1]);
    const at = bus.mayAskAt(other, later);
    expect(at).toBeGreaterThan(clock.now());
    await clock.advance(at - clock.now() + 1);
    const again = runOther(later);
    await clock.advance(500);
    expect(await again).toMatchObject({ ok: true });
  });

  it('leaves it open what became of a write that has to stop in the middle', async () => {
    const { clock, run, runOther } = await rig({
      written: ([unit = 0], on) => unit === 1 && on.feed(Uint8Array.of(1, 7)),
    });
    void run(dialogue(2, 1));
    await clock.advance(500);
    const begin = () => ask(exchange(1, 1), () => inTurn([2]), true);
    const outcome = runOther(talk(begin, [leg(1), leg(2)]));
    await clock.advance(500);
    expect(await outcome).toMatchObject({ ok: false, acted: true, fault: { code: 'bus/answer-pending' } });
  });
});

describe('a dialogue that changes the line', () => {
  const quick = (then: Step): Step => ({ kind: 'set-line', baudRate: FAST, next: () => then });
  const broken = (then: Step): Step => ({ kind: 'break', span: SPAN, next: () => then });
  const tty = { controlling: () => undefined };
  const cost = [leg(1), leg(2, 1, { baudRate: FAST, rest: SPAN })];

  it('has the speed from that step on, and the line has its own again afterwards', async () => {
    const { clock, run, port, runOther } = await rig(tty);
    const outcome = run(talk(() => inTurn([1], quick(inTurn([2]))), cost));
    await clock.advance(1000);
    expect(await outcome).toMatchObject({ ok: true });
    expect(port().done).toEqual(['write', FAST, 'write', SLOW]);
    const next = runOther(dialogue(9, 1));
    await clock.advance(1000);
    expect(await next).toMatchObject({ ok: true });
  });

  it('holds the break for its time', async () => {
    const at: number[] = [];
    const { clock, run, port } = await rig({ controlling: () => void at.push(clock.now()) });
    const outcome = run(talk(() => broken(inTurn([1])), cost));
    await clock.advance(1000);
    expect(await outcome).toMatchObject({ ok: true });
    expect(port().done).toEqual(['break', 'end of break', 'write']);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBe(SPAN);
  });

  it.each([
    ['it fails', (_: AbortController) => undefined],
    ['the caller gives up', (stop: AbortController) => stop.abort()],
  ])('gives it back where %s', async (_, cut) => {
    const { clock, run, port } = await rig({ ...tty, written: () => undefined });
    const stop = new AbortController();
    const outcome = run(
      talk(() => quick(inTurn([2])), cost),
      {},
      stop.signal,
    );
    await clock.advance(50);
    expect(port().done).toEqual([FAST, 'write']);
    cut(stop);
    await clock.advance(1000);
    await outcome;
    expect(port().done).toEqual([FAST, 'write', SLOW]);
    expect(port().isOpen).toBe(true);
  });

  it('ends the break where the caller gives up in it', async () => {
    const { clock, run, port } = await rig(tty);
    const stop = new AbortController();
    const outcome = run(
      talk(() => broken(END), cost),
      {},
      stop.signal,
    );
    await clock.advance(5);
    stop.abort();
    await clock.advance(1);
    expect(await outcome).toMatchObject({ code: 'internal/cancelled' });
    expect(port().done).toEqual(['break', 'end of break']);
  });

  it.each(['refuses', 'hangs'])('opens the port anew where that %s to go back', async (how) => {
    const back = () => (how === 'hangs' ? new Promise<undefined>(() => undefined) : ('port/failed' as const));
    const { bus, clock, run, ports } = await rig({ controlling: (what) => (what === SLOW ? back() : undefined) });
    const outcome = run(talk(() => quick(inTurn([2])), cost));
    await clock.advance(2000);
    expect(await outcome).toMatchObject({ ok: true });
    expect(ports).toHaveLength(2);
    expect(ports[0]?.isOpen).toBe(false);
    expect(bus.snapshot()).toMatchObject({ open: true, overruns: 0 });
  });

  const unable = (): FaultCode => 'port/unsupported';
  it.each<[FaultCode, FakePortOptions, Step]>([
    ['port/no-control', {}, quick(END)],
    ['port/no-control', {}, broken(END)],
    ['port/unsupported', { controlling: unable }, quick(END)],
    ['port/unsupported', { controlling: unable }, broken(END)],
  ])('is a fault of its device alone where the port can not (%s)', async (code, options, step) => {
    const { clock, run, runOther, ports } = await rig(options);
    const outcome = run(talk(() => step, cost));
    const next = runOther(dialogue(9, 1));
    await clock.advance(2000);
    expect(await outcome).toMatchObject({ ok: false, fault: { code }, acted: false });
    if (code === 'port/no-control') {
      expect(await next).toMatchObject({ ok: true });
      expect(ports).toHaveLength(1);
    }
  });

  it('is told to stop where it takes too long, and still gives the line back', async () => {
    const long = exchange(2, 1, { timeout: milliseconds(60_000) });
    const { bus, clock, run, port, ports } = await rig({ ...tty, written: () => undefined });
    const outcome = run(talk(() => quick(ask(long, () => END)), [{ ...legOf(long), baudRate: FAST }]));
    await clock.advance(6000);
    expect(await outcome).toMatchObject({ code: 'throttle/ran-too-long' });
    expect(port().done).toEqual([FAST, 'write', SLOW]);
    expect(ports).toHaveLength(1);
    expect(bus.snapshot()).toMatchObject({ overruns: 1 });
    await bus.stop(new AbortController().signal);
    expect(clock.pending).toBe(0);
  });
});
