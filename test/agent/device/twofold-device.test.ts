import { describe, expect, it, onTestFinished } from 'vitest';
import { Bus } from '../../../agent/bus/bus.ts';
import type { DeviceEvents } from '../../../agent/device/events.ts';
import { TwofoldDevice } from '../../../agent/device/twofold-device.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import { createDevice } from '../../../drivers/registry/loader.ts';
import { driver } from '../../../drivers/vedirect/driver.ts';
import { HexHearer, textBlock } from '../../../scripts/sim/vedirect.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakePacedWriter } from '../../support/fake-paced-writer.ts';
import { FakePort } from '../../support/fake-port.ts';

const never = new AbortController().signal;
const CHARACTER = 10_000 / 19_200;
const STALE_AFTER = 10_000;

const block = (volts: number) => textBlock([['V', String(volts)]]);

const POINTS = [
  { name: 'volts', label: 'V' },
  { name: 'temperature', register: 0xeddb, type: 'int16', scale: 0.01 },
];

interface Setting {
  readonly points?: readonly object[];
  readonly paced?: boolean;
  readonly pollMs?: number;
}

/** A charger on a line, that says its voltage when it is told to. */
async function rig({ points = POINTS, paced = false, pollMs = 1000 }: Setting = {}) {
  const clock = new FakeClock();
  const told: (Record<string, Value> | string | boolean)[] = [];
  const registers = new Map<number, readonly number[]>([[0xeddb, [0xc4, 0x09]]]);
  const charger = new HexHearer(() => registers);
  const asked: number[] = [];
  const ports: FakePort[] = [];
  /** The bytes before those of an answer at each place, as text blocks are; and whether it answers at all. */
  const behaviour: { before: Uint8Array; within: Uint8Array; answers: boolean } = {
    ...{ before: new Uint8Array(0), within: new Uint8Array(0), answers: true },
  };
  const answer = (bytes: Uint8Array, port: FakePort) => {
    asked.push(clock.now());
    if (!behaviour.answers) return;
    for (const said of charger.hear(bytes)) {
      const { before, within } = behaviour;
      port.feed(Uint8Array.from([...before, ...said.subarray(0, 5)]));
      port.feed(Uint8Array.from([...said.subarray(5), ...within]));
    }
  };
  const bus = new Bus({
    ...{
      id: 'a',
      timing: { baudRate: 19_200, characterMs: CHARACTER },
      echo: false,
      gap: milliseconds(2),
      maxQueue: 16,
    },
    ...{ maxWait: milliseconds(2000), maxRun: milliseconds(5000), clock, log: silentLog, commandBurst: 4 },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(8000), random: () => 0 },
    createPort: () => {
      const port = new FakePort({ written: (bytes, on) => answer(bytes, on) });
      ports.push(port);
      if (!paced) return port;
      return Object.assign(port, { paced: new FakePacedWriter(clock, (bytes) => answer(bytes, port)) });
    },
  });
  const made = createDevice(driver, { options: {}, points, line: { baudRate: 19_200, characterMs: CHARACTER } });
  if (made.kind !== 'stream' || made.asked === undefined) throw new Error('it talks and is asked');
  const events: DeviceEvents = {
    samples: (_, samples) => told.push(Object.fromEntries(samples.map(({ point, value }) => [point, value]))),
    failed: (_, { code }) => told.push(code),
    availability: (_, online) => told.push(online),
    points: (_, { lost }) => told.push(...lost.map(([point, { code }]) => `${point} ${code}`)),
  };
  const device = new TwofoldDevice({
    device: { ...made, asked: made.asked },
    talking: {
      ...{ id: 'mppt', bus: 'a', clock, events, stray: (kind) => bus.countStray(kind), allow: ['read'] },
      ...{ isClockSynchronized: () => true, staleAfterMs: STALE_AFTER, maxReadingsPerS: 100 },
    },
    asking: {
      ...{ line: bus, pollMs, staleAfterMs: STALE_AFTER, timeouts: { minTimeoutMs: 100 } },
      health: { offlineAfter: 3, probeMin: 1000, probeMax: 30_000 },
    },
  });
  for (const member of device.members) bus.add(member);
  await bus.start();
  onTestFinished(async () => {
    const stopping = bus.stop(never);
    await clock.advance(5000);
    await stopping;
  });
  await clock.advance(0);
  const say = (bytes: Uint8Array) => ports.at(-1)?.feed(bytes);
  const read = async (names: readonly string[]) => {
    const values = device.readEach(names, never);
    values.catch(() => undefined);
    await clock.advance(3000);
    return await values;
  };
  return { clock, bus, device, told, asked, ports, registers, behaviour, say, read };
}

const TEMPERATURE = { temperature: 25 };

