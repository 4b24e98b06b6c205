import { describe, expect, it } from 'vitest';
import { Bus, type BusOptions } from '../../../agent/bus/bus.ts';
import type { StreamingMember } from '../../../agent/bus/member.ts';
import type { DeviceEvents } from '../../../agent/device/events.ts';
import { PolledDevice } from '../../../agent/device/polled-device.ts';
import { SECOND_LOOK } from '../../../agent/device/polling/read-back.ts';
import { silentLog } from '../../../agent/log/log.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Sample } from '../../../drivers/contract/reading.ts';
import { asker } from '../../support/asker.ts';
import { dialogue } from '../../support/exchange.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakePort, type FakePortOptions } from '../../support/fake-port.ts';

const CHARACTER = 1;
const SILENCE = 4;

type Told = readonly [device: string, what: 'samples' | 'failed' | 'online' | 'offline', detail?: unknown];

/** A bus on a port in memory; `answers` says what a unit answers at once to a question of so many bytes. */
function rig(answers: (unit: number, length: number, port: FakePort) => void, changes: Partial<BusOptions> = {}) {
  const clock = new FakeClock();
  const ports: FakePort[] = [];
  const told: Told[] = [];
  const portOptions: FakePortOptions = { written: ([unit = 0, length = 0], port) => answers(unit, length, port) };
  const bus = new Bus({
    id: 'rs485',
    timing: { baudRate: 10_000, characterMs: CHARACTER },
    echo: false,
    gap: milliseconds(0),
    maxQueue: 16,
    maxWait: milliseconds(2000),
    maxRun: milliseconds(5000),
    commandBurst: 4,
    reopenMin: milliseconds(500),
    reopenMax: milliseconds(8000),
    createPort: () => {
      const port = new FakePort(portOptions);
      ports.push(port);
      return port;
    },
    clock,
    log: silentLog,
    random: () => 0,
    ...changes,
  });
  const events: DeviceEvents = {
    samples: (device, samples: readonly Sample[]) => told.push([device, 'samples', samples.map(({ value }) => value)]),
    failed: (device, fault: Fault) => told.push([device, 'failed', fault.code]),
    availability: (device, online) => told.push([device, online ? 'online' : 'offline']),
  };
  const addPolled = (id: string, unit: number, pollMs: number, length = 1) => {
    const device: PollDevice = {
      kind: 'poll',
      points: [{ name: 'value', type: 'number', writable: true }],
      plan: () => [dialogue(unit, length, ['value'])],
      write: () => [dialogue(unit, 9, [], {}, { acts: true })],
    };
    const health = { offlineAfter: 3, probeMin: 1000, probeMax: 30_000 };
    const timeouts = { minTimeoutMs: 100 };
    const polled = new PolledDevice({
      ...{ id, bus: 'rs485', device, line: bus, clock, events, pollMs, health, timeouts },
      ...{ staleAfterMs: 60_000, allow: ['read', 'write'] },
    });
    bus.add(polled);
    return polled;
  };
  const of = (device: string) => told.filter(([id]) => id === device).map(([, ...rest]) => rest);
  const port = () => ports.at(-1) as FakePort;
  return { bus, clock, ports, port, told, of, addPolled };
}

const never = new AbortController().signal;

