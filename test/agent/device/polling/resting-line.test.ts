import { describe, expect, it } from 'vitest';
import { Bus } from '../../../../agent/bus/bus.ts';
import type { DeviceEvents } from '../../../../agent/device/events.ts';
import { PolledDevice } from '../../../../agent/device/polled-device.ts';
import { silentLog } from '../../../../agent/log/log.ts';
import type { PollDevice } from '../../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { dialogue } from '../../../support/exchange.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakePort } from '../../../support/fake-port.ts';

const REST = 200;
const never = new AbortController().signal;

interface Asked {
  readonly unit: number;
  readonly length: number;
  readonly at: number;
}

/** Unit 1 must rest and has three questions, of the lengths 1 to 3; unit 2 has one, as often as it can. */
function rig(answers: (asked: Asked) => number | undefined = ({ unit }) => 40 + unit, after = 0) {
  const clock = new FakeClock();
  const asked: Asked[] = [];
  const told: (readonly [device: string, what: string, detail?: unknown])[] = [];
  let port = new FakePort();
  const bus = new Bus({
    ...{ id: 'a', timing: { baudRate: 10_000, characterMs: 1 }, echo: false, gap: milliseconds(0), maxQueue: 16 },
    ...{ maxWait: milliseconds(2000), maxRun: milliseconds(5000), commandBurst: 4, random: () => 0 },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(8000), clock, log: silentLog },
    createPort: () => {
      port = new FakePort({
        written([unit = 0, length = 0], current) {
          const one = { unit, length, at: clock.now() };
          asked.push(one);
          const value = answers(one);
          const answer = () => current.feed(new Uint8Array(1 + length).fill(value ?? 0).fill(unit, 0, 1));
          if (value !== undefined && after === 0) answer();
          else if (value !== undefined) clock.at(clock.now() + after, answer);
        },
      });
      return port;
    },
  });
  const events: DeviceEvents = {
    samples: (device, samples) => told.push([device, 'samples', samples.map(({ value }) => value)]),
    failed: (device, { code }) => told.push([device, 'failed', code]),
    availability: (device, online) => told.push([device, online ? 'online' : 'offline']),
  };
  const add = (id: string, unit: number, lengths: readonly number[], pollMs: number, minGapMs?: number) => {
    const device: PollDevice = {
      kind: 'poll',
      points: lengths.map((length) => ({ name: `p${length}`, type: 'number', writable: true })),
      plan: (names) => names.map((name) => dialogue(unit, Number(name.slice(1)), [name])),
      write: () => [dialogue(unit, 9, [], {}, { acts: true })],
    };
    const health = { offlineAfter: 3, probeMin: 1000, probeMax: 30_000 };
    const timeouts = { minTimeoutMs: 100 };
    const polled = new PolledDevice({
      ...{ id, bus: 'a', device, line: bus, clock, events, pollMs, minGapMs, health, timeouts },
      ...{ staleAfterMs: 60_000, allow: ['read', 'write'] },
    });
    bus.add(polled);
    return polled;
  };
  const meter = (pollMs: number, rest = REST) => add('meter', 1, [1, 2, 3], pollMs, rest);
  const neighbour = (pollMs: number) => add('neighbour', 2, [1], pollMs);
  const of = (device: string, what: string) => told.filter((one) => one[0] === device && one[1] === what);
  const gaps = (unit: number) => {
    const times = asked.filter((one) => one.unit === unit).map(({ at }) => at);
    return times.slice(1).map((at, index) => at - (times[index] ?? 0));
  };
  return { bus, clock, asked, of, gaps, meter, neighbour, unplug: () => port.unplug() };
}

