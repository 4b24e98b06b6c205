import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../agent/bus/dialogue/inquiry.ts';
import { DirectAccess } from '../../../../agent/device/polling/direct-access.ts';
import { SECOND_LOOK } from '../../../../agent/device/polling/read-back.ts';
import type { PollDevice } from '../../../../drivers/contract/driver.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import type { Point, Value } from '../../../../drivers/contract/reading.ts';
import { asker } from '../../../support/asker.ts';
import { dialogue } from '../../../support/exchange.ts';
import { FakeClock, settle } from '../../../support/fake-clock.ts';
import { fakeLine, open, refused, silent } from '../../../support/fake-line.ts';

const REFUSED = refused();
const SILENT = silent();

/** One look at one point: a value, a failure, or a line that was not to be had. */
type Look = Value | Outcome | Fault;

interface Setup {
  /** The result of each look at a point; the last one stays. */
  readonly reads: Readonly<Record<string, readonly Look[]>>;
  readonly exempt?: readonly string[];
  /** The outcome of the write itself. */
  readonly answer?: Outcome;
  readonly answerLength?: number;
  /** Values that come with the confirmation. */
  readonly told?: Readonly<Record<string, Value>>;
}

function rig({ reads, exempt = [], answer, answerLength = 8, told = {} }: Setup) {
  const clock = new FakeClock();
  const left = new Map(Object.entries(reads).map(([name, looks]) => [name, [...looks]]));
  const asked: string[] = [];
  const confirmed: Outcome = {
    ok: true,
    samples: Object.entries(told).map(([point, value]) => ({ point, value })),
    latencyMs: 1,
  };
  const outcomeOf = (name: string): Outcome | Fault => {
    const looks = left.get(name) ?? [];
    const look = looks.length > 1 ? looks.shift() : looks[0];
    if (look instanceof Fault || (typeof look === 'object' && look !== null)) return look;
    return { ok: true, samples: [{ point: name, value: look ?? null }], latencyMs: 1 };
  };
  const points: Point[] = Object.keys(reads).map((name) => ({
    ...{ name, type: 'number', writable: true },
    ...(exempt.includes(name) && { readBack: false }),
  }));
  const device: PollDevice = {
    kind: 'poll',
    points,
    plan: (names) => names.map((name) => dialogue(1, 1, [name])),
    write: (values) => [
      dialogue(2, 1, [...values.keys()], { answer: { usual: answerLength, most: 512 } }, { acts: true }),
    ],
  };
  const line = fakeLine(
    ({ request, points: names }) => {
      const isWrite = request[0] === 2;
      asked.push(`${isWrite ? 'write' : 'read'} ${names.join()}`);
      const outcome = isWrite ? (answer ?? confirmed) : outcomeOf(names[0] ?? '');
      if (outcome instanceof Fault) throw outcome;
      return outcome;
    },
    { now: () => clock.now() },
  );
  const access = new DirectAccess({
    ...{ device, asker: asker(), line, clock },
    experience: { spread: (plan) => plan, heard: () => undefined, why: (_, fault) => fault },
  });
  const ending = new AbortController();
  const write = (values: Readonly<Record<string, Value>>) =>
    access.write(new Map(Object.entries(values)), () => undefined, ending.signal);
  /** The same, with the time that it takes. */
  const written = async (values: Readonly<Record<string, Value>>) => {
    const result = write(values);
    await settle();
    const begun = clock.now();
    while (clock.nextAt !== undefined) await clock.advance(clock.nextAt - clock.now());
    return { ...(await result), took: clock.now() - begun };
  };
  return { clock, asked, write, written, ending };
}

const NOT_KEPT = { outcome: 'failed', fault: { code: 'command/not-kept' } };

