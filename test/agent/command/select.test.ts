import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Selections } from '../../../agent/command/write/selections.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { writeRig } from './write-rig.ts';

const refused = (fault: FaultCode) => ({ outcome: 'refused', fault });
const POINTS = [
  { name: 'breaker', type: 'boolean', confirm: 'select' },
  { name: 'level', min: 0, max: 10 },
] as const;

/** A rig with one selection made. */
async function selected(values: Record<string, Value> = { breaker: true }) {
  const rig = writeRig(POINTS);
  const token = await tokenOf(rig, values);
  const operate = (args: unknown, with_: unknown = token) => rig.send('operate', { token: with_, values: args });
  return { ...rig, token, operate };
}

async function tokenOf({ send }: ReturnType<typeof writeRig>, values: object): Promise<string> {
  return String((await send('select', values)).values?.token);
}

describe('a point that is written by select and operate', () => {
  it('is not written by write, nor is anything beside it', async () => {
    const { device, write } = writeRig(POINTS);
    expect(await write({ breaker: true })).toMatchObject(refused('command/select-first'));
    expect(await write({ level: 1, breaker: true })).toMatchObject(refused('command/select-first'));
    expect(await write({ level: 1 })).toMatchObject({ outcome: 'verified' });
    expect(device.trace).toEqual(['write level=1']);
  });

  it('is selected without a byte written, and operated once', async () => {
    const { device, token, operate, send } = await selected();
    expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(device.trace).toEqual([]);
    expect(await operate({ breaker: true })).toMatchObject({ outcome: 'verified', values: { breaker: true } });
    expect(await operate({ breaker: true })).toMatchObject(refused('command/token'));
    expect(device.trace).toEqual(['write breaker=true']);
    expect(await send('select', { breaker: false })).toMatchObject({ outcome: 'done', values: { validMs: 30_000 } });
  });

  it('needs a token, and the values that were selected, all of them', async () => {
    for (const values of [{ breaker: false }, { breaker: true, level: 1 }, { level: 1 }, { breaker: 1 }]) {
      const { device, operate } = await selected();
      expect(await operate(values)).toMatchObject(refused('command/token'));
      // and that called it off
      expect(await operate({ breaker: true })).toMatchObject(refused('command/token'));
      expect(device.trace).toEqual([]);
    }
    const { operate } = await selected({ breaker: true, level: 1 });
    expect(await operate({ breaker: true })).toMatchObject(refused('command/token'));
  });

  it('keeps its selection when somebody guesses', async () => {
    const { operate } = await selected();
    for (const guess of ['', 'a'.repeat(22), '__proto__']) {
      expect(await operate({ breaker: true }, guess)).toMatchObject(refused('command/token'));
    }
    for (const guess of [null, 1, 'a'.repeat(65)]) {
      expect(await operate({ breaker: true }, guess)).toMatchObject(refused('command/malformed'));
    }
    expect(await operate({ breaker: true })).toMatchObject({ outcome: 'verified' });
  });

  it('is selected by one at a time, until the time is over', async () => {
    const { clock, operate, send } = await selected();
    expect(await send('select', { level: 1, breaker: true })).toMatchObject(refused('command/selected'));
    expect(await send('select', { level: 1 })).toMatchObject({ outcome: 'done' });
    await clock.advance(29_999);
    expect(await send('select', { breaker: true })).toMatchObject(refused('command/selected'));
    await clock.advance(1);
    expect(await send('select', { breaker: true })).toMatchObject({ outcome: 'done' });
    expect(await operate({ breaker: true })).toMatchObject(refused('command/token'));
  });

  it('can be operated until just before the time is over, whatever the wall clock says', async () => {
    const { clock, operate } = await selected();
    await clock.advance(29_999);
    clock.setWall(0);
    expect(await operate({ breaker: true })).toMatchObject({ outcome: 'verified' });
    const late = await selected();
    await late.clock.advance(30_000);
    expect(await late.operate({ breaker: true })).toMatchObject(refused('command/token'));
  });

  it.each([
    [{ nothing: true }, 'command/unknown-point'],
    [{ breaker: 1 }, 'command/value'],
    [{ level: 11 }, 'command/value'],
    [{}, 'command/malformed'],
  ] as const)('is selected only with what could be written: %j', async (values, fault) => {
    const { send, selections } = writeRig(POINTS);
    expect(await send('select', values)).toMatchObject(refused(fault));
    expect(selections.size).toBe(0);
  });

  it('is selected only with what the driver takes', async () => {
    const { device, send } = writeRig(POINTS);
    device.onCheck = () => {
      throw new Fault('command/value');
    };
    expect(await send('select', { breaker: true })).toMatchObject(refused('command/value'));
  });

  it('is judged by every limit at select and again at operate', async () => {
    const locked = { ...POINTS[0], minIntervalMs: 1000, writableWhen: { point: 'level', equals: 1 } };
    const rig = writeRig([locked, POINTS[1]]);
    const { device, send, clock } = rig;
    expect(await send('select', { breaker: true })).toMatchObject(refused('command/interlock'));
    device.registers.set('level', 1);
    const token = await tokenOf(rig, { breaker: true });
    const reads = device.trace.length;
    expect(await send('select', { breaker: true })).toMatchObject(refused('command/selected'));
    expect(device.trace).toHaveLength(reads);
    device.registers.set('level', 2);
    const operate = (with_: string) => send('operate', { token: with_, values: { breaker: true } });
    expect(await operate(token)).toMatchObject(refused('command/interlock'));
    device.registers.set('level', 1);
    expect(await operate(token)).toMatchObject({ outcome: 'verified' });
    expect(await operate(token)).toMatchObject(refused('command/token'));
    expect(await send('select', { breaker: false })).toMatchObject(refused('command/too-soon'));
    await clock.advance(1000);
    expect(await send('select', { breaker: false })).toMatchObject({ outcome: 'done' });
  });

  it('keeps its selection when operate is refused before anything is sent, whatever the reason', async () => {
    const { clock, device, operate, send, token } = await selected();
    const lockedOut = () => {
      throw new Fault('command/lockout');
    };
    const args = { token, values: { breaker: true } };
    expect(await send('operate', args, lockedOut)).toMatchObject(refused('command/lockout'));
    let asked = 0;
    const expiresInQueue = () => {
      asked += 1;
      if (asked === 2) throw new Fault('command/expired');
    };
    expect(await send('operate', args, expiresInQueue)).toMatchObject(refused('command/expired'));
    device.onQueue = () => Promise.reject(new Fault('throttle/full'));
    expect(await operate({ breaker: true })).toMatchObject(refused('throttle/full'));
    device.onQueue = async () => undefined;
    // the port took no byte although the write had left its queue
    device.onSent = () => Promise.reject(new Fault('port/not-open'));
    expect(await operate({ breaker: true })).toMatchObject(refused('port/not-open'));
    device.onSent = () => undefined;
    expect(await send('select', { breaker: false })).toMatchObject(refused('command/selected'));
    await clock.advance(29_999);
    expect(await operate({ breaker: true })).toMatchObject({ outcome: 'verified' });
    expect(device.registers.get('breaker')).toBe(true);
  });

  it('gives nothing back whose time is over', async () => {
    const { clock, device, operate, selections } = await selected();
    device.onSent = async () => {
      await clock.advance(30_000);
      throw new Fault('port/not-open');
    };
    expect(await operate({ breaker: true })).toMatchObject(refused('port/not-open'));
    expect(selections.size).toBe(0);
    expect(await operate({ breaker: true })).toMatchObject(refused('command/token'));
  });

  it('is operated once, also when two came at the same time', async () => {
    const { device, operate } = await selected();
    const both = await Promise.all([operate({ breaker: true }), operate({ breaker: true })]);
    expect(both).toMatchObject([{ outcome: 'verified' }, refused('command/token')]);
    expect(device.trace).toEqual(['write breaker=true']);
  });

  it('reads no interlock for a second one that has waited for its turn in vain', async () => {
    const rig = writeRig([{ ...POINTS[0], writableWhen: { point: 'level', equals: 1 } }, POINTS[1]]);
    rig.device.registers.set('level', 1);
    const token = await tokenOf(rig, { breaker: true });
    const operate = () => rig.send('operate', { token, values: { breaker: true } });
    await Promise.all([operate(), operate()]);
    expect(rig.device.trace).toEqual(['read level', 'read level', 'write breaker=true']);
  });

  it('is not operated by what still waits when it is called off', async () => {
    const { device, operate } = await selected();
    device.onQueue = async () => {
      expect(await operate({ breaker: false })).toMatchObject(refused('command/token'));
    };
    expect(await operate({ breaker: true })).toMatchObject(refused('command/token'));
    expect(device.trace).toEqual([]);
  });

  it('may be asked more than once whether it still holds before it leaves', async () => {
    const { device, operate } = await selected();
    const { write } = device;
    device.write = (values, stillValid) => {
      stillValid();
      return write.call(device, values, stillValid);
    };
    expect(await operate({ breaker: true })).toMatchObject({ outcome: 'verified' });
  });

  it('uses the token up also where the write fails', async () => {
    const { device, operate } = await selected();
    device.onSent = async () => ({ outcome: 'unknown' });
    expect(await operate({ breaker: true })).toMatchObject({ outcome: 'unknown' });
    expect(await operate({ breaker: true })).toMatchObject(refused('command/token'));
    expect(device.trace).toEqual(['write breaker=true']);
  });

  it('is selected and operated where write is allowed, and only there', async () => {
    const { send } = writeRig(POINTS, { allow: ['read', 'select', 'operate'] });
    expect(await send('select', { breaker: true })).toMatchObject(refused('command/not-allowed'));
    expect(await send('operate', { token: 'x', values: { breaker: true } })).toMatchObject(
      refused('command/not-allowed'),
    );
  });
});

