import { describe, expect, it } from 'vitest';
import { contained } from '../../../agent/device/contained.ts';
import type { DriverCall } from '../../../agent/device/driver-calls.ts';
import type { Dialogue, Exchange, Step, Verdict } from '../../../drivers/contract/dialogue.ts';
import type { Decoded, Framer, PollDevice, StreamDevice } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { exchangeOf } from '../../support/dialogue.ts';
import { dialogue, exchange } from '../../support/exchange.ts';

const fail = (): never => {
  throw new TypeError('s3cret');
};
const THREW = expect.objectContaining({ code: 'driver/threw' });
const GOOD = Uint8Array.of(1, 7);

function polled(changes: Partial<PollDevice> = {}, question: Partial<Dialogue> = {}) {
  const told: DriverCall[] = [];
  const device: PollDevice = {
    kind: 'poll',
    points: [{ name: 'p', type: 'number', writable: true }],
    plan: () => [{ ...dialogue(1, 1, ['p']), ...question }],
    write: () => [dialogue(1, 2)],
    ...changes,
  };
  return { told, device: contained(device, (call) => told.push(call)) };
}

const LEGS = dialogue(1, 1).cost.most;

/** A dialogue that goes on so. */
function nextOf(next: () => Step): Dialogue {
  const step = dialogue(1, 1).begin(undefined);
  return { ...dialogue(1, 1), begin: () => (step.kind === 'ask' ? { ...step, next } : step) };
}

/** Samples of which nothing could be made, or that would be written out as they are. */
const BAD_SAMPLES = [
  undefined,
  null,
  7,
  {},
  { point: 7, value: 1 },
  { point: 'p' },
  { point: 'p', value: {} },
  { point: 'p', value: 7n },
];

/** Steps that the contract does not know. */
function badSteps(): readonly unknown[] {
  const next = () => undefined;
  const asking = (changes: Partial<Exchange<Uint8Array>>) => ({ kind: 'ask', exchange: exchange(1, 1, changes), next });
  return [
    ...[undefined, null, 'ask', {}, { kind: 'odd' }, { kind: 'ask', next }, { kind: 'ask', exchange: exchange(1, 1) }],
    ...[Number.NaN, -1, 1e12, undefined].flatMap((span) => [
      { kind: 'rest', span, next },
      { kind: 'break', span, next },
    ]),
    ...[0, 49, 0.5, 5e6, Number.NaN].map((baudRate) => ({ kind: 'set-line', baudRate, next })),
    { kind: 'end' },
    ...BAD_SAMPLES.map((sample) => ({ kind: 'end', samples: [sample] })),
    { kind: 'end', samples: [], memory: { text: 'x'.repeat(4096) } },
    { kind: 'fail', fault: 'text', consequence: 'silent', repeat: 'never' },
    { kind: 'fail', fault: new Fault('device/silent'), consequence: 'odd', repeat: 'never' },
    asking({ request: new Uint8Array(513) }),
    asking({ answer: { usual: 1, most: 16_385 } }),
    asking({ quietBefore: milliseconds(1001) }),
    asking({ timeout: Number.NaN as never }),
    asking({ signature: 7 as never }),
    // only over a network
    asking({ further: [Uint8Array.of(1)] }),
  ];
}

function streaming(changes: Partial<StreamDevice>) {
  const told: DriverCall[] = [];
  const framer: Framer = { push: (chunk, frame) => frame(chunk), discarded: 0 };
  const device: StreamDevice = {
    ...{ kind: 'stream', points: [], framer: () => framer, decode: () => ({ samples: [] }) },
    ...changes,
  };
  return { told, device: contained(device, (call) => told.push(call)) };
}

