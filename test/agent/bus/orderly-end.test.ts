import { describe, expect, it } from 'vitest';
import { Bus, type BusOptions } from '../../../agent/bus/bus.ts';
import type { StreamingMember } from '../../../agent/bus/member.ts';
import type { DeviceEvents } from '../../../agent/device/events.ts';
import { PolledDevice } from '../../../agent/device/polled-device.ts';
import { type Log, silentLog } from '../../../agent/log/log.ts';
import { ask, type Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { legOf } from '../../../drivers/contract/single.ts';
import { dialogue, exchange } from '../../support/exchange.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakePort } from '../../support/fake-port.ts';

const NO_QUIET = { quietBefore: undefined };
const never = new AbortController().signal;

type Answers = (port: FakePort, unit: number, length: number, time: number) => void;
const prompt: Answers = (port, unit, length) => port.feed(new Uint8Array(1 + length).fill(7).fill(unit, 0, 1));
const goodbye = (port: FakePort) => port.lose(new Fault('port/ended'));

/** A bus behind a serial server; `answers` says what becomes of a request. */
function rig(answers: Answers, changes: Partial<BusOptions> = {}) {
  const clock = new FakeClock();
  const start = clock.now();
  const ports: FakePort[] = [];
  const told: string[] = [];
  const lines: string[] = [];
  let refuse = false;
  let open = 0;
  let openedAt = 0;
  let most = 0;
  const note = (level: string) => (event: string) => void lines.push(`${level} ${event}`);
  const log: Log = { ...silentLog, info: note('info'), warn: note('warn'), error: note('error') };
  const bus = new Bus({
    ...{ id: 'a', timing: { baudRate: 0, characterMs: 0 }, echo: false, gap: milliseconds(0), maxQueue: 16 },
    ...{ maxWait: milliseconds(2000), maxRun: milliseconds(5000), commandBurst: 4, random: () => 0 },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(30_000), clock, log },
    createPort: () => {
      const port = new FakePort({
        opening: () => {
          if (refuse) return 'port/unreachable';
          openedAt = clock.now() - start;
          open += 1;
          most = Math.max(most, open);
          return undefined;
        },
        written: ([unit = 0, length = 0], current) => answers(current, unit, length, clock.now() - start),
      });
      const close = port.close.bind(port);
      let closed = false;
      port.close = async () => {
        if (!closed && !refuse) open -= 1;
        closed = true;
        await close();
      };
      ports.push(port);
      return port;
    },
    ...changes,
  });
  const events: DeviceEvents = {
    samples: () => told.push('samples'),
    failed: (_, { code }) => told.push(code),
    availability: (_, online) => told.push(online ? 'online' : 'offline'),
  };
  const one = (name: string) => dialogue(1, Number(name.slice(1)), [name], NO_QUIET);
  const add = (pollMs: number, lengths: readonly number[] = [1], asked: (name: string) => Dialogue = one) => {
    const device: PollDevice = {
      kind: 'poll',
      points: lengths.map((length) => ({ name: `p${length}`, type: 'number', writable: true })),
      plan: (names) => names.map(asked),
      write: () => [dialogue(1, 9, [], NO_QUIET, { acts: true })],
    };
    const health = { offlineAfter: 3, probeMin: 1000, probeMax: 30_000 };
    const member = new PolledDevice({
      ...{ id: 'meter', bus: 'a', device, line: bus, clock, events, pollMs, health, allow: ['read', 'write'] },
      ...{ timeouts: { minTimeoutMs: 100 }, staleAfterMs: 60_000 },
    });
    bus.add(member);
    return member;
  };
  const values = () => told.filter((one) => one === 'samples').length;
  const news = () => told.filter((one) => one !== 'samples');
  const port = () => ports.at(-1) as FakePort;
  return {
    ...{ bus, clock, ports, port, told, lines, add, values, news },
    ...{ most: () => most, openedAt: () => openedAt, refuse: () => (refuse = true) },
  };
}