describe('selections', () => {
  it('are bounded, and those whose time is over make room', async () => {
    const clock = new FakeClock();
    const selections = new Selections(clock);
    const open = (name: string) => selections.open('pump', new Map([[name, 1]]));
    for (let i = 0; i < 64; i += 1) open(`p${i}`);
    expect(() => open('more')).toThrow(expect.objectContaining({ code: 'command/rate' }));
    await clock.advance(30_000);
    open('more');
    expect(selections.size).toBe(1);
  });

  it('are of one device', () => {
    const selections = new Selections(new FakeClock());
    const { token } = selections.open('pump', new Map([['p', 1]]));
    selections.open('other', new Map([['p', 1]]));
    expect(() => selections.claim('other', token, { p: 1 })).toThrow(
      expect.objectContaining({ code: 'command/token' }),
    );
  });

  it('never lead to a value that was not selected', () => {
    const values = fc.dictionary(
      fc.constantFrom('a', 'b', 'constructor'),
      fc.oneof(fc.integer({ min: 0, max: 1 }), fc.boolean(), fc.constantFrom('0', '1')),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(values, values, (selected, operated) => {
        const selections = new Selections(new FakeClock());
        const { token } = selections.open('pump', new Map(Object.entries(selected)));
        const same =
          JSON.stringify(Object.entries(selected).sort()) === JSON.stringify(Object.entries(operated).sort());
        if (same) selections.claim('pump', token, operated).use();
        else expect(() => selections.claim('pump', token, operated)).toThrow();
        expect(selections.size).toBe(0);
      }),
    );
  });
});
