import { describe, expect, it } from 'vitest';
import { contained, type DriverCall } from '../../../agent/device/contained.ts';
import type { Answer, Decoded, Exchange, Framer, PollDevice, StreamDevice } from '../../../drivers/contract/driver.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { exchange } from '../../support/exchange.ts';

const fail = (): never => {
  throw new TypeError('s3cret');
};
const THREW = expect.objectContaining({ code: 'driver/threw' });
const GOOD = Uint8Array.of(1, 7);

function polled(changes: Partial<PollDevice> = {}, question: Partial<Exchange> = {}) {
  const told: DriverCall[] = [];
  const device: PollDevice = {
    kind: 'poll',
    points: [{ name: 'p', type: 'number', writable: true }],
    plan: () => [{ ...exchange(1, 1, ['p']), ...question }],
    write: () => [exchange(1, 2)],
    ...changes,
  };
  return { told, device: contained(device, (call) => told.push(call)) };
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

  it('in answer may still judge the whole; at the end it is no answer', () => {
    let throws = true;
    const answer = (received: Uint8Array, ended: boolean): Answer =>
      throws ? fail() : exchange(1, 1, ['p']).answer(received, ended);
    const { device, told } = polled({}, { answer });
    const [asked] = device.plan(['p']);
    expect(asked?.answer(GOOD, false)).toEqual({ state: 'more' });
    expect(asked?.answer(GOOD, true)).toEqual({ state: 'failed', fault: THREW, answered: false, strays: [] });
    throws = false;
    expect(asked?.answer(GOOD, false)).toMatchObject({ state: 'done', samples: [{ point: 'p', value: 7 }] });
    expect(told).toEqual(['answer', 'answer']);
  });

  it('in split has no parts, and the parts that it makes are held in as well', () => {
    expect(polled({}, { split: fail }).device.plan(['p'])[0]?.split?.(new Fault('device/silent'))).toEqual([]);
    const part = { ...exchange(1, 1, ['p']), answer: fail };
    const [asked] = polled({}, { split: () => [part] }).device.plan(['p']);
    const [first] = asked?.split?.(new Fault('device/silent')) ?? [];
    expect(first?.answer(GOOD, false)).toEqual({ state: 'more' });
    expect(asked?.split?.(new Fault('device/silent'))[0]).toBe(first);
  });

  it('or gives what the contract does not know is treated the same', () => {
    const nothing = undefined as never;
    expect(() => polled({ plan: () => nothing }).device.plan(['p'])).toThrow(THREW);
    expect(() => polled({ plan: () => [nothing] }).device.plan(['p'])).toThrow(THREW);
    expect(() => polled({ agrees: () => nothing }).device.agrees?.('p', 1, 1)).toThrow(THREW);
    for (const given of [nothing, { state: 'odd' }, { state: 'done', samples: [] }, { state: 'more' }]) {
      const [asked] = polled({}, { answer: () => given as Answer }).device.plan(['p']);
      expect(asked?.answer(GOOD, true)).toMatchObject({ state: 'failed', fault: THREW });
    }
    expect(() => streaming({ framer: () => nothing }).device.framer()).toThrow(THREW);
    for (const given of [nothing, {}, { fault: 'text' }, { samples: [], memory: { text: 'x'.repeat(4096) } }]) {
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