describe('a write that the device has confirmed', () => {
  it('is verified by the first look where that agrees', async () => {
    const { written, asked } = rig({ reads: { level: [7] } });
    expect(await written({ level: 7 })).toEqual({ outcome: 'verified', values: { level: 7 }, took: 0 });
    expect(asked).toEqual(['write level', 'read level']);
  });

  it('has failed where the device keeps another value, and says which', async () => {
    const { written, asked } = rig({ reads: { level: [3] } });
    expect(await written({ level: 7 })).toMatchObject({ ...NOT_KEPT, values: { level: 3 }, took: SECOND_LOOK });
    expect(asked).toEqual(['write level', 'read level', 'read level']);
  });

  it('has failed where the device keeps false, 0 or a text', async () => {
    for (const [value, kept] of [
      [true, false],
      [5, 0],
      ['auto', 'hand'],
    ] as const) {
      const { written } = rig({ reads: { point: [kept] } });
      expect(await written({ point: value })).toMatchObject({ ...NOT_KEPT, values: { point: kept } });
    }
  });

  it('is verified where the new value shows only a moment later', async () => {
    const { written } = rig({ reads: { level: [3, 7] } });
    expect(await written({ level: 7 })).toEqual({ outcome: 'verified', values: { level: 7 }, took: SECOND_LOOK });
  });

  it('is looked at a second time only where it was not kept, and fails for one of several points', async () => {
    const { written, asked } = rig({ reads: { kept: [1], late: [0, 1], other: [0] } });
    const values = { kept: 1, late: 1, other: 0 };
    expect(await written({ kept: 1, late: 1, other: 1 })).toMatchObject({ ...NOT_KEPT, values });
    expect(asked.slice(4)).toEqual(['read late', 'read other']);
  });

  it('is applied, no more, where it can not be read back', async () => {
    for (const look of [REFUSED, SILENT, new Fault('port/not-open')]) {
      const { written } = rig({ reads: { level: [look] } });
      const { code } = look instanceof Fault ? look : 'fault' in look ? look.fault : new Fault('internal/unexpected');
      const result = await written({ level: 7 });
      expect(result).toMatchObject({ outcome: 'applied', fault: { code } });
      expect(result.values).toBeUndefined();
    }
  });

  it('is applied where it was not kept at first and can not be read a second time', async () => {
    const { written } = rig({ reads: { level: [3, SILENT] } });
    const rest = { fault: { code: 'device/silent' }, values: { level: 3 } };
    expect(await written({ level: 7 })).toMatchObject({ outcome: 'applied', ...rest });
  });

  it('is applied where the device does not know its value', async () => {
    const { written } = rig({ reads: { level: [null] } });
    expect(await written({ level: 7 })).toMatchObject({ outcome: 'applied', values: { level: null }, took: 0 });
  });

  it('fails for a point that is not kept also where another one can not be read', async () => {
    for (const look of [REFUSED, SILENT]) {
      const { written } = rig({ reads: { mute: [look], relay: [1] } });
      expect(await written({ mute: 1, relay: 0 })).toMatchObject({ ...NOT_KEPT, values: { relay: 1 } });
    }
  });

  it('asks no more than three silent points of one that has gone away', async () => {
    const names = Array.from({ length: 10 }, (_, at) => `p${at}`);
    const { written, asked } = rig({ reads: Object.fromEntries(names.map((name) => [name, [SILENT]])) });
    const values = Object.fromEntries(names.map((name) => [name, 1]));
    expect(await written(values)).toMatchObject({ outcome: 'applied', fault: { code: 'device/silent' } });
    expect(asked.filter((each) => each.startsWith('read'))).toHaveLength(3);
  });

  it('is judged by the values that come with the confirmation, and read where these differ', async () => {
    const same = rig({ reads: { level: [9] }, told: { level: 7 } });
    expect(await same.written({ level: 7 })).toMatchObject({ outcome: 'verified', values: { level: 7 } });
    expect(same.asked).toEqual(['write level']);
    const other = rig({ reads: { level: [7] }, told: { level: 3 } });
    expect(await other.written({ level: 7 })).toMatchObject({ outcome: 'verified', took: SECOND_LOOK });
  });

  it('is applied where the agent stops before the second look', async () => {
    const { write, ending, clock } = rig({ reads: { level: [3] } });
    const result = write({ level: 7 });
    await settle();
    ending.abort();
    expect(await result).toMatchObject({ outcome: 'applied', fault: { code: 'internal/cancelled' } });
    expect(clock.pending).toBe(0);
  });
});

describe('a point that is not to be read back', () => {
  it('is applied without a look', async () => {
    const { written, asked } = rig({ reads: { pulse: [0] }, exempt: ['pulse'] });
    const result = await written({ pulse: 1 });
    expect(result).toMatchObject({ outcome: 'applied', took: 0 });
    expect([result.fault, result.values]).toEqual([undefined, undefined]);
    expect(asked).toEqual(['write pulse']);
  });

  it('leaves the verdict on the others to them', async () => {
    const kept = rig({ reads: { pulse: [0], level: [7] }, exempt: ['pulse'] });
    expect(await kept.written({ pulse: 1, level: 7 })).toMatchObject({ outcome: 'applied', values: { level: 7 } });
    const other = rig({ reads: { pulse: [0], level: [3] }, exempt: ['pulse'] });
    expect(await other.written({ pulse: 1, level: 7 })).toMatchObject({ ...NOT_KEPT, values: { level: 3 } });
  });
});

describe('a write that may have acted all the same', () => {
  it('is unknown where the refusal leaves it open, and is neither read back nor sent again', async () => {
    const { written, asked } = rig({ reads: { level: [7] }, answer: open() });
    expect(await written({ level: 7 })).toMatchObject({ outcome: 'unknown', fault: { code: 'modbus/acknowledge' } });
    expect(asked).toEqual(['write level']);
  });

  it('is unknown where nobody answers by its nature: a broadcast', async () => {
    const { written, asked } = rig({ reads: { level: [7] }, answerLength: 0 });
    expect(await written({ level: 7 })).toMatchObject({ outcome: 'unknown', fault: { code: 'command/unconfirmed' } });
    expect(asked).toEqual(['write level']);
  });
});