describe('a connection that the server closes in order', () => {
  it('while nothing is asked is no fault, and is opened again when something is due', async () => {
    const { bus, clock, ports, port, add, values, news, lines } = rig(prompt);
    add(20_000);
    await bus.start();
    await clock.advance(10_000);
    goodbye(port());
    await clock.advance(9_000);
    expect(ports).toHaveLength(1);
    expect(bus.snapshot()).toMatchObject({ open: true, fault: null });
    await clock.advance(181_000);
    // nobody hangs up any more: the second connection stays
    expect(ports).toHaveLength(2);
    expect(values()).toBe(11);
    expect(news()).toEqual(['online']);
    expect(lines).toEqual(['info port opened']);
    expect(bus.snapshot()).toMatchObject({ reopens: 0, orderlyCloses: 1 });
    expect(bus.stuckFor(clock.now())).toBe(0);
    await bus.stop(never);
    expect(clock.pending).toBe(0);
  });

  it('after every answer loses no value, be it in the middle of a poll', async () => {
    const { bus, clock, ports, add, values, news, most } = rig((port, unit, length, time) => {
      prompt(port, unit, length, time);
      goodbye(port);
    });
    add(1000, [1, 2, 3]);
    await bus.start();
    await clock.advance(200_500);
    expect(values()).toBe(201);
    expect(news()).toEqual(['online']);
    expect(ports.length).toBeGreaterThanOrEqual(3 * 201);
    expect(most()).toBe(1);
    await bus.stop(never);
  });

  it('as a request crosses with it loses no value: a poll is asked again, and a read', async () => {
    let requests = 0;
    const { bus, clock, add, values, news } = rig((port, unit, length, time) => {
      requests += 1;
      if (requests % 2 === 0) goodbye(port);
      else prompt(port, unit, length, time);
    });
    const device = add(1000);
    await bus.start();
    await clock.advance(20_500);
    expect(values()).toBe(21);
    expect(news()).toEqual(['online']);
    const read = device.read(['p1'], never);
    await clock.advance(100);
    expect(await read).toEqual({ p1: 7 });
    await bus.stop(never);
  });

  it('under a write leaves it open whether that was done, and does not repeat it', async () => {
    let writes = 0;
    const { bus, clock, add } = rig((port, unit, length, time) => {
      if (length === 9) writes += 1;
      if (length === 9) goodbye(port);
      else prompt(port, unit, length, time);
    });
    const device = add(60_000);
    await bus.start();
    await clock.advance(100);
    const written = device.write(new Map([['p1', 7]]), () => undefined, never);
    await clock.advance(5000);
    expect(await written).toMatchObject({ outcome: 'unknown', fault: { code: 'port/ended' } });
    expect(writes).toBe(1);
    await bus.stop(never);
  });

  it('before it lets a write be sent, opens it and sends it once', async () => {
    let writes = 0;
    const { bus, clock, port, add } = rig((current, unit, length, time) => {
      if (length === 9) writes += 1;
      prompt(current, unit, length, time);
    });
    const device = add(60_000);
    await bus.start();
    await clock.advance(100);
    goodbye(port());
    await clock.advance(1);
    const written = device.write(new Map([['p1', 7]]), () => undefined, never);
    await clock.advance(100);
    expect(await written).toMatchObject({ outcome: 'verified' });
    expect(writes).toBe(1);
    await bus.stop(never);
  });

  it('in place of every answer is a fault, and is tried ever more rarely', async () => {
    const { bus, clock, ports, add, news } = rig((port) => goodbye(port));
    add(1000);
    await bus.start();
    await clock.advance(200_000);
    expect(new Set(news())).toEqual(new Set(['port/ended', 'offline']));
    expect(news().filter((one) => one === 'offline')).toHaveLength(1);
    expect(ports.length).toBeLessThan(30);
    await bus.stop(never);
  });

  it('each time within a dialogue is a fault of its device, which is asked no more often for that', async () => {
    let runs = 0;
    const { bus, clock, ports, add, values, news } = rig((port, unit, length, time) => {
      if (unit === 2) return goodbye(port);
      if (length === 5) runs += 1;
      return prompt(port, unit, length, time);
    });
    const [first, second] = [exchange(1, 5, NO_QUIET), exchange(2, 1, NO_QUIET)];
    const talk: Dialogue = {
      ...{ key: 'talk', points: ['p5'], cost: { usual: [legOf(first)], most: [legOf(first), legOf(second)] } },
      begin: () => ask(first, () => ask(second, () => ({ kind: 'end', samples: [{ point: 'p5', value: 7 }] }))),
    };
    add(1000, [5, 1], (name) => (name === 'p5' ? talk : dialogue(1, 1, [name], NO_QUIET)));
    await bus.start();
    await clock.advance(200_000);
    expect(news()).toContain('port/ended');
    expect(values()).toBeGreaterThan(100);
    // three at once in each period, and one connection for each
    expect(runs).toBeLessThan(3 * 202);
    expect(ports.length).toBeLessThan(3 * 202);
    await bus.stop(never);
  });

  it('in the middle of an answer is a loss', async () => {
    const { bus, clock, add, news } = rig((port, unit, length, time) => {
      if (time < 5000) return prompt(port, unit, length, time);
      port.feed(Uint8Array.of(unit));
      goodbye(port);
    });
    add(1000);
    await bus.start();
    await clock.advance(5_100);
    expect(news()).toEqual(['online', 'port/lost', 'offline']);
    await bus.stop(never);
  });

  it('over and over before anything is asked is a fault', async () => {
    const { bus, clock, ports, port, add } = rig(prompt);
    const device = add(1000);
    device.pause();
    await bus.start();
    await clock.advance(100);
    goodbye(port());
    await clock.advance(100);
    expect(bus.snapshot()).toMatchObject({ open: true, fault: null });
    void device.read(['p1'], never).catch(() => undefined);
    await clock.advance(0);
    expect(ports).toHaveLength(2);
    await bus.stop(never);
  });

  it('that is gone when it is needed is told as what it is', async () => {
    const { bus, clock, port, add, news, refuse } = rig(prompt);
    add(5000);
    await bus.start();
    await clock.advance(100);
    goodbye(port());
    refuse();
    await clock.advance(6000);
    expect(news()).toEqual(['online', 'port/unreachable', 'offline']);
    expect(bus.snapshot()).toMatchObject({ open: false, fault: 'port/unreachable' });
    await bus.stop(never);
  });

  it('is opened again by itself where something talks there, with a new framer', async () => {
    const { bus, clock, ports, port } = rig(prompt);
    const calls: string[] = [];
    const talker: StreamingMember = {
      ...{ kind: 'stream', id: 'gps', tick: () => undefined, bytes: () => undefined },
      lineOpened: () => calls.push('opened'),
      lineClosed: ({ code }) => calls.push(code),
      lineResumed: () => calls.push('resumed'),
    };
    bus.add(talker);
    await bus.start();
    for (let n = 0; n < 10; n++) {
      await clock.advance(10_000);
      port().feed(Uint8Array.of(1, 2, 3));
      goodbye(port());
    }
    await clock.advance(1000);
    expect(ports).toHaveLength(11);
    expect(calls).toEqual(['opened', ...Array.from({ length: 10 }, () => 'resumed')]);
    // one that says nothing before it hangs up is a fault
    goodbye(port());
    await clock.advance(10);
    expect(calls.at(-1)).toBe('port/ended');
    await bus.stop(never);
  });
});

