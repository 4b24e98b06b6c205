import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardedWrite } from '../../../../agent/command/write/guarded-write.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../../drivers/contract/faults.ts';
import { settle } from '../../../support/fake-clock.ts';
import { writeRig } from '../write-rig.ts';

const refused = (fault: FaultCode) => ({ outcome: 'refused', fault });
const verified = { outcome: 'verified' };

describe('the least time between two writes', () => {
  const soon = { minIntervalMs: 1000 };

  it('holds from the moment at which the first one left', async () => {
    const { clock, device, write } = writeRig([soon]);
    device.onQueue = () => clock.advance(400);
    expect(await write({ p: 1 })).toMatchObject(verified);
    device.onQueue = async () => undefined;
    await clock.advance(999);
    expect(await write({ p: 2 })).toMatchObject(refused('command/too-soon'));
    await clock.advance(1);
    expect(await write({ p: 2 })).toMatchObject(verified);
    expect(device.trace).toEqual(['write p=1', 'write p=2']);
  });

  it('is not used up by a write that was never sent, and is by one that may have acted', async () => {
    const { device, write } = writeRig([soon]);
    const expired = () => {
      throw new Fault('command/expired');
    };
    device.onQueue = async () => Promise.reject(new Fault('throttle/full'));
    expect(await write({ p: 1 })).toMatchObject(refused('throttle/full'));
    device.onQueue = async () => undefined;
    expect(await write({ p: 1 }, expired)).toMatchObject(refused('command/expired'));
    device.onSent = async () => ({ outcome: 'unknown' });
    expect(await write({ p: 1 })).toMatchObject({ outcome: 'unknown' });
    expect(await write({ p: 1 })).toMatchObject(refused('command/too-soon'));
  });

  it('is not used up by a write that left its queue and found the port closed', async () => {
    const { device, write } = writeRig([soon]);
    device.onSent = () => Promise.reject(new Fault('port/not-open'));
    expect(await write({ p: 1 })).toMatchObject(refused('port/not-open'));
    device.onSent = () => undefined;
    expect(await write({ p: 1 })).toMatchObject(verified);
  });

  it('lets one through of two that come at once', async () => {
    const { device, write } = writeRig([soon]);
    const both = await Promise.all([write({ p: 1 }), write({ p: 2 })]);
    expect(both).toMatchObject([verified, refused('command/too-soon')]);
    expect(device.trace).toEqual(['write p=1']);
  });

  it('refuses a write of several points whole', async () => {
    const { device, write } = writeRig([soon, { name: 'q' }]);
    await write({ p: 1 });
    expect(await write({ q: 1, p: 2 })).toMatchObject(refused('command/too-soon'));
    expect(device.trace).toEqual(['write p=1']);
  });
});

