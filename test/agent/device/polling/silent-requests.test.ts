import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LONGEST_RETRY } from '../../../../agent/device/polling/split-memory.ts';
import { type Asked, PERIOD, silentRig, TIMEOUT } from './silent-rig.ts';

const point = (address: number, more: Record<string, unknown> = {}) => ({ name: `p${address}`, address, ...more });
const range = (count: number) => Array.from({ length: count }, (_, n) => n);
/** A period for tests that run long. */
const SELDOM = 10_000;
const gaps = (times: readonly number[]) => times.slice(1).map((at, index) => at - (times[index] ?? 0));
const touches =
  (address: number) =>
  ({ first, count }: Asked) =>
    address >= first && address < first + count;

describe('one silent request among several of a device', () => {
  it('hides neither those before nor those behind it, is asked ever more rarely, and is named', async () => {
    const { line, polled, run, reads, asks } = silentRig([point(0), point(1000), point(2000)]);
    line.silent = touches(1000);
    await run(60_000);
    for (const name of ['p0', 'p2000']) expect(reads(name).length).toBeGreaterThan(0.8 * (60_000 / PERIOD));
    const waits = gaps(asks(1000));
    // the second time as soon as the late answer can't come any more, then twice as long each time
    expect(waits.length).toBeLessThanOrEqual(4);
    expect(waits[0]).toBeLessThan(2500 + PERIOD);
    expect(waits[1]).toBeGreaterThanOrEqual(20_000);
    expect(waits.slice(1)).toEqual(waits.slice(1).toSorted((a, b) => a - b));
    expect(waits.at(-1)).toBeGreaterThan(20_000);
    expect(polled.trust()).toBe('trusted');
    expect(polled.snapshot()).toMatchObject({
      health: 'online',
      fault: 'device/partly-silent',
      unreadable: [{ point: 'p1000', code: 'device/partly-silent' }],
    });
  });

  it('costs those of another length nothing but its own time', async () => {
    const points = [point(0, { type: 'float32' }), point(1000), point(2000, { type: 'float64' })];
    const { line, run, reads } = silentRig(points);
    line.silent = touches(1000);
    await run(60_000);
    for (const name of ['p0', 'p2000']) {
      expect(reads(name)).toHaveLength(60_000 / PERIOD);
      expect(Math.max(...gaps(reads(name)))).toBeLessThanOrEqual(PERIOD + TIMEOUT + 50);
    }
  });

  it('is no reason to take the device for absent when it comes first', async () => {
    for (const points of [
      [point(0), point(1000), point(2000)],
      [point(0), point(1000, { type: 'float32' })],
    ]) {
      const { line, told, run, reads } = silentRig(points);
      line.silent = touches(0);
      await run(20_000);
      expect(told.filter((each) => typeof each === 'boolean')).toEqual([true]);
      expect(reads('p1000').length).toBeGreaterThan(0.5 * (20_000 / PERIOD));
    }
  });

  it('is told once, and once when it can be read again', async () => {
    const { line, told, polled, run } = silentRig([point(0), point(1000)], SELDOM);
    line.silent = touches(1000);
    await run(300_000);
    line.silent = () => false;
    await run(LONGEST_RETRY);
    expect(told.filter((each) => typeof each === 'object' && each !== null && 'lost' in each)).toEqual([
      { lost: ['p1000 device/partly-silent'], back: [] },
      { lost: [], back: ['p1000'] },
    ]);
    expect(polled.snapshot()).toMatchObject({ fault: null, unreadable: [] });
  });

  it('is asked again at once where it was only one lost frame', async () => {
    const { line, run, reads } = silentRig([point(0, { type: 'float32' }), point(1000)]);
    let lost = 1;
    line.silent = (asked) => touches(1000)(asked) && lost-- > 0;
    await run(10_000);
    expect(Math.max(...gaps(reads('p1000')))).toBeLessThanOrEqual(PERIOD);
    expect(reads('p1000')[0]).toBeLessThanOrEqual(1000 + 2500);
    expect(reads('p0')).toHaveLength(10_000 / PERIOD);
  });

  it('stays found among many others that are silent too, two in a poll at the most', async () => {
    const { line, run, reads } = silentRig(range(12).map((n) => point(n * 100)));
    line.silent = ({ first }) => first % 300 !== 0;
    await run(300_000);
    line.asked.length = 0;
    const before = reads('p0').length;
    await run(60_000);
    expect(reads('p0').length - before).toBeGreaterThan(0.7 * (60_000 / PERIOD));
    for (const name of ['p0', 'p300', 'p600', 'p900']) expect(reads(name).length).toBeGreaterThan(300);
  });

  it('is asked in parts once, also where the narrowest question is one of the two halves', async () => {
    const { clock, line, run, reads } = silentRig(range(3).map((n) => point(n)));
    await run(5000);
    line.silent = touches(2);
    const since = clock.now();
    await run(20_000);
    for (const name of ['p0', 'p1']) expect(reads(name).filter((at) => at > since).length).toBeGreaterThan(20);
  });

  it('never loses a point for ever, whatever the device does not answer meanwhile', async () => {
    const places = fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 8 });
    const moods = fc.array(fc.array(fc.nat(60), { maxLength: 6 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(places, moods, async (at, silences) => {
        const { line, polled, run, reads } = silentRig(
          at.map((each) => point(each)),
          SELDOM,
        );
        for (const silent of silences) {
          line.silent = (asked) => silent.some((each) => touches(each)(asked));
          await run(60_000);
        }
        line.silent = () => false;
        await run(LONGEST_RETRY + 10 * SELDOM);
        const before = at.map((each) => reads(`p${each}`).length);
        await run(2 * SELDOM + 1);
        at.forEach((each, index) => {
          expect(reads(`p${each}`).length).toBeGreaterThan(before[index] ?? 0);
        });
        expect(polled.snapshot()).toMatchObject({ health: 'online', fault: null, unreadable: [] });
      }),
      { numRuns: 12, examples: [[[9, 10, 11, 0], [[10]]]] },
    );
  });
});