describe('an idle connection', () => {
  it('is closed after its time, and opened again when something is due', async () => {
    const { bus, clock, ports, add, values, news } = rig(prompt, { idleClose: milliseconds(3000) });
    add(20_000);
    await bus.start();
    await clock.advance(2500);
    expect(ports[0]?.isOpen).toBe(true);
    await clock.advance(2500);
    expect(ports[0]?.isOpen).toBe(false);
    await clock.advance(195_500);
    expect(values()).toBe(11);
    expect(ports).toHaveLength(11);
    expect(news()).toEqual(['online']);
    expect(bus.snapshot()).toMatchObject({ reopens: 0, orderlyCloses: 10 });
    await bus.stop(never);
    expect(clock.pending).toBe(0);
  });

  it('is kept while it is used', async () => {
    const { bus, clock, ports, add } = rig(prompt, { idleClose: milliseconds(3000) });
    add(1000);
    await bus.start();
    await clock.advance(60_000);
    expect(ports).toHaveLength(1);
    await bus.stop(never);
  });
});

describe('a port that must settle', () => {
  it('is sent nothing before, at each opening, and loses no value', async () => {
    let asked = 0;
    const answers: Answers = (port, unit, length, time) => {
      asked += 1;
      // deaf for a second
      if (time - openedAt() >= 1000) prompt(port, unit, length, time);
      goodbye(port);
    };
    const { bus, clock, add, values, news, openedAt } = rig(answers, { settle: milliseconds(1000) });
    add(2000);
    await bus.start();
    await clock.advance(200_500);
    expect(values()).toBe(100);
    expect(asked).toBe(100);
    expect(news()).toEqual(['online']);
    await bus.stop(never);
  });

  it('lets a command wait for it without counting that as a wait for the line', async () => {
    const { bus, clock, add } = rig(prompt, { settle: milliseconds(5000), maxWait: milliseconds(500) });
    const device = add(60_000);
    await bus.start();
    await clock.advance(10);
    const read = device.read(['p1'], never);
    await clock.advance(5100);
    expect(await read).toEqual({ p1: 7 });
    await bus.stop(never);
  });
});