describe('a driver that throws', () => {
  it('in plan, write, agrees or raw has thrown driver/threw, with the cause for its place', () => {
    for (const call of ['plan', 'write', 'agrees', 'raw'] as const) {
      const { device, told } = polled({ [call]: fail });
      const calls = {
        plan: () => device.plan(['p']),
        write: () => device.write(new Map()),
        agrees: () => device.agrees?.('p', 1, 1),
        raw: () => device.raw?.(['p']),
      };
      expect(calls[call]).toThrow(THREW);
      expect(calls[call]).toThrow(expect.objectContaining({ cause: expect.any(TypeError) }));
      expect(told).toEqual([call, call]);
    }
  });

  it('a fault that write or raw may throw is no mistake, and one of another call is', () => {
    const refuse = () => {
      throw new Fault('command/value');
    };
    const { device, told } = polled({ write: refuse, raw: refuse, plan: refuse });
    for (const call of [() => device.write(new Map()), () => device.raw?.([])]) {
      expect(call).toThrow(expect.objectContaining({ code: 'command/value' }));
    }
    expect(told).toEqual([]);
    expect(() => device.plan(['p'])).toThrow(THREW);
  });

  it('sends several requests only over a network, as many and as long as the contract lets it', () => {
    const asking = (further: readonly Uint8Array[], needs?: Dialogue['needs']) => {
      const made = { ...dialogue(1, 1, ['p'], { further }), ...(needs && { needs }) };
      const { device } = polled({ plan: () => [made] });
      return device.plan(['p'])[0]?.begin(undefined).kind;
    };
    const some = (count: number, length = 1) => Array.from({ length: count }, () => new Uint8Array(length));
    expect([asking(some(1)), asking(some(1), ['break'])]).toEqual(['fail', 'fail']);
    expect([asking(some(63), ['network']), asking(some(64), ['network'])]).toEqual(['ask', 'fail']);
    expect([asking(some(1, 512), ['network']), asking(some(1, 513), ['network'])]).toEqual(['ask', 'fail']);
  });

  it('makes no more requests due than there are', () => {
    for (const [due, told] of [
      [1, []],
      [2, ['judge']],
      [-1, ['judge']],
      [Number.NaN, ['judge']],
    ] as const) {
      const made = dialogue(1, 1, ['p'], { further: [Uint8Array.of(1)], judge: () => ({ state: 'more', due }) });
      const rig = polled({ plan: () => [{ ...made, needs: ['network'] }] });
      exchangeOf(rig.device.plan(['p'])[0]).judge(GOOD, false);
      expect(rig.told).toEqual(told);
    }
  });

  it('in judge may still judge the whole; at the end it is no answer', () => {
    let throws = true;
    const judge = (received: Uint8Array, ended: boolean) => (throws ? fail() : exchange(1, 1).judge(received, ended));
    const { device, told } = polled({ plan: () => [dialogue(1, 1, ['p'], { judge })] });
    const asked = exchangeOf(device.plan(['p'])[0]);
    expect(asked.judge(GOOD, false)).toEqual({ state: 'more' });
    const none = { state: 'failed', fault: THREW, consequence: 'silent', answered: false, strays: [] };
    expect(asked.judge(GOOD, true)).toEqual(none);
    throws = false;
    expect(asked.judge(GOOD, false)).toMatchObject({ state: 'done', result: Uint8Array.of(7) });
    expect(told).toEqual(['judge', 'judge']);
  });

  it('in begin or next has come to the end of its dialogue', () => {
    const { device, told } = polled({}, { begin: fail });
    const end = { kind: 'fail', fault: THREW, consequence: 'silent', repeat: 'never' };
    expect(device.plan(['p'])[0]?.begin(undefined)).toEqual(end);
    const [asked] = polled({ plan: () => [nextOf(fail)] }).device.plan(['p']);
    const step = asked?.begin(undefined);
    expect(step?.kind === 'ask' && step.next({ state: 'answered', result: GOOD })).toEqual(end);
    expect(told).toEqual(['begin']);
  });

  it('keeps each dialogue and each step that it makes once the same, so that others know them again', () => {
    const one = dialogue(1, 1, ['p']);
    const { device } = polled({ plan: () => [one] });
    const [[first], [again]] = [device.plan(['p']), device.plan(['p'])];
    expect(first).toBe(again);
    expect(first?.begin(undefined)).toBe(again?.begin(undefined));
  });

  it('in split has no parts, and the parts that it makes are held in as well', () => {
    expect(polled({}, { split: fail }).device.plan(['p'])[0]?.split?.(new Fault('device/silent'))).toEqual([]);
    const part = dialogue(1, 1, ['p'], { judge: fail });
    const [asked] = polled({}, { split: () => [part] }).device.plan(['p']);
    const [first] = asked?.split?.(new Fault('device/silent')) ?? [];
    expect(exchangeOf(first).judge(GOOD, false)).toEqual({ state: 'more' });
    expect(asked?.split?.(new Fault('device/silent'))[0]).toBe(first);
  });

  it('or gives what the contract does not know is treated the same', () => {
    const nothing = undefined as never;
    expect(() => polled({ plan: () => nothing }).device.plan(['p'])).toThrow(THREW);
    expect(() => polled({ plan: () => [nothing] }).device.plan(['p'])).toThrow(THREW);
    expect(() => polled({ agrees: () => nothing }).device.agrees?.('p', 1, 1)).toThrow(THREW);
    const strays: [] = [];
    const failed = { state: 'failed', strays, fault: new Fault('device/silent') };
    for (const given of [
      ...[nothing, { state: 'odd' }, { state: 'done', result: 1 }, { state: 'more' }],
      ...[-1, 0.5, Number.NaN, 3, undefined].map((used) => ({ state: 'done', result: 1, used, strays })),
      ...[
        { ...failed, consequence: 'odd' },
        { ...failed, fault: 'text', consequence: 'silent' },
        { ...failed, consequence: 'silent', strays: ['odd'] },
      ],
    ]) {
      const judge = () => given as Verdict<Uint8Array>;
      const { device } = polled({ plan: () => [dialogue(1, 1, ['p'], { judge })] });
      expect(exchangeOf(device.plan(['p'])[0]).judge(GOOD, true)).toMatchObject({ state: 'failed', fault: THREW });
    }
    for (const cost of [nothing, { usual: [], most: [] }, { usual: LEGS, most: new Array(257).fill(LEGS[0]) }]) {
      expect(() => polled({}, { cost }).device.plan(['p'])).toThrow(THREW);
    }
    for (const given of badSteps()) {
      const [asked] = polled({}, { begin: () => given as Step }).device.plan(['p']);
      expect(asked?.begin(undefined)).toMatchObject({ kind: 'fail', fault: THREW });
      const [later] = polled({ plan: () => [nextOf(() => given as Step)] }).device.plan(['p']);
      const step = later?.begin(undefined);
      expect(step?.kind === 'ask' && step.next({ state: 'answered', result: GOOD })).toMatchObject({ fault: THREW });
    }
    expect(() => streaming({ framer: () => nothing }).device.framer()).toThrow(THREW);
    for (const given of [
      ...[nothing, {}, { fault: 'text' }, { samples: [], memory: { text: 'x'.repeat(4096) } }],
      ...[{ fault: new Fault('device/silent') }, { fault: new Fault('device/silent'), stray: 'odd' }],
      ...BAD_SAMPLES.map((sample) => ({ samples: [sample] })),
    ]) {
      expect(() => streaming({ decode: () => given as Decoded }).device.decode(GOOD)).toThrow(THREW);
    }
  });

  it('in framer, push, its counters or decode keeps it to itself', () => {
    expect(() => streaming({ framer: fail }).device.framer()).toThrow(THREW);
    expect(() => streaming({ decode: fail }).device.decode(GOOD)).toThrow(THREW);
    const hostile = {
      push: fail,
      get discarded(): number {
        return fail();
      },
      get skipped(): number {
        return fail();
      },
    };
    const { device, told } = streaming({ framer: () => hostile });
    const framer = device.framer();
    expect(() => framer.push(GOOD, () => undefined)).toThrow(THREW);
    expect([framer.discarded, framer.skipped]).toEqual([0, 0]);
    expect(told).toEqual(['push']);
  });

  it('what our own side throws over a frame is not put down to it', () => {
    const { device, told } = streaming({});
    expect(() => device.framer().push(GOOD, fail)).toThrow(TypeError);
    expect(told).toEqual([]);
  });
});