describe('a device of which nothing is answered', () => {
  it('is asked one question in each poll, however many it has, and given up as soon as one with a single request', async () => {
    const offlineAt = async (points: readonly Record<string, unknown>[]) => {
      const { clock, line, told, run } = silentRig(points);
      line.silent = () => true;
      const start = clock.now();
      while (!told.includes(false)) await run(100);
      const polls = told.filter((each) => each === 'device/silent').length;
      expect(line.asked).toHaveLength(polls);
      await run(300_000);
      expect(line.asked).toHaveLength(told.filter((each) => each === 'device/silent').length);
      return { after: clock.now() - start, asked: line.asked.length };
    };
    const one = await offlineAt([point(0)]);
    const many = await offlineAt(range(6).map((n) => point(n * 100)));
    expect(many.after).toBeLessThanOrEqual(one.after);
    expect(many.asked).toBeLessThanOrEqual(one.asked);
  });

  it('costs two questions when it goes in the middle of a poll', async () => {
    const { line, run, asks } = silentRig(range(6).map((n) => point(n * 100, { type: 'string', length: n + 1 })));
    await run(5000);
    let died = 0;
    line.silent = ({ first, at }) => {
      if (died === 0 && first === 100) died = at;
      return died > 0;
    };
    await run(1000);
    const after = line.asked.filter(({ at }) => at >= died);
    expect(after.length).toBeLessThanOrEqual(2);
    expect(asks(100).length).toBeGreaterThan(0);
  });
});

describe('a device that answers short questions only', () => {
  const registers = range(40).map((n) => point(n));
  const readAll = (reads: (name: string) => readonly number[], since: number) =>
    registers.filter(({ name }) => reads(name).some((at) => at > since)).length;

  it('is read in parts, which is remembered, and the fault names the option', async () => {
    for (const most of [28, 20, 3, 1]) {
      const { clock, line, told, polled, run, reads } = silentRig(registers, SELDOM);
      line.silent = ({ count }) => count > most;
      await run(10 * SELDOM);
      const since = clock.now();
      line.asked.length = 0;
      await run(2 * SELDOM);
      expect(readAll(reads, since)).toBe(40);
      expect(line.asked.filter(({ count }) => count > most).length).toBeLessThanOrEqual(1);
      expect(told.filter((each) => typeof each === 'boolean')).toEqual([true]);
      expect(polled.snapshot()).toMatchObject({ health: 'online', fault: 'device/too-long', unreadable: [] });
      expect(told).toContain('device/too-long');
    }
  });

  it('is found in that state also after it was away for long', async () => {
    const { clock, line, told, run, reads } = silentRig(registers);
    line.silent = () => true;
    await run(600_000);
    expect(told).toContain(false);
    line.silent = ({ count }) => count > 28;
    await run(120_000);
    expect(told.at(-1)).not.toBe(false);
    expect(readAll(reads, clock.now() - 10_000)).toBe(40);
  });

  it('is read whole again once it can be', async () => {
    const { line, polled, run } = silentRig(registers, SELDOM);
    line.silent = ({ count }) => count > 28;
    await run(60_000);
    line.silent = () => false;
    await run(LONGEST_RETRY);
    expect(line.asked.at(-1)?.count).toBe(40);
    expect(polled.snapshot().fault).toBeNull();
  });

  it('loses only the points that it never answers', async () => {
    const { clock, line, polled, run, reads } = silentRig(registers);
    line.silent = (asked) => asked.count > 28 || touches(7)(asked);
    await run(120_000);
    const since = clock.now();
    await run(10_000);
    expect(readAll(reads, since)).toBe(39);
    expect(polled.snapshot().unreadable).toEqual([{ point: 'p7', code: 'device/partly-silent' }]);
  });
});

