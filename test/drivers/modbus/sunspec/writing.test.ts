import { describe, expect, it } from 'vitest';
import type { Value } from '../../../../drivers/contract/reading.ts';
import { type ModelContent, SunspecDevice } from '../../../../scripts/sim/sunspec-device.ts';
import { Bench } from './support.ts';

const CONTROLS: ModelContent = {
  id: 123,
  values: { Conn: 1, WMaxLimPct: 10_000, WMaxLimPct_SF: -2, WMaxLim_Ena: 0, WMaxLimPct_RvrtTms: 0, OutPFSet: 0 },
};
const LIMIT = { name: 'limit', model: 123, point: 'WMaxLimPct', writable: true, min: 0, max: 100, step: 0.5 };
const ENABLE = {
  ...{ name: 'enable', model: 123, point: 'WMaxLim_Ena', writable: true },
  enum: { '0': 'off', '1': 'on' },
};

function benchOf(points: readonly Record<string, unknown>[], controls: ModelContent = CONTROLS) {
  const device = new SunspecDevice(1, 40_000, [{ id: 1 }, controls]);
  const bench = new Bench([device], points);
  bench.poll();
  const write = (values: Record<string, Value>) => bench.run(bench.device.write(new Map(Object.entries(values)))[0]);
  const held = (path: string) => {
    const at = { WMaxLimPct: 3, WMaxLimPct_WinTms: 4, WMaxLimPct_RvrtTms: 5, WMaxLim_Ena: 7 }[path] ?? 0;
    return device.held[device.dataAt(123) + at];
  };
  return { device, bench, write, held };
}