describe('a device that talks and is asked', () => {
  it.each([false, true])(
    'tells both, and loses nothing of what it says around and within an answer (paced: %s)',
    async (paced) => {
      const { clock, bus, told, behaviour, device } = await rig({ paced });
      const whole = block(13_790);
      behaviour.before = whole.subarray(0, 7);
      behaviour.within = Uint8Array.from([...whole.subarray(7), ...block(13_800)]);
      await clock.advance(400);
      expect(told).toEqual([true, { volts: 13_790 }, { volts: 13_800 }, TEMPERATURE]);
      expect(device.snapshot()).toMatchObject({
        health: 'online',
        fault: null,
        readings: 3,
        failures: 0,
        passedOver: 1,
      });
      expect(bus.snapshot()).toMatchObject({
        noise: 0,
        checksumErrors: 0,
        foreignFrames: 0,
        timeouts: 0,
        exchanges: 1,
      });
    },
  );

  it('is asked in the period of its points, and at most five times a second', async () => {
    const many = Array.from({ length: 8 }, (_, at) => ({ name: `r${at}`, register: 0xed00 + at, type: 'uint8' }));
    const { clock, asked, registers } = await rig({ points: many, pollMs: 0 });
    for (let at = 0; at < many.length; at += 1) registers.set(0xed00 + at, [at]);
    await clock.advance(10_000);
    expect(asked.length).toBeGreaterThan(40);
    for (const [index, at] of asked.entries()) expect(at - (asked[index - 1] ?? 0)).toBeGreaterThanOrEqual(200);
  });

  it('goes on talking where it does not answer: that half is told once, and its points can not be read', async () => {
    const { clock, told, behaviour, say, device, read } = await rig();
    behaviour.answers = false;
    for (let second = 0; second < 20; second += 1) {
      say(block(13_000 + second));
      await clock.advance(1000);
    }
    expect(told.filter((each) => each === 'device/silent')).toHaveLength(1);
    expect(told.filter((each) => typeof each === 'boolean')).toEqual([true]);
    expect(told.filter((each) => typeof each === 'object')).toHaveLength(20);
    expect(device.snapshot()).toMatchObject({
      ...{ health: 'online', fault: 'device/silent' },
      unreadable: [{ point: 'temperature', code: 'device/silent' }],
    });
    say(block(14_000));
    expect(await read(['volts', 'temperature'])).toMatchObject({
      values: { volts: 14_000 },
      faults: { temperature: 'device/silent' },
    });
    behaviour.answers = true;
    await clock.advance(60_000);
    expect(told).toContainEqual(TEMPERATURE);
    expect(device.snapshot()).toMatchObject({ unreadable: [] });
  });

  it('goes on answering where it falls silent, as a firmware that sends no text while it is asked', async () => {
    const { clock, told, say, device, read } = await rig();
    say(block(13_000));
    await clock.advance(30_000);
    expect(told).toContain('device/passed-over');
    expect(told).not.toContain(false);
    expect(device.snapshot()).toMatchObject({ health: 'online', fault: 'device/passed-over' });
    expect(await read(['volts', 'temperature'])).toMatchObject({
      values: TEMPERATURE,
      faults: { volts: 'device/passed-over' },
    });
  });

  it('is offline where it neither talks nor answers, and when its line is gone; then the fault is told once', async () => {
    const { clock, told, behaviour, say, ports, device } = await rig();
    say(block(13_000));
    await clock.advance(900);
    behaviour.answers = false;
    await clock.advance(30_000);
    expect(told.filter((each) => typeof each === 'boolean')).toEqual([true, false]);
    expect(device.snapshot()).toMatchObject({ health: 'offline' });
    told.length = 0;
    say(block(13_000));
    ports[0]?.unplug();
    await clock.advance(100);
    expect(told).toEqual([true, { volts: 13_000 }, 'port/lost', false]);
  });

  it('names a register that it refuses, and reads the others', async () => {
    const none = { name: 'none', register: 0xed99 };
    const { clock, told, say, device, read } = await rig({ points: [...POINTS, none] });
    say(block(13_000));
    await clock.advance(1500);
    expect(told).toContain('none vedirect/unknown-register');
    expect(told).toContainEqual(TEMPERATURE);
    expect(device.snapshot().unreadable).toEqual([{ point: 'none', code: 'vedirect/unknown-register' }]);
    expect(await read(['volts', 'temperature', 'none'])).toMatchObject({
      values: { volts: 13_000, ...TEMPERATURE },
      faults: { none: 'vedirect/unknown-register' },
    });
  });

  it('that has only registers is judged by its answers alone', async () => {
    const { clock, told, say, device } = await rig({ points: POINTS.slice(1) });
    for (let second = 0; second < 30; second += 1) {
      say(block(13_000));
      await clock.advance(1000);
    }
    expect(new Set(told.map((each) => JSON.stringify(each)))).toEqual(new Set([JSON.stringify(TEMPERATURE), 'true']));
    expect(device.snapshot()).toMatchObject({ health: 'online', fault: null });
  });

  it('is asked nothing while it is paused, and takes no write', async () => {
    const { clock, device, asked } = await rig();
    device.pause();
    // the question that has the line already goes its way
    await clock.advance(1000);
    asked.length = 0;
    await clock.advance(5000);
    expect(asked).toEqual([]);
    expect(device.snapshot()).toMatchObject({ health: 'paused' });
    device.resume();
    await clock.advance(5000);
    expect(asked.length).toBeGreaterThan(0);
    await expect(device.write()).rejects.toMatchObject({ code: 'command/not-writable' });
    expect(() => device.check(new Map([['temperature', 1]]))).toThrow();
  });

  it('says of its points that are asked how often', async () => {
    const { device } = await rig({ pollMs: 7000 });
    expect(device.points.map(({ name, pollMs }) => [name, pollMs])).toEqual([
      ['volts', undefined],
      ['temperature', 7000],
    ]);
  });
});