describe('a bus', () => {
  it('polls its devices in turn and tells what they say', async () => {
    const { bus, clock, of, addPolled } = rig((unit, _length, port) => port.feed(Uint8Array.of(unit, 40 + unit)));
    addPolled('a', 1, 100);
    addPolled('b', 2, 100);
    await bus.start();
    await clock.advance(50);
    expect(of('a')).toEqual([['samples', [41]], ['online']].toReversed().toReversed());
    expect(of('b')[0]).toEqual(['samples', [42]]);
    await clock.advance(100);
    expect(of('a').filter(([what]) => what === 'samples')).toHaveLength(2);
    await bus.stop(never);
    expect(clock.pending).toBe(0);
  });

  it('never sends before the silence after the last byte is over', async () => {
    const sent: number[] = [];
    const { bus, clock, addPolled } = rig((unit, _length, port) => {
      sent.push(clock.now());
      port.feed(Uint8Array.of(unit, 7));
    });
    addPolled('a', 1, 0);
    addPolled('b', 2, 0);
    await bus.start();
    await clock.advance(1000);
    expect(sent.length).toBeGreaterThan(50);
    for (let n = 1; n < sent.length; n++) expect((sent[n] ?? 0) - (sent[n - 1] ?? 0)).toBeGreaterThanOrEqual(SILENCE);
    await bus.stop(never);
  });

  it('never takes a late answer for the answer to the same question asked again', async () => {
    let asked = 0;
    const { bus, clock, port, of, addPolled } = rig((unit, _length, current) => {
      asked += 1;
      if (asked > 1) current.feed(Uint8Array.of(unit, 2));
    });
    addPolled('a', 1, 50);
    await bus.start();
    await clock.advance(150);
    expect(of('a')).toEqual([['failed', 'device/silent']]);
    // the answer to the first question, 1.5 s late
    await clock.advance(1350);
    port().feed(Uint8Array.of(1, 99));
    await clock.advance(2000);
    expect(of('a').flatMap(([what, detail]) => (what === 'samples' ? [detail] : []))).not.toContainEqual([99]);
    expect(of('a').some(([what]) => what === 'samples')).toBe(true);
    expect(bus.snapshot().lateFrames).toBe(1);
    await bus.stop(never);
  });

  it('lets a silent device cost the others no more than its own probes', async () => {
    const { bus, clock, of, addPolled } = rig((unit, _length, port) => {
      if (unit !== 1) port.feed(Uint8Array.of(unit, 5));
    });
    addPolled('dead', 1, 0);
    addPolled('alive', 2, 0);
    await bus.start();
    await clock.advance(60_000);
    const polls = of('alive').filter(([what]) => what === 'samples').length;
    expect(of('dead').filter(([what]) => what === 'failed').length).toBeLessThan(12);
    expect(of('dead')).toContainEqual(['offline']);
    // 1 poll takes 4 ms here: a probe of about 0.1 s now and then costs little
    expect(polls).toBeGreaterThan(0.95 * (60_000 / 4));
    await bus.stop(never);
  });

  it('asks once more at once when the answer was damaged', async () => {
    let asked = 0;
    const { bus, clock, of, addPolled } = rig((unit, _length, port) => {
      asked += 1;
      port.feed(asked === 1 ? Uint8Array.of(unit, 0xbb) : Uint8Array.of(unit, 3));
    });
    addPolled('a', 1, 10_000);
    await bus.start();
    await clock.advance(100);
    expect(of('a')).toEqual([['samples', [3]], ['online']]);
    expect(bus.snapshot().checksumErrors).toBe(1);
    await bus.stop(never);
  });

  it('keeps a device online that refuses, and tells the fault', async () => {
    const { bus, clock, of, addPolled } = rig((unit, _length, port) => port.feed(Uint8Array.of(unit, 0xee)));
    const device = addPolled('a', 1, 100);
    await bus.start();
    await clock.advance(1000);
    expect(of('a').filter(([what]) => what === 'offline')).toEqual([]);
    expect(of('a')).toContainEqual(['failed', 'modbus/illegal-address']);
    expect(device.snapshot()).toMatchObject({ health: 'online', fault: 'modbus/illegal-address' });
    await bus.stop(never);
  });

  it('opens a new port object after a loss, and devices come back', async () => {
    const { bus, clock, ports, port, of, addPolled } = rig((unit, _length, current) =>
      current.feed(Uint8Array.of(unit, 8)),
    );
    addPolled('a', 1, 100);
    await bus.start();
    await clock.advance(50);
    port().unplug();
    await clock.advance(10);
    expect(bus.snapshot()).toMatchObject({ open: false, fault: 'port/lost' });
    expect(of('a').slice(-2)).toEqual([['failed', 'port/lost'], ['offline']]);
    await clock.advance(2000);
    expect(ports).toHaveLength(2);
    expect(ports[0]?.closings).toBeGreaterThan(0);
    expect(bus.snapshot()).toMatchObject({ open: true, fault: null, reopens: 1 });
    expect(of('a').at(-1)?.[0]).toBe('samples');
    await bus.stop(never);
  });

  it('sees within about a second that an idle port has vanished without a word', async () => {
    const { bus, clock, port, addPolled } = rig((unit, _length, current) => current.feed(Uint8Array.of(unit, 8)));
    addPolled('a', 1, 60_000);
    await bus.start();
    await clock.advance(50);
    port().present = false;
    await clock.advance(1100);
    expect(bus.snapshot().open).toBe(false);
    await bus.stop(never);
  });

  it('tries a port that does not open at growing intervals, and tells why once', async () => {
    const { bus, clock, ports, of, addPolled } = rig(() => undefined, {
      createPort: () => {
        const port = new FakePort({ opening: () => 'port/missing' });
        ports.push(port);
        return port;
      },
    });
    addPolled('a', 1, 100);
    await bus.start();
    await clock.advance(120_000);
    expect(ports.length).toBeGreaterThan(10);
    expect(ports.length).toBeLessThan(50);
    expect(of('a')).toEqual([['failed', 'port/missing'], ['offline']]);
    await bus.stop(never);
  });

  it('closes a port that floods the agent', async () => {
    const { bus, clock, port, addPolled } = rig(() => undefined);
    addPolled('a', 1, 60_000);
    await bus.start();
    await clock.advance(10);
    for (let n = 0; n < 100; n++) port().feed(new Uint8Array(4096));
    await clock.advance(10);
    expect(bus.snapshot()).toMatchObject({ open: false, fault: 'bus/flooded' });
    await bus.stop(never);
  });

  it('counts what nobody asked for, and waits until it is over', async () => {
    const sent: number[] = [];
    const { bus, clock, port, addPolled } = rig((unit, _length, current) => {
      sent.push(clock.now());
      current.feed(Uint8Array.of(unit, 1));
    });
    addPolled('a', 1, 100);
    await bus.start();
    await clock.advance(99);
    const before = sent.length;
    for (let n = 0; n < 20; n++) {
      port().feed(Uint8Array.of(0x55));
      await clock.advance(1);
    }
    expect(sent).toHaveLength(before);
    await clock.advance(10);
    expect(sent).toHaveLength(before + 1);
    expect(bus.snapshot()).toMatchObject({ noise: 1, lateFrames: 0 });
    await bus.stop(never);
  });

  it('hands all bytes to those who talk by themselves, and counts what they find wrong', async () => {
    const { bus, clock, port } = rig(() => undefined);
    const heard: number[] = [];
    const stops: boolean[] = [];
    const member: StreamingMember = {
      ...{ kind: 'stream', id: 'gps', lineOpened: () => undefined, lineClosed: () => undefined, tick: () => undefined },
      bytes: (chunk) => heard.push(...chunk),
      stopped: () => stops.push(port().isOpen),
    };
    bus.add(member);
    await bus.start();
    await clock.advance(10);
    port().feed(Uint8Array.of(1, 2, 3), 1);
    expect(heard).toEqual([1, 2, 3]);
    bus.countStray('checksum');
    bus.countStray('noise');
    expect(bus.snapshot()).toMatchObject({ checksumErrors: 1, noise: 1 });
    await bus.stop(never);
    expect(stops).toEqual([true]);
  });

  it('settles what runs and closes the port when it stops, also in the middle of a question', async () => {
    const { bus, clock, ports, addPolled } = rig(() => undefined);
    addPolled('a', 1, 100);
    await bus.start();
    await clock.advance(5);
    const stopped = bus.stop(never);
    await clock.advance(0);
    await stopped;
    expect(clock.pending).toBe(0);
    expect(ports.every((port) => !port.isOpen)).toBe(true);
  });

  it('counts what its queue did not take, and what waited in it for too long', async () => {
    const { bus, clock, addPolled } = rig(() => undefined, { maxQueue: 1, maxWait: milliseconds(50) });
    addPolled('a', 1, 1000);
    const dialogues = bus.register('command', asker());
    const question = { dialogue: dialogue(2, 1) };
    await bus.start();
    await clock.advance(10);
    const codes: string[] = [];
    for (let times = 0; times < 2; times++)
      void bus.ask(dialogues, question, never).catch(({ code }) => codes.push(code));
    await clock.advance(60);
    expect(codes).toEqual(['throttle/full', 'throttle/waited-too-long']);
    expect(bus.snapshot()).toMatchObject({ rejected: 1, expired: 1, overruns: 0 });
    await bus.stop(never);
  });
});