describe('the fastest change', () => {
  const slow = { maxRatePerS: 2, min: -1000, max: 1000 };

  it('counts from the value written last and the time since', async () => {
    const { clock, device, write } = writeRig([slow]);
    device.registers.set('p', 0);
    await clock.advance(10_000);
    expect(await write({ p: 20.01 })).toMatchObject(refused('command/too-fast'));
    expect(await write({ p: 20 })).toMatchObject(verified);
    await clock.advance(1000);
    expect(await write({ p: 22.001 })).toMatchObject(refused('command/too-fast'));
    expect(await write({ p: 17.999 })).toMatchObject(refused('command/too-fast'));
    expect(await write({ p: 18 })).toMatchObject(verified);
    expect(device.trace).toEqual(['read p', 'read p', 'write p=20', 'write p=18']);
  });

  it('is judged by a fresh read where the last write is not certain, and refused where that fails', async () => {
    const { clock, device, write } = writeRig([slow]);
    device.registers.set('p', 0);
    await clock.advance(1000);
    device.onSent = async () => ({ outcome: 'unknown' });
    await write({ p: 1 });
    device.onSent = () => undefined;
    await clock.advance(1000);
    expect(await write({ p: 2.5 })).toMatchObject(refused('command/too-fast'));
    expect(await write({ p: 2 })).toMatchObject(verified);
    device.onSent = async () => ({ outcome: 'failed' });
    await clock.advance(1000);
    await write({ p: 3 });
    device.onRead = async () => Promise.reject(new Fault('device/silent'));
    await clock.advance(1000);
    expect(await write({ p: 2 })).toMatchObject(refused('command/too-fast'));
    device.onRead = async () => undefined;
    device.registers.set('p', null);
    expect(await write({ p: 2 })).toMatchObject(refused('command/too-fast'));
  });

  it('goes by what the device gave back', async () => {
    const { clock, device, write } = writeRig([slow]);
    device.registers.set('p', 0);
    await clock.advance(5000);
    device.onSent = async () => ({ outcome: 'applied', values: { p: 5 } });
    await write({ p: 10 });
    await clock.advance(1000);
    expect(await write({ p: 10 })).toMatchObject(refused('command/too-fast'));
    expect(await write({ p: 7 })).toMatchObject({ outcome: 'applied' });
  });

  it('takes what was written where the device gave nothing back, also for a point by the name of an object’s machinery', async () => {
    const { clock, device, write } = writeRig([{ ...slow, name: 'constructor' }]);
    device.registers.set('constructor', 0);
    await clock.advance(5000);
    device.onSent = async () => ({ outcome: 'applied' });
    await write({ constructor: 5 });
    await clock.advance(1000);
    device.trace.length = 0;
    expect(await write({ constructor: 7 })).toMatchObject({ outcome: 'applied' });
    expect(device.trace).toEqual(['write constructor=7']);
  });

  it('is never exceeded on the whole, whatever is asked and when', async () => {
    const asks = fc.array(
      fc.record({ wait: fc.integer({ min: 0, max: 5000 }), to: fc.integer({ min: -100, max: 100 }) }),
      { maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(asks, async (all) => {
        const { clock, device, write } = writeRig([slow]);
        const start = clock.now();
        device.registers.set('p', 0);
        for (const { wait, to } of all) {
          await clock.advance(wait);
          await write({ p: to });
          expect(Math.abs(Number(device.registers.get('p')))).toBeLessThanOrEqual((2 * (clock.now() - start)) / 1000);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('an interlock', () => {
  const locked = { writableWhen: { point: 'mode', equals: 'remote' } };
  const points = [locked, { name: 'mode', type: 'text', choices: ['remote', 'local'] }, { name: 'free' }] as const;

  it('lets a write through while its point has the value, read right before', async () => {
    const { device, write } = writeRig(points);
    device.registers.set('mode', 'remote');
    expect(await write({ p: 1 })).toMatchObject(verified);
    device.registers.set('mode', 'local');
    expect(await write({ p: 1 })).toMatchObject(refused('command/interlock'));
    expect(await write({ free: 1, p: 1 })).toMatchObject(refused('command/interlock'));
    expect(await write({ free: 1 })).toMatchObject(verified);
    expect(device.trace).toEqual(['read mode', 'write p=1', 'read mode', 'read mode', 'write free=1']);
  });

  it('forbids what it can not tell: null, nothing, silence', async () => {
    const { device, write } = writeRig(points);
    expect(await write({ p: 1 })).toMatchObject(refused('command/interlock'));
    device.read = async () => ({});
    expect(await write({ p: 1 })).toMatchObject(refused('command/interlock'));
    device.read = async () => Promise.reject(new Fault('device/silent'));
    expect(await write({ p: 1 })).toMatchObject(refused('command/interlock'));
    expect(device.trace.filter((each) => each.startsWith('write'))).toEqual([]);
  });

  it('is of the value exactly', async () => {
    const { device, write } = writeRig([{ writableWhen: { point: 'state', equals: 1 } }, { name: 'state' }]);
    for (const state of [true, '1', 1.0001, 0, null]) {
      device.registers.set('state', state);
      expect(await write({ p: 1 })).toMatchObject(refused('command/interlock'));
    }
    device.registers.set('state', 1);
    expect(await write({ p: 1 })).toMatchObject(verified);
  });

  it('is of all digits, also where no double holds them', async () => {
    const equals = 0x7fffffffffffffffn;
    const { device, write } = writeRig([{ writableWhen: { point: 'state', equals } }, { name: 'state' }]);
    const holding = (exact?: string) => async () => [{ point: 'state', value: 2 ** 63, ...(exact && { exact }) }];
    for (const exact of [undefined, '9223372036854775552']) {
      Object.assign(device, { readExactly: holding(exact) });
      expect(await write({ p: 1 })).toMatchObject(refused('command/interlock'));
    }
    Object.assign(device, { readExactly: holding('9223372036854775807') });
    expect(await write({ p: 1 })).toMatchObject(verified);
  });

  it('is not of a number whose last digit only a double takes for the same', async () => {
    const equals = 9007199254740992;
    const { device, write } = writeRig([{ writableWhen: { point: 'state', equals } }, { name: 'state' }]);
    const sample = { point: 'state', value: 9007199254740992 };
    Object.assign(device, { readExactly: async () => [{ ...sample, exact: '9007199254740993' }] });
    expect(await write({ p: 1 })).toMatchObject(refused('command/interlock'));
    Object.assign(device, { readExactly: async () => [sample] });
    expect(await write({ p: 1 })).toMatchObject(verified);
  });

  it('sees what an earlier write of the same device did', async () => {
    const { device, write } = writeRig(points);
    device.registers.set('mode', 'remote');
    device.onQueue = settle;
    const [first, second] = await Promise.all([write({ mode: 'local' }), write({ p: 1 })]);
    expect([first, second]).toMatchObject([verified, refused('command/interlock')]);
  });

  it('is old news for a write that waited long for the bus', async () => {
    const { clock, device, write } = writeRig(points);
    device.registers.set('mode', 'remote');
    device.onQueue = () => clock.advance(2000);
    expect(await write({ p: 1 })).toMatchObject(verified);
    device.onQueue = () => clock.advance(2001);
    expect(await write({ p: 1 })).toMatchObject(refused('command/interlock'));
  });

  it('says that a cancelled write was cancelled', async () => {
    const { device, write } = writeRig(points);
    device.onRead = async () => Promise.reject(new Fault('internal/cancelled'));
    expect(await write({ p: 1 })).toMatchObject(refused('internal/cancelled'));
  });

  it('costs no write of the day where it forbids', async () => {
    const { device, write } = writeRig([{ ...locked, dailyWrites: 1 }, points[1]]);
    expect(await write({ p: 1 })).toMatchObject(refused('command/interlock'));
    device.registers.set('mode', 'remote');
    expect(await write({ p: 1 })).toMatchObject(verified);
  });
});

describe('the guard', () => {
  it('knows no device that it was not told of', () => {
    const { guard } = writeRig([{}]);
    expect(() => guard.check({ id: 'other' }, new Map([['p', 1]]))).toThrow(
      expect.objectContaining({ code: 'internal/unexpected' }),
    );
  });

  it('lets writes to one device run one after the other, also after one that failed', async () => {
    const { device, write } = writeRig([{}, { name: 'q' }]);
    let open: () => void = () => undefined;
    device.onQueue = () => new Promise((resolve) => (open = resolve));
    const all = [write({ p: 1 }), write({ q: 1 })];
    await settle();
    device.onQueue = async () => undefined;
    await settle();
    expect(device.trace).toEqual([]);
    device.onSent = () => Promise.reject(new Fault('port/not-open'));
    open();
    expect((await Promise.all(all)).map(({ fault }) => fault)).toEqual(['port/not-open', 'port/not-open']);
    expect(device.trace).toEqual(['write p=1', 'write q=1']);
  });

  it('gives up what waits too long for its turn, and sends nothing of it', async () => {
    const { clock, device, write } = writeRig([{}]);
    device.onQueue = () => new Promise(() => undefined);
    void write({ p: 1 });
    const second = write({ p: 2 });
    await clock.advance(29_999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(await second).toMatchObject(refused('command/device-busy'));
    expect(clock.pending).toBe(0);
  });

  it('judges again when its turn comes: two that were good as they came are not both good', async () => {
    const { device, send, write } = writeRig([{ minIntervalMs: 1 }, { name: 'q' }]);
    let open: () => void = () => undefined;
    device.onQueue = () => new Promise((resolve) => (open = resolve));
    const all = [write({ q: 1 }), write({ p: 1 }), write({ p: 2 }), send('select', { p: 3 })];
    device.onQueue = async () => undefined;
    open();
    const soon = refused('command/too-soon');
    expect(await Promise.all(all)).toMatchObject([verified, verified, soon, soon]);
    expect(device.trace).toEqual(['write q=1', 'write p=1']);
  });

  it('writes nothing once the command was given up', async () => {
    const { device, guard } = writeRig([{ writableWhen: { point: 'mode', equals: 1 } }, { name: 'mode' }]);
    device.registers.set('mode', 1);
    const given = new AbortController();
    device.onRead = async () => given.abort();
    const write = { device, guard, values: new Map([['p', 1]]), selected: false };
    const result = await guardedWrite(write, { stillValid: () => undefined, signal: given.signal });
    expect(result).toMatchObject(refused('internal/cancelled'));
    expect(device.trace).toEqual(['read mode']);
  });

  it('asks whether the request still holds when its turn comes, before anything else', async () => {
    const { device, write } = writeRig([{ writableWhen: { point: 'mode', equals: 1 } }, { name: 'mode' }]);
    const fault = () => {
      throw new Fault('command/lockout');
    };
    expect(await write({ p: 1 }, fault)).toMatchObject(refused('command/lockout'));
    expect(device.trace).toEqual([]);
  });
});