describe('a device that must rest before it is asked again', () => {
  it('is asked no sooner in one poll and from poll to poll, and gives its values as one reading', async () => {
    const { bus, clock, of, gaps, meter } = rig();
    meter(0);
    await bus.start();
    await clock.advance(5000);
    const rests = gaps(1);
    expect(rests.length).toBeGreaterThan(20);
    for (const rest of rests) expect(rest).toBeGreaterThanOrEqual(REST);
    for (const [, , values] of of('meter', 'samples')) expect(values).toEqual([41, 41, 41]);
    expect(of('meter', 'samples').length).toBeGreaterThan(5);
    await bus.stop(never);
    expect(clock.pending).toBe(0);
  });

  it('leaves the line to the others meanwhile', async () => {
    const alone = rig();
    alone.neighbour(0);
    await alone.bus.start();
    await alone.clock.advance(10_000);
    await alone.bus.stop(never);
    const { bus, clock, of, gaps, meter, neighbour } = rig();
    meter(0);
    neighbour(0);
    await bus.start();
    await clock.advance(10_000);
    expect(of('neighbour', 'samples').length).toBeGreaterThan(0.95 * alone.of('neighbour', 'samples').length);
    expect(Math.max(...gaps(2))).toBeLessThan(50);
    expect(of('meter', 'samples').length).toBeGreaterThan(10);
    await bus.stop(never);
  });

  it('keeps its period as far as its rests leave it', async () => {
    const { bus, clock, of, meter } = rig();
    meter(1000);
    await bus.start();
    await clock.advance(10_500);
    expect(of('meter', 'samples')).toHaveLength(11);
    await bus.stop(never);
  });

  it('has its commands wait for its rest, without those of the others', async () => {
    const { bus, clock, asked, gaps, meter, neighbour } = rig();
    const device = meter(600);
    const other = neighbour(60_000);
    await bus.start();
    await clock.advance(450);
    const before = clock.now();
    const written = device.write(new Map([['p1', 41]]), () => undefined, never);
    const read = other.read(['p1'], never);
    await clock.advance(20);
    await read;
    expect(asked.filter(({ unit, at }) => unit === 2 && at >= before)).toHaveLength(1);
    await clock.advance(5000);
    expect(await written).toMatchObject({ outcome: 'verified' });
    for (const rest of gaps(1)) expect(rest).toBeGreaterThanOrEqual(REST);
    await bus.stop(never);
  });

  it('takes commands and polls in turn, however many commands come', async () => {
    const { bus, clock, asked, meter } = rig();
    const device = meter(0);
    await bus.start();
    await clock.advance(10);
    const ended = new AbortController();
    const calls = [1, 2, 3].map(async () => {
      while (!ended.signal.aborted) await device.read(['p1'], ended.signal).catch(() => undefined);
    });
    await clock.advance(20_000);
    const polled = asked.filter(({ length }) => length > 1).length;
    // two of the three questions of each poll can be told from the command's
    expect(polled).toBeGreaterThan((0.4 * 2 * asked.length) / 3);
    expect(polled).toBeLessThan((0.6 * 2 * asked.length) / 3);
    ended.abort();
    await bus.stop(never);
    await Promise.all(calls);
  });

  it('comes back whole with its first answer, though the others fill the line', async () => {
    let dead = true;
    let firstAt: number | undefined;
    const { bus, clock, of, meter, neighbour } = rig(({ unit, at }) => {
      if (unit === 1 && dead) return undefined;
      if (unit === 1) firstAt ??= at;
      return 40 + unit;
    }, 60);
    meter(0);
    neighbour(0);
    await bus.start();
    await clock.advance(120_000);
    expect(of('meter', 'offline')).toHaveLength(1);
    dead = false;
    while (firstAt === undefined) await clock.advance(100);
    // two rests, and the neighbour's question before each of its own
    await clock.advance(2 * REST + 6 * 70 + 100);
    expect(of('meter', 'online')).toHaveLength(1);
    const [first] = of('meter', 'samples');
    expect(first?.[2]).toEqual([41, 41, 41]);
    await bus.stop(never);
  });

  it('does not wait for its own late answer longer than that can come, though the answers of others are damaged', async () => {
    let turn = 0;
    const { bus, clock, asked, meter, neighbour } = rig(({ unit }) => {
      turn += 1;
      return unit === 1 ? undefined : turn % 2 === 0 ? 0xbb : 42;
    }, 60);
    meter(0);
    neighbour(0);
    await bus.start();
    await clock.advance(40_000);
    // its probes come 1, 2, 4, 8 and 16 seconds after each other, behind three questions of its polls
    expect(asked.filter(({ unit }) => unit === 1).length).toBeGreaterThanOrEqual(3 + 4);
    await bus.stop(never);
  });

  it('begins its poll anew when the line was lost or it was paused in the middle of it', async () => {
    const { bus, clock, asked, of, meter, unplug } = rig();
    const device = meter(60_000);
    await bus.start();
    await clock.advance(50);
    expect(asked.map(({ length }) => length)).toEqual([1]);
    unplug();
    await clock.advance(650);
    expect(asked.map(({ length }) => length)).toEqual([1, 1]);
    device.pause();
    await clock.advance(1000);
    expect(asked).toHaveLength(2);
    device.resume();
    await clock.advance(1000);
    expect(asked.map(({ length }) => length)).toEqual([1, 1, 1, 2, 3]);
    expect(of('meter', 'samples')).toHaveLength(1);
    await bus.stop(never);
    expect(clock.pending).toBe(0);
  });
});

describe('a device that says nothing but rubbish', () => {
  const DAMAGED = 0xbb;
  const ANSWER = 60;

  it.each([0, REST])(
    'has its turn for three polls, and then the share of an offline one, with a rest of %i ms',
    async (rest) => {
      const { bus, clock, asked, of, gaps, meter, neighbour } = rig(({ unit }) => (unit === 1 ? DAMAGED : 42), ANSWER);
      const device = meter(0, rest);
      neighbour(0);
      await bus.start();
      while (device.trust() !== 'offline') {
        expect(device.trust()).toBe('trusted');
        await clock.advance(10);
      }
      expect(of('meter', 'offline')).toHaveLength(1);
      // three polls of three questions, each asked once more
      const inTurn = gaps(1).slice(0, 3 * 3 * 2 - 1);
      expect(asked.filter(({ unit }) => unit === 1)).toHaveLength(3 * 3 * 2);
      for (const gap of inTurn) expect(gap).toBeLessThanOrEqual(rest + 3 * (ANSWER + 10));
      const before = asked.length;
      const span = 120_000;
      await clock.advance(span);
      const taken = asked.slice(before).filter(({ unit }) => unit === 1).length * (ANSWER + 6);
      // one probe goes before the share counts
      expect(taken).toBeLessThanOrEqual(0.02 * span + 3 * 2 * (ANSWER + 6));
      expect(taken).toBeGreaterThan(0);
      await bus.stop(never);
    },
  );
});