describe('reading and writing on a bus', () => {
  it('hands on that a refusal leaves it open whether the device acts', async () => {
    const { bus, clock } = rig((unit, _length, port) => port.feed(Uint8Array.of(unit)));
    const fault = new Fault('modbus/acknowledge');
    const consequence = 'may-have-acted';
    const verdict = { state: 'failed', fault, answered: true, consequence, strays: [] } as const;
    const dialogues = bus.register('command', asker());
    await bus.start();
    await clock.advance(100);
    const outcome = bus.ask(dialogues, { dialogue: dialogue(2, 1, [], { judge: () => verdict }) }, never);
    await clock.advance(100);
    expect(await outcome).toMatchObject({ ok: false, fault, answered: true, consequence });
    await bus.stop(never);
  });

  it('verifies a write by reading back', async () => {
    const { bus, clock, addPolled } = rig((unit, length, port) => {
      port.feed(length === 9 ? new Uint8Array(10).fill(unit) : Uint8Array.of(unit, 6));
    });
    const device = addPolled('a', 1, 60_000);
    await bus.start();
    await clock.advance(100);
    const written = device.write(new Map([['value', 6]]), () => undefined, never);
    await clock.advance(100);
    expect(await written).toMatchObject({ outcome: 'verified', values: { value: 6 } });
    const other = device.write(new Map([['value', 7]]), () => undefined, never);
    await clock.advance(SECOND_LOOK + 200);
    const kept = { fault: { code: 'command/not-kept' }, values: { value: 6 } };
    expect(await other).toMatchObject({ outcome: 'failed', ...kept });
    await bus.stop(never);
  });

  it('never takes the late answer to a poll for the answer to a command that waited behind it', async () => {
    let asked = 0;
    const { bus, clock, port, addPolled } = rig((unit, _length, current) => {
      asked += 1;
      if (asked === 2) current.feed(Uint8Array.of(unit, 2));
    });
    const device = addPolled('a', 1, 50);
    await bus.start();
    await clock.advance(20);
    expect(asked).toBe(1);
    const read = device.read(['value'], never);
    await clock.advance(180);
    // the poll was given up; its answer comes while the command would wait for its own
    port().feed(Uint8Array.of(1, 99));
    await clock.advance(1000);
    expect(asked).toBe(1);
    await clock.advance(2000);
    expect(await read).toEqual({ value: 2 });
    await bus.stop(never);
  });

  it('never takes a late answer for a fresh one, however many questions were given up meanwhile', async () => {
    const { bus, clock, port } = rig(() => undefined);
    const question = (n: number) =>
      dialogue(1, 1, ['value'], { signature: `q${n}`, lateWithin: milliseconds(60_000) }, { key: `q${n}` });
    const dialogues = bus.register('command', asker());
    await bus.start();
    await clock.advance(20);
    const ask = async (n: number, answer?: Uint8Array) => {
      const asked = bus.ask(dialogues, { dialogue: question(n) }, never).then(
        (outcome) => (outcome.ok ? outcome.samples : outcome.fault.code),
        (fault: Fault) => fault.code,
      );
      await clock.advance(20);
      if (answer !== undefined) port().feed(answer);
      await clock.advance(90);
      return asked;
    };
    for (let n = 0; n < 300; n++) expect(['device/silent', 'bus/answer-pending']).toContain(await ask(n));
    // the answer to the very first question, half a minute late
    expect(await ask(0, Uint8Array.of(1, 99))).toBe('bus/answer-pending');
    // and once no old answer can come any more, everything is asked again
    await clock.advance(60_000);
    for (let n = 0; n < 300; n++) {
      expect(await ask(n, Uint8Array.of(1, 7))).toEqual([{ point: 'value', value: 7 }]);
    }
    await bus.stop(never);
  });

  it('says unknown when a write is not answered, and does not send it again', async () => {
    let writes = 0;
    const { bus, clock, addPolled } = rig((unit, length, port) => {
      if (length === 9) writes += 1;
      else port.feed(Uint8Array.of(unit, 6));
    });
    const device = addPolled('a', 1, 60_000);
    await bus.start();
    await clock.advance(100);
    const written = device.write(new Map([['value', 6]]), () => undefined, never);
    await clock.advance(10_000);
    expect(await written).toMatchObject({ outcome: 'unknown', fault: { code: 'device/silent' } });
    expect(writes).toBe(1);
    await bus.stop(never);
  });

  it('sends nothing where the command is no longer valid as it leaves the queue', async () => {
    const { bus, clock, port, addPolled } = rig((unit, _length, current) => current.feed(Uint8Array.of(unit, 6)));
    const device = addPolled('a', 1, 60_000);
    await bus.start();
    await clock.advance(100);
    const before = port().written.length;
    const expired = () => {
      throw new (class extends Error {})();
    };
    await expect(device.write(new Map([['value', 6]]), expired, never)).rejects.toMatchObject({
      code: 'internal/unexpected',
    });
    expect(port().written).toHaveLength(before);
    await bus.stop(never);
  });

  it('sends nothing while the port is closed, and keeps nothing for later', async () => {
    const { bus, clock, port, ports, addPolled } = rig((unit, _length, current) =>
      current.feed(Uint8Array.of(unit, 6)),
    );
    const device = addPolled('a', 1, 60_000);
    await bus.start();
    await clock.advance(50);
    port().unplug();
    await clock.advance(1);
    await expect(device.write(new Map([['value', 6]]), () => undefined, never)).rejects.toMatchObject({
      code: 'port/not-open',
    });
    await clock.advance(5000);
    expect(ports.at(-1)?.written.some((bytes) => bytes[1] === 9)).toBe(false);
    await bus.stop(never);
  });
});
