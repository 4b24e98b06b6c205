import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MOST_ADDED } from '../../../../agent/device/polling/poll-agenda.ts';
import { Polling } from '../../../../agent/device/polling/polling.ts';
import { FIRST_RETRY, LONGEST_RETRY } from '../../../../agent/device/polling/split-memory.ts';
import { Timeouts } from '../../../../agent/device/polling/timeouts.ts';
import type { FaultCode } from '../../../../drivers/contract/faults.ts';
import { device } from '../../../drivers/modbus/support.ts';
import { asker } from '../../../support/asker.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fakeLine, ok, refused, silent } from '../../../support/fake-line.ts';

const never = new AbortController().signal;
const PERIOD = 1000;

interface Point {
  readonly at: number;
  readonly pollMs?: number;
}

/** A Modbus device with a register at each of these addresses as point `pADDRESS`, and a line that refuses some. */
function rig(points: readonly (number | Point)[], given: Record<string, unknown> = {}) {
  const clock = new FakeClock();
  const meter = device(
    points
      .map((each) => (typeof each === 'number' ? { at: each } : each))
      .map(({ at, ...more }) => ({ name: `p${at}`, register: 'input', address: at, type: 'uint16', ...more })),
    { maxHole: 124, ...given },
  );
  const line = {
    /** Addresses that the device does not have. */
    gone: [] as readonly number[],
    /** The answers to the next questions, of any kind. */
    says: [] as (FaultCode | 'silent' | undefined)[],
    /** `FIRST-LAST` address of each question. */
    asked: [] as string[],
  };
  const access = fakeLine(
    ({ request, points: names }) => {
      const first = ((request[2] ?? 0) << 8) | (request[3] ?? 0);
      const last = first + (request[5] ?? 0) - 1;
      line.asked.push(`${first}-${last}`);
      const says = line.says.shift();
      const refusal =
        says ?? (line.gone.some((at) => at >= first && at <= last) ? 'modbus/illegal-address' : undefined);
      if (refusal === 'silent') return silent();
      return refusal ? refused(refusal) : ok(names.map((point) => ({ point, value: 1 })));
    },
    { now: () => clock.now(), characterMs: 0.5 },
  );
  const polling = new Polling({
    ...{ device: meter, asker: asker(), pollMs: PERIOD, line: access, clock },
    timeouts: new Timeouts({ minTimeoutMs: 1000 }),
    inParts: false,
  });
  /** The next poll, when it is due: its questions, its samples, and its fault. */
  const poll = async () => {
    await clock.advance(Math.max(0, polling.dueAt() - clock.now()));
    line.asked.length = 0;
    const { samples, fault, refusal, standing } = await polling.poll(never, false);
    const read = samples.map(({ point }) => Number(point.slice(1))).toSorted((a, b) => a - b);
    return { asked: [...line.asked], read, fault: fault?.code, refusal: refusal?.code, standing };
  };
  const pollUntil = async (span: number) => {
    const until = clock.now() + span;
    let last = await poll();
    while (polling.dueAt() < until) last = await poll();
    return last;
  };
  return { clock, line, polling, poll, pollUntil };
}

const range = (count: number) => Array.from({ length: count }, (_, n) => n);
const read = (...points: number[]) => ({ read: points, fault: undefined, refusal: undefined, standing: 'answered' });