describe('a device that answers after it was given up', () => {
  it('is told to be late, with the option that helps', async () => {
    const { line, told, polled, run } = silentRig([point(0), point(1)]);
    line.slow = () => true;
    await run(10_000);
    expect(told).toContain('device/late');
    expect(polled.snapshot()).toMatchObject({ health: 'offline', fault: 'device/late' });
  });

  it('also where that holds of one of its requests', async () => {
    const { line, polled, run } = silentRig([point(0), point(1000)]);
    line.slow = touches(1000);
    await run(10_000);
    expect(polled.snapshot()).toMatchObject({
      health: 'online',
      unreadable: [{ point: 'p1000', code: 'device/late' }],
    });
  });
});

describe('a read that somebody asked for', () => {
  const names = ['p0', 'p1000', 'p2000'];

  it('gives what can be read and the fault of each point that can not, for one timeout', async () => {
    const { clock, line, polled, run } = silentRig([point(0, { type: 'float32' }), point(1000), point(2000)], SELDOM);
    line.silent = touches(1000);
    line.refused = touches(2000);
    await run(4 * SELDOM);
    const since = clock.now();
    const read = polled.readEach(names, new AbortController().signal);
    for (let over = false; !over; ) {
      read.finally(() => {
        over = true;
      });
      await clock.advance(1000);
    }
    expect(await read).toEqual({
      values: { p0: 1 },
      faults: { p2000: 'modbus/illegal-address', p1000: 'device/partly-silent' },
    });
    expect(line.asked.filter(({ at }) => at >= since)).toHaveLength(3);
  });

  it('ends with the first question that is not answered where the device is not there', async () => {
    const { clock, line, polled, run } = silentRig([point(0), point(1000), point(2000)]);
    line.silent = () => true;
    await run(60_000);
    line.asked.length = 0;
    const read = polled.readEach(names, new AbortController().signal);
    await clock.advance(5000);
    const { values, faults } = await read;
    expect(values).toEqual({});
    expect(Object.values(faults ?? {})).toEqual(names.map(() => 'device/silent'));
    expect(line.asked).toHaveLength(1);
  });

  it('asks in parts what is too long', async () => {
    const { clock, line, polled, run } = silentRig(
      Array.from({ length: 40 }, (_, n) => point(n)),
      SELDOM,
    );
    line.silent = ({ count }) => count > 28;
    await run(2 * SELDOM);
    line.asked.length = 0;
    const read = polled.readEach(
      polled.points.map(({ name }) => name),
      new AbortController().signal,
    );
    await clock.advance(1000);
    expect(Object.keys((await read).values)).toHaveLength(40);
    expect(line.asked.map(({ count }) => count)).toEqual([20, 20]);
  });
});

it('silence on the port of Modbus TCP is told as what it most likely is, until the device has answered once', async () => {
  const mute = silentRig([point(0)], PERIOD, 'modbus/tcp-port');
  mute.line.silent = () => true;
  await mute.run(10_000);
  expect(mute.polled.snapshot()).toMatchObject({ health: 'offline', fault: 'modbus/tcp-port' });
  mute.line.silent = () => false;
  await mute.run(60_000);
  mute.line.silent = () => true;
  await mute.run(10_000);
  expect(mute.polled.snapshot()).toMatchObject({ health: 'offline', fault: 'device/silent' });
});

it('a read of a device whose answers come late says so', async () => {
  const { clock, line, polled, run } = silentRig([point(0)], SELDOM);
  line.slow = () => true;
  await run(4 * SELDOM);
  const read = polled.readEach(['p0'], new AbortController().signal);
  await clock.advance(5000);
  expect((await read).faults).toEqual({ p0: 'device/late' });
});

it('a read at the port of Modbus TCP tells silence as what it most likely is', async () => {
  const { clock, line, polled, run } = silentRig([point(0), point(1000)], SELDOM, 'modbus/tcp-port');
  line.silent = () => true;
  await run(SELDOM);
  const read = polled.readEach(['p0', 'p1000'], new AbortController().signal);
  await clock.advance(5000);
  expect((await read).faults).toEqual({ p0: 'modbus/tcp-port', p1000: 'modbus/tcp-port' });
});