describe('a write', () => {
  it('takes the scale factor that the device has at that moment', () => {
    const { device, bench, write, held } = benchOf([LIMIT]);
    const first = write({ limit: 60.5 });
    expect(first.end).toMatchObject({ kind: 'end' });
    expect(first.asked.at(-1)).toBe('16 40075 1');
    expect(held('WMaxLimPct')).toBe(6050);
    expect(bench.poll().values).toEqual({ limit: 60.5 });
    device.set(123, 'WMaxLimPct_SF', 0);
    write({ limit: 60 });
    expect(held('WMaxLimPct')).toBe(60);
  });

  it('is refused, and nothing is sent, where the factor can not represent the value', () => {
    const { device, write, held } = benchOf([LIMIT]);
    device.set(123, 'WMaxLimPct_SF', 0);
    const { end, asked } = write({ limit: 60.5 });
    expect(end).toMatchObject({ kind: 'fail', fault: { code: 'sunspec/resolution' }, consequence: 'refused' });
    expect(asked.every((each) => each.startsWith('3 '))).toBe(true);
    expect(held('WMaxLimPct')).toBe(10_000);
  });

  it('is refused where the value does not fit the type, or says by its bits that there is none', () => {
    const { device, write } = benchOf([{ ...LIMIT, max: 655.35, step: 0.01 }]);
    expect(write({ limit: 655.35 }).end).toMatchObject({ fault: { code: 'sunspec/resolution' } });
    device.set(123, 'WMaxLimPct_SF', -4);
    expect(write({ limit: 50 }).end).toMatchObject({ fault: { code: 'sunspec/resolution' } });
  });

  it.each([-32_768, 11])('is refused where the factor is %i, which is none', (factor) => {
    const { device, write } = benchOf([LIMIT]);
    device.set(123, 'WMaxLimPct_SF', factor);
    expect(write({ limit: 60 }).end).toMatchObject({ fault: { code: 'sunspec/no-factor' }, consequence: 'refused' });
  });

  it('of several values is refused whole where one of them can not be written', () => {
    const { device, write, held } = benchOf([ENABLE, LIMIT]);
    device.set(123, 'WMaxLimPct_SF', 1);
    expect(write({ enable: 'on', limit: 55 }).end).toMatchObject({ fault: { code: 'sunspec/resolution' } });
    expect(held('WMaxLim_Ena')).toBe(0);
  });

  it('of values that lie side by side goes in one request, and the requests come in their order', () => {
    const seconds = { name: 'window', model: 123, point: 'WMaxLimPct_WinTms', writable: true };
    const revert = { name: 'revert', model: 123, point: 'WMaxLimPct_RvrtTms', writable: true };
    const { write, held } = benchOf([LIMIT, seconds, revert, ENABLE]);
    const { asked } = write({ enable: 'on', limit: 50, revert: 600, window: 5 });
    expect(asked.filter((each) => each.startsWith('16'))).toEqual(['16 40079 1', '16 40075 3']);
    expect(['WMaxLimPct', 'WMaxLimPct_WinTms', 'WMaxLimPct_RvrtTms', 'WMaxLim_Ena'].map(held)).toEqual([
      5000, 5, 600, 1,
    ]);
  });

  it('never goes to a place where the model is no more', () => {
    const { bench, write } = benchOf([LIMIT]);
    const moved = new SunspecDevice(1, 40_000, [{ id: 1 }, { id: 120 }, CONTROLS]);
    const other = new Bench([moved], [LIMIT]);
    other.memory = bench.memory;
    const dialogue = other.device.write(new Map([['limit', 50]]))[0];
    const refused = other.run(dialogue);
    expect(refused.end).toMatchObject({ kind: 'fail', fault: { code: 'sunspec/changed' }, consequence: 'refused' });
    expect(refused.asked.some((each) => each.startsWith('16'))).toBe(false);
    // the list is not known far enough until the next poll
    expect(other.run(dialogue).end).toMatchObject({ fault: { code: 'sunspec/unfinished' }, consequence: 'refused' });
    other.poll();
    expect(other.run(dialogue).end).toMatchObject({ kind: 'end' });
    expect(moved.held[moved.dataAt(123) + 3]).toBe(5000);
    expect(write({ limit: 50 }).end).toMatchObject({ kind: 'end' });
  });

  it('of a point that the device does not have is refused', () => {
    const short = benchOf([LIMIT], { ...CONTROLS, length: 3 });
    expect(short.write({ limit: 50 }).end).toMatchObject({
      fault: { code: 'sunspec/no-point' },
      consequence: 'refused',
    });
    const none = new Bench([new SunspecDevice(1, 40_000, [{ id: 1 }])], [LIMIT]);
    none.poll();
    const { end } = none.run(none.device.write(new Map([['limit', 50]]))[0]);
    expect(end).toMatchObject({ fault: { code: 'sunspec/no-model' }, consequence: 'refused' });
  });

  it('that the device refuses says so', () => {
    const { device, write } = benchOf([LIMIT]);
    device.writeRegisters = () => false;
    expect(write({ limit: 50 }).end).toMatchObject({
      fault: { code: 'modbus/illegal-address' },
      consequence: 'refused',
    });
  });

  it.each([
    [{ limit: 101 }, 'command/value'],
    [{ limit: 0.3 }, 'command/value'],
    [{ limit: 'full' }, 'command/value'],
    [{ enable: 1 }, 'command/value'],
    [{ enable: 'maybe' }, 'command/value'],
    [{ read: 1 }, 'command/not-writable'],
    [{ other: 1 }, 'command/unknown-point'],
  ])('%j is refused before anything is asked', (values, code) => {
    const { bench } = benchOf([LIMIT, ENABLE, { name: 'read', model: 123, point: 'Conn' }]);
    expect(() => bench.device.write(new Map(Object.entries(values)))).toThrow(expect.objectContaining({ code }));
  });

  it('is kept where it reads as it was written, or no more than half a step away', () => {
    const { bench } = benchOf([LIMIT]);
    expect(bench.device.agrees?.('limit', 60.5, 60.5)).toBe(true);
    expect(bench.device.agrees?.('limit', 60.5, 60.7)).toBe(true);
    expect(bench.device.agrees?.('limit', 60.5, 61)).toBe(false);
    expect(bench.device.agrees?.('other', 60.5, 60.5)).toBe(false);
  });
});