describe('a poll of a device that refuses a request', () => {
  it('reads its parts in the same poll when it refuses a bridged hole, and has no fault', async () => {
    const { line, poll } = rig([0, 1, 8, 9]);
    line.gone = [4];
    expect(await poll()).toEqual({ asked: ['0-9', '0-1', '8-9'], ...read(0, 1, 8, 9) });
  });

  it('asks for the parts from then on', async () => {
    const { line, poll } = rig([0, 1, 8, 9]);
    line.gone = [4];
    await poll();
    expect(await poll()).toEqual({ asked: ['0-1', '8-9'], ...read(0, 1, 8, 9) });
  });

  it('reads every other point in the poll in which one is refused, and tells of that one for as long as it lasts', async () => {
    const { line, poll } = rig(range(8));
    line.gone = [5];
    const others = { read: [0, 1, 2, 3, 4, 6, 7], fault: 'modbus/illegal-address', standing: 'answered' };
    expect(await poll()).toMatchObject(others);
    expect(await poll()).toMatchObject({ asked: ['0-3', '4-4', '5-5', '6-7'], ...others });
    line.gone = [];
    expect(await poll()).toMatchObject({ asked: ['0-3', '4-4', '5-5', '6-7'], ...read(...range(8)) });
  });

  it('tries the whole again after a wait that doubles up to its bound, and reads the parts in that poll too', async () => {
    const { clock, line, poll } = rig([0, 8]);
    line.gone = [4];
    const tried: number[] = [];
    for (let polls = 0; polls < 3600; polls += 1) {
      const { asked, read: got } = await poll();
      expect(got).toEqual([0, 8]);
      if (asked.includes('0-8')) tried.push(clock.now());
    }
    const waits = tried.slice(1).map((at, index) => at - (tried[index] ?? 0));
    expect(waits.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 32, 60].map((times) => FIRST_RETRY * times));
    expect(Math.max(...waits)).toBe(LONGEST_RETRY);
  });

  it('asks whole again once the whole goes well', async () => {
    const { line, poll, pollUntil } = rig([0, 8]);
    line.gone = [4];
    await poll();
    line.gone = [];
    expect((await pollUntil(FIRST_RETRY + PERIOD)).asked).toEqual(['0-8']);
    expect((await poll()).asked).toEqual(['0-8']);
  });

  it('bears no grudge: once the whole went well, the next refusal is the first', async () => {
    const { line, poll, pollUntil } = rig([0, 8]);
    line.gone = [4];
    await pollUntil(FIRST_RETRY * 7);
    line.gone = [];
    await pollUntil(FIRST_RETRY * 9);
    line.says = ['modbus/illegal-address'];
    expect((await poll()).asked).toEqual(['0-8', '0-0', '8-8']);
    expect((await pollUntil(FIRST_RETRY + PERIOD)).asked).toEqual(['0-8']);
  });

  it('stays split for no longer than the first wait after one noisy exception', async () => {
    const { line, poll, pollUntil } = rig([0, 1]);
    line.says = ['modbus/device-failure'];
    expect(await poll()).toEqual({ asked: ['0-1', '0-0', '1-1'], ...read(0, 1) });
    expect(await pollUntil(FIRST_RETRY + PERIOD)).toEqual({ asked: ['0-1'], ...read(0, 1) });
  });

  it('does not split what a narrower request would not cure, and asks again at the next poll', async () => {
    for (const code of ['modbus/device-busy', 'modbus/acknowledge', 'modbus/illegal-function'] as const) {
      const { line, poll } = rig([0, 1]);
      line.says = [code];
      expect(await poll()).toEqual({ asked: ['0-1'], read: [], fault: code, refusal: code, standing: 'answered' });
      expect(await poll()).toEqual({ asked: ['0-1'], ...read(0, 1) });
    }
  });

  it('asks the whole again at once when the device was away', async () => {
    const { clock, line, polling, poll } = rig([0, 8]);
    line.gone = [4];
    await poll();
    polling.restart(clock.now());
    expect((await poll()).asked).toEqual(['0-8', '0-0', '8-8']);
    polling.forgetRefusals();
    expect((await poll()).asked).toEqual(['0-8', '0-0', '8-8']);
  });

  it('goes back to the whole, the cheaper question, where no part brings anything; its parts are tried again later', async () => {
    const { line, poll, pollUntil } = rig(range(4));
    line.gone = range(4);
    expect((await poll()).asked).toEqual(['0-3', '0-1', '0-0', '1-1', '2-3', '2-2', '3-3']);
    expect(await poll()).toMatchObject({ asked: ['0-3'], read: [], fault: 'modbus/illegal-address' });
    line.gone = [0, 1, 2];
    expect(await pollUntil(FIRST_RETRY + PERIOD)).toMatchObject({ asked: ['0-1', '2-2', '3-3'], read: [3] });
  });

  it('does not ask a refused half for its points each time, if it has none to give', async () => {
    const { line, poll } = rig(range(8));
    line.gone = [4, 5, 6, 7];
    await poll();
    expect(await poll()).toMatchObject({ asked: ['0-3', '4-7'], read: [0, 1, 2, 3] });
  });

  it('does not take parts for useless for long that were of use before, when all fail at the very time of the retry', async () => {
    const { clock, line, poll, pollUntil } = rig([0, 8]);
    line.gone = [4];
    await pollUntil(FIRST_RETRY * 7);
    line.says = [undefined, 'modbus/device-failure', 'modbus/device-failure'];
    expect(await poll()).toMatchObject({ asked: ['0-8', '0-0', '8-8'], read: [] });
    const failedAt = clock.now();
    expect(await poll()).toMatchObject({ asked: ['0-8'], read: [] });
    while ((await poll()).read.length === 0) expect(clock.now() - failedAt).toBeLessThan(FIRST_RETRY);
  });

  it('goes on with its parts when all of them fail between two retries', async () => {
    const { line, poll } = rig([0, 8]);
    line.gone = [4];
    await poll();
    line.says = ['modbus/device-failure', 'modbus/device-failure'];
    expect(await poll()).toMatchObject({ asked: ['0-0', '8-8'], read: [] });
    expect(await poll()).toEqual({ asked: ['0-0', '8-8'], ...read(0, 8) });
  });

  it('does not ask a device for parts that is busy at the time of the retry', async () => {
    const { line, poll, pollUntil } = rig([0, 8]);
    line.gone = [4];
    await pollUntil(FIRST_RETRY);
    line.says = ['modbus/device-busy'];
    expect(await poll()).toMatchObject({ asked: ['0-8'], fault: 'modbus/device-busy' });
    expect(await poll()).toEqual({ asked: ['0-8', '0-0', '8-8'], ...read(0, 8) });
  });

  it('adds no more than so many exchanges to one poll, and finds all that can be read in a few', async () => {
    const { line, poll } = rig(range(100));
    line.gone = range(100).filter((at) => at % 3 === 0);
    const given = range(100).filter((at) => at % 3 !== 0);
    let known = 1;
    for (let polls = 0; polls < 10; polls += 1) {
      const { asked } = await poll();
      expect(asked.length).toBeLessThanOrEqual(known + MOST_ADDED);
      known = asked.length;
    }
    expect(await poll()).toMatchObject({ read: given });
  });

  it('does not count what it knows when it tries many wholes again in one poll', async () => {
    const pollMs = FIRST_RETRY * 6;
    const starts = range(20).map((n) => n * 200);
    const { line, poll } = rig(starts.flatMap((at) => [at, at + 8].map((each) => ({ at: each, pollMs }))));
    line.gone = starts.map((at) => at + 4);
    expect((await poll()).read).toHaveLength(MOST_ADDED);
    expect((await poll()).read).toHaveLength(40);
  });

  it('keeps what it knows when a frame is lost in the middle of the parts, and makes up for it', async () => {
    const { line, poll } = rig([0, 8]);
    line.gone = [4];
    line.says = [undefined, undefined, 'silent'];
    const lost = { asked: ['0-8', '0-0', '8-8'], read: [0], fault: 'device/silent', standing: 'answered' };
    expect(await poll()).toMatchObject(lost);
    expect(await poll()).toEqual({ asked: ['8-8'], ...read(8) });
    expect(await poll()).toEqual({ asked: ['0-0', '8-8'], ...read(0, 8) });
  });

  it('keeps what it knows when the device fails in the middle of the parts', async () => {
    const { line, poll } = rig([0, 8, 16]);
    line.gone = [4, 12];
    await poll();
    line.says = [undefined, 'silent', 'silent'];
    expect(await poll()).toMatchObject({ asked: ['0-0', '8-8', '16-16'], read: [0], standing: 'silent' });
    expect(await poll()).toEqual({ asked: ['0-0', '8-8', '16-16'], ...read(0, 8, 16) });
  });

  it('never loses a point for ever, whatever the device refuses meanwhile', async () => {
    const places = fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 8 });
    const moods = fc.array(fc.array(fc.nat(40), { maxLength: 6 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(places, moods, async (points, refusals) => {
        const { line, poll, pollUntil } = rig(points);
        for (const gone of refusals) {
          line.gone = gone;
          await pollUntil(FIRST_RETRY * 1.5);
        }
        line.gone = [];
        await pollUntil(LONGEST_RETRY);
        expect(await poll()).toMatchObject(read(...points.toSorted((a, b) => a - b)));
      }),
      { numRuns: 25 },
    );
  });
});