describe('a port from which nothing comes', () => {
  const silent = { silentReopen: milliseconds(120_000) };

  it('is opened anew where a device is asked in vain, and its values come back', async () => {
    const deaf = new WeakSet<FakePort>();
    const { bus, clock, ports, port, add, values, lines, most } = rig((current, unit, length, time) => {
      if (!deaf.has(current)) prompt(current, unit, length, time);
    }, silent);
    add(1000);
    await bus.start();
    await clock.advance(10_000);
    deaf.add(port());
    await clock.advance(100_000);
    expect(ports).toHaveLength(1);
    const before = values();
    await clock.advance(60_000);
    expect(ports).toHaveLength(2);
    expect(values()).toBeGreaterThan(before + 20);
    expect(lines.filter((line) => line.includes('silent'))).toHaveLength(1);
    expect(bus.snapshot()).toMatchObject({ open: true, reopens: 1, silentReopens: 1 });
    expect(most()).toBe(1);
    await bus.stop(never);
    expect(clock.pending).toBe(0);
  });

  it('is tried few times where the device is merely off, without a line of the log for each', async () => {
    const { bus, clock, ports, add, lines, news, most } = rig(() => undefined, silent);
    add(1000);
    await bus.start();
    await clock.advance(5 * 3_600_000);
    // after 2, 4, 8, 16 and 32 minutes, and then every hour
    expect(ports.length).toBeGreaterThan(7);
    expect(ports.length).toBeLessThan(12);
    expect(lines).toEqual(['info port opened', 'warn port silent, opened anew']);
    expect(news().filter((one) => one !== 'device/silent')).toEqual(['offline']);
    expect(most()).toBe(1);
    await bus.stop(never);
  });

  it('is left alone while nothing is asked of it, and while any device answers', async () => {
    const hourly = rig(prompt, silent);
    hourly.add(3_600_000);
    await hourly.bus.start();
    await hourly.clock.advance(3 * 3_600_000);
    expect(hourly.ports).toHaveLength(1);
    await hourly.bus.stop(never);
  });

  it('is opened anew where something should talk, at growing pauses', async () => {
    const { bus, clock, ports } = rig(prompt, silent);
    const talker: StreamingMember = {
      ...{ kind: 'stream', id: 'gps', tick: () => undefined, bytes: () => undefined },
      ...{ lineOpened: () => undefined, lineClosed: () => undefined },
    };
    bus.add(talker);
    await bus.start();
    await clock.advance(115_000);
    expect(ports).toHaveLength(1);
    await clock.advance(10_000);
    expect(ports).toHaveLength(2);
    await clock.advance(200_000);
    expect(ports).toHaveLength(2);
    await clock.advance(50_000);
    expect(ports).toHaveLength(3);
    await bus.stop(never);
  });

  it('stays as it is where that is not asked for', async () => {
    const { bus, clock, ports, add } = rig(() => undefined);
    add(1000);
    await bus.start();
    await clock.advance(3_600_000);
    expect(ports).toHaveLength(1);
    await bus.stop(never);
  });
});
