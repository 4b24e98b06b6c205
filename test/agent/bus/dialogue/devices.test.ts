import { describe, expect, it } from 'vitest';
import { Bus } from '../../../../agent/bus/bus.ts';
import type { DeviceEvents } from '../../../../agent/device/events.ts';
import { PolledDevice } from '../../../../agent/device/polled-device.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import { ask, type Dialogue, type Step } from '../../../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import type { Memory } from '../../../../drivers/contract/memory.ts';
import { legOf } from '../../../../drivers/contract/single.ts';
import { exchange } from '../../../support/exchange.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakePort } from '../../../support/fake-port.ts';

const never = new AbortController().signal;
const SELECT = exchange(1, 1);
const READ = exchange(2, 1);
const WRITE = exchange(3, 1);
const DAMAGED = 0xbb;
const REFUSED = 0xee;

/** The answers to each request in turn: the byte behind the unit; nothing: silence. The last one stays. */
type Says = Readonly<Record<number, readonly (number | undefined)[]>>;

/** A device that is selected before it is read or written, and counts its runs in its memory. */
function rig(says: Says = {}, changes: { idleClose?: number } = {}) {
  const clock = new FakeClock();
  const asked: number[] = [];
  const memories: (Memory | undefined)[] = [];
  const told: unknown[] = [];
  const turns = new Map<number, number>();
  const ports: FakePort[] = [];
  const bus = new Bus({
    ...{ id: 'a', timing: { baudRate: 10_000, characterMs: 1 }, echo: false, gap: milliseconds(0), maxQueue: 16 },
    ...{ maxWait: milliseconds(60_000), maxRun: milliseconds(5000), clock, log: silentLog, commandBurst: 4 },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(8000), random: () => 0 },
    ...(changes.idleClose && { idleClose: milliseconds(changes.idleClose) }),
    createPort: () => {
      const port = new FakePort({
        written([unit = 0], on) {
          asked.push(unit);
          const turn = turns.get(unit) ?? 0;
          turns.set(unit, turn + 1);
          const list = says[unit] ?? [7];
          const byte = list[Math.min(turn, list.length - 1)];
          if (byte !== undefined) on.feed(Uint8Array.of(unit, byte));
        },
      });
      ports.push(port);
      return port;
    },
  });
  const selected = (key: string, last: typeof READ, acts?: true): Dialogue => {
    const then = (end: Step): Step =>
      ask(last, (of) => (of.state === 'answered' ? end : { kind: 'fail', ...of, repeat: 'whole' }), acts);
    const legs = [legOf(SELECT), legOf(last)];
    return {
      ...{ key, points: ['value'], cost: { usual: legs, most: legs } },
      begin(memory) {
        memories.push(memory);
        const count = Number(memory?.count ?? 0) + 1;
        const end: Step = { kind: 'end', samples: acts ? [] : [{ point: 'value', value: 7 }], memory: { count } };
        return ask(SELECT, (of) => (of.state === 'answered' ? then(end) : { kind: 'fail', ...of, repeat: 'whole' }));
      },
    };
  };
  const device: PollDevice = {
    kind: 'poll',
    points: [{ name: 'value', type: 'number', writable: true }],
    plan: () => [selected('read', READ)],
    write: () => [selected('write', WRITE, true)],
  };
  const events: DeviceEvents = {
    samples: () => told.push('samples'),
    failed: (_, { code }) => told.push(code),
    availability: (_, online) => told.push(online),
  };
  const member = new PolledDevice({
    ...{ id: 'meter', bus: 'a', device, line: bus, clock, events, pollMs: 60_000, allow: ['read', 'write'] },
    ...{ health: { offlineAfter: 3, probeMin: 1000, probeMax: 30_000 }, timeouts: { minTimeoutMs: 100 } },
    staleAfterMs: 600_000,
  });
  bus.add(member);
  const write = async () => {
    const result = member.write(new Map([['value', 7]]), () => undefined, never);
    await clock.advance(10_000);
    return await result;
  };
  return { bus, clock, asked, memories, told, ports, member, write };
}

describe('a device that takes several steps', () => {
  it('remembers from one run to the next, be it a poll or a command, until the port opens anew', async () => {
    const { bus, clock, memories, ports, write } = rig();
    await bus.start();
    await clock.advance(1000);
    expect(await write()).toMatchObject({ outcome: 'verified' });
    expect(memories.at(-1)).toEqual({ count: 2 });
    ports[0]?.unplug();
    memories.length = 0;
    await clock.advance(5000);
    expect(ports).toHaveLength(2);
    expect(memories[0]).toBeUndefined();
    await bus.stop(never);
  });

  it('remembers nothing after a connection that was closed in order either', async () => {
    const { bus, clock, memories, ports } = rig({}, { idleClose: 5000 });
    await bus.start();
    await clock.advance(50_000);
    memories.length = 0;
    await clock.advance(20_000);
    expect(ports).toHaveLength(2);
    expect(memories[0]).toBeUndefined();
    await bus.stop(never);
  });

  it('is asked once more from the first step where an answer came damaged', async () => {
    const { bus, clock, asked, told } = rig({ 2: [DAMAGED, 7] });
    await bus.start();
    await clock.advance(1000);
    expect(asked).toEqual([1, 2, 1, 2]);
    expect(told).toEqual(['samples', true]);
    await bus.stop(never);
  });

  it.each([
    ['failed', 'before it acts, nobody answers', { 1: [7, undefined] }, 'device/silent'],
    ['failed', 'before it acts, an answer comes damaged', { 1: [7, DAMAGED] }, 'modbus/checksum'],
    ['failed', 'it refuses', { 3: [REFUSED] }, 'modbus/illegal-address'],
    ['unknown', 'nobody confirms', { 3: [undefined] }, 'device/silent'],
    ['unknown', 'the confirmation comes damaged', { 3: [DAMAGED] }, 'modbus/checksum'],
  ] as const)('has a write that is %s where %s, and is not asked again', async (outcome, _, says, code) => {
    const { bus, clock, asked, write } = rig(says);
    await bus.start();
    await clock.advance(1000);
    asked.length = 0;
    expect(await write()).toMatchObject({ outcome, fault: { code } });
    expect(asked.filter((unit) => unit === 3).length).toBeLessThanOrEqual(1);
    expect(asked.filter((unit) => unit === 1)).toHaveLength(1);
    await bus.stop(never);
  });

  it.each(['stops', 'is paused', 'loses its port'])(
    'leaves nothing open where the agent %s in the middle',
    async (how) => {
      const { bus, clock, member, ports } = rig({ 2: [undefined] });
      await bus.start();
      await clock.advance(20);
      if (how === 'is paused') member.pause();
      if (how === 'loses its port') ports[0]?.lose(new Fault('port/lost'));
      await clock.advance(how === 'stops' ? 0 : 30_000);
      expect(bus.stuckFor(clock.now())).toBe(0);
      await bus.stop(never);
      await clock.advance(0);
      expect(clock.pending).toBe(0);
    },
  );
});