describe('points with periods of their own', () => {
  it('share a request when they are due together', async () => {
    const { poll } = rig([0, { at: 1, pollMs: 10 * PERIOD }, 2]);
    const asked: string[][] = [];
    for (let polls = 0; polls < 12; polls += 1) asked.push([...(await poll()).asked]);
    expect(asked[0]).toEqual(['0-2']);
    expect(asked[1]).toEqual(['0-2']);
    expect(asked[10]).toEqual(['0-2']);
  });

  it('are read in their own period only, also where their registers come along', async () => {
    const { poll } = rig([0, { at: 1, pollMs: 10 * PERIOD }, 2]);
    const got: number[][] = [];
    for (let polls = 0; polls < 11; polls += 1) got.push((await poll()).read);
    expect(got[0]).toEqual([0, 1, 2]);
    expect(got.slice(1, 10)).toEqual(Array(9).fill([0, 2]));
    expect(got[10]).toEqual([0, 1, 2]);
  });

  it('go in one request when both are due and in one of their own when not', async () => {
    const { poll } = rig([0, { at: 1, pollMs: 10 * PERIOD }], { maxHole: 0 });
    const asked: string[][] = [];
    for (let polls = 0; polls < 11; polls += 1) asked.push([...(await poll()).asked]);
    expect(asked).toEqual([['0-1'], ...Array(9).fill(['0-0']), ['0-1']]);
  });

  it('learn from each other what the device refuses where the request is the same', async () => {
    const { line, poll } = rig([0, { at: 3, pollMs: 10 * PERIOD }, 8]);
    line.gone = [6];
    expect((await poll()).asked).toEqual(['0-8', '0-3', '8-8']);
    expect((await poll()).asked).toEqual(['0-0', '8-8']);
  });

  it('show the fault of a point at a longer period until it is read', async () => {
    const { line, poll, pollUntil } = rig([0, { at: 50, pollMs: 5 * PERIOD }], { maxHole: 0 });
    line.gone = [50];
    const code = 'modbus/illegal-address';
    expect(await poll()).toMatchObject({ read: [0], fault: code, refusal: code });
    expect(await poll()).toMatchObject({ read: [0], fault: undefined, refusal: code });
    line.gone = [];
    expect(await pollUntil(5 * PERIOD)).toMatchObject({ fault: undefined, refusal: undefined });
  });
});
