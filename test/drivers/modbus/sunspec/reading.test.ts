import { describe, expect, it } from 'vitest';
import { type ModelContent, SunspecDevice } from '../../../../scripts/sim/sunspec-device.ts';
import { Bench } from './support.ts';

const COMMON: ModelContent = { id: 1, values: { Mn: 'Maker', Md: 'Model', SN: '42' } };
const INVERTER: ModelContent = {
  id: 103,
  values: { W: 2850, W_SF: 0, A: 1234, A_SF: -2, Hz: 5001, Hz_SF: -2, WH: 99, WH_SF: 0, St: 4, Evt1: 0x8000_0001 },
};

const deviceOf = (...models: ModelContent[]) => new SunspecDevice(1, 40_000, [COMMON, ...models]);
const point = (model: number | string, name: string, more: Record<string, unknown> = {}) => ({
  ...{ name: name.toLowerCase().replace(/[._]/g, '-'), model, point: name, ...more },
});

describe('points of one model', () => {
  it('come by one request, with their factors and the number of the model', () => {
    const bench = new Bench([deviceOf(INVERTER)], [point(103, 'A'), point(103, 'W'), point(103, 'Hz')]);
    bench.poll();
    expect(bench.poll()).toEqual({ values: { a: 12.34, w: 2850, hz: 50.01 }, faults: {}, asked: ['3 40070 18'] });
  });

  it('take the factor of the same answer: one that was read before is never used', () => {
    const device = deviceOf(INVERTER);
    const bench = new Bench([device], [point(103, 'W')]);
    expect(bench.poll().values).toEqual({ w: 2850 });
    device.set(103, 'W', 285);
    device.set(103, 'W_SF', 1);
    expect(bench.poll()).toMatchObject({ values: { w: 2850 }, asked: ['3 40070 16'] });
    device.set(103, 'W', 1012);
    expect(bench.poll().values).toEqual({ w: 10_120 });
  });

  it.each([-32_768, 11, -11, 300])('are null where the factor is %i, which is none', (factor) => {
    const device = deviceOf(INVERTER);
    device.set(103, 'W_SF', factor);
    expect(new Bench([device], [point(103, 'W'), point(103, 'A')]).poll().values).toEqual({ w: null, a: 12.34 });
  });

  it.each([10, -10])('are scaled by 10 to the power of %i', (factor) => {
    const device = deviceOf(INVERTER);
    device.set(103, 'W_SF', factor);
    expect(new Bench([device], [point(103, 'W')]).poll().values).toEqual({ w: Number(`2850e${factor}`) });
  });

  it('of another kind come by another request', () => {
    const bench = new Bench([deviceOf(INVERTER)], [point(103, 'W'), point('common', 'SN')]);
    expect(bench.poll().values).toEqual({ w: 2850, sn: '42' });
    expect(bench.device.plan(['w', 'sn'])).toHaveLength(2);
  });

  it('are asked for in parts where the device refuses so much at once', () => {
    const device = deviceOf(INVERTER);
    const registers = device.registers.bind(device);
    device.registers = (kind, address, count) => (count > 20 ? undefined : registers(kind, address, count));
    const bench = new Bench([device], [point(103, 'A'), point(103, 'WH'), point(103, 'St')]);
    expect(bench.poll()).toMatchObject({ values: { a: 12.34, wh: 99 } });
    expect(bench.memory).toMatchObject({ base: 40_000 });
  });
});

describe('a value that the device does not have', () => {
  it('is null by the pattern of its type', () => {
    const none = new SunspecDevice(1, 40_000, [{ id: 1 }, { id: 103 }, { id: 113 }, { id: 160 }, { id: 701 }]);
    const points = [
      ...[point(1, 'Mn'), point(1, 'DA'), point(103, 'W'), point(103, 'A'), point(103, 'WH'), point(103, 'St')],
      ...[point(103, 'Evt1'), point(103, 'W_SF'), point(113, 'PF'), point(160, 'N'), point(701, 'TotWhInj')],
    ];
    const { values, faults } = new Bench([none], points).poll();
    expect(faults).toEqual({});
    expect(Object.keys(values)).toHaveLength(points.length);
    expect(Object.values(values).filter((value) => value !== null)).toEqual([]);
  });

  it('is null where the model of the device ends before it, and is not read', () => {
    const short = deviceOf({ ...INVERTER, length: 20 });
    const bench = new Bench([short], [point(103, 'W'), point(103, 'St'), point(103, 'PF')]);
    bench.poll();
    // the factor of PF lies beyond the end
    expect(bench.poll()).toMatchObject({ values: { w: 2850, st: null, pf: null }, asked: ['3 40070 16'] });
  });

  it('is no value of a longer model either', () => {
    const long = deviceOf({ ...INVERTER, length: 60 }, { id: 120, values: { WRtg: 5, WRtg_SF: 3 } });
    expect(new Bench([long], [point(103, 'W'), point(120, 'WRtg')]).poll().values).toEqual({ w: 2850, wrtg: 5000 });
  });
});

describe('whole numbers', () => {
  it('keep all their digits', () => {
    const device = new SunspecDevice(1, 40_000, [{ id: 701, values: { TotWhInj: 0, TotWh_SF: 0 } }]);
    device.held.set([0x0020, 0, 0, 1], device.dataAt(701) + 17);
    const bench = new Bench([device], [point(701, 'TotWhInj')]);
    bench.poll();
    const [dialogue] = bench.device.plan(['totwhinj']);
    expect(bench.run(dialogue).end).toMatchObject({
      samples: [{ point: 'totwhinj', value: 9_007_199_254_740_992, exact: '9007199254740993' }],
    });
  });

  it('of bits and choices are numbers, or the texts of the config', () => {
    const points = [
      point(103, 'Evt1'),
      point(103, 'St'),
      { name: 'state', model: 103, point: 'St', enum: { '4': 'running' } },
      { name: 'other', model: 103, point: 'St', enum: { '1': 'off' } },
    ];
    expect(new Bench([deviceOf(INVERTER)], points).poll().values).toEqual({
      ...{ evt1: 0x8000_0001, st: 4, state: 'running', other: null },
    });
  });

  it('take the scale, the offset and the decimals of the config besides', () => {
    const energy = { name: 'energy', model: 103, point: 'WH', scale: 0.001, offset: 1, decimals: 2, unit: 'kWh' };
    const bench = new Bench([deviceOf(INVERTER)], [energy, { ...energy, name: 'plain', unit: undefined }]);
    expect(bench.poll().values).toEqual({ energy: 1.1, plain: 1.1 });
    expect(bench.device.points.map(({ unit }) => unit)).toEqual(['kWh', undefined]);
  });
});

describe('instances', () => {
  const trackers = (count: number): ModelContent => ({
    id: 160,
    values: { DCA_SF: -2, DCV_SF: -1, DCW_SF: 0, N: count },
    instances: Array.from({ length: count }, (_, index) => ({
      ID: index + 1,
      DCW: 100 * (index + 1),
      IDStr: `T${index}`,
    })),
  });

  it('of a group are counted from 0', () => {
    const points = [0, 1, 2].map((instance) => ({ name: `p${instance}`, model: 'mppt', point: 'DCW', instance }));
    const bench = new Bench([deviceOf(trackers(2))], points);
    expect(bench.poll()).toMatchObject({ values: { p0: 100, p1: 200, p2: null }, faults: {} });
  });

  it('of one model are counted from 0, and a group in a later model is named by both', () => {
    const points = [
      { name: 'a', model: 203, point: 'W', instance: 0 },
      { name: 'b', model: 203, point: 'W', instance: 1 },
      { name: 'c', model: 203, point: 'W', instance: 2 },
      { name: 'd', model: 160, point: 'DCW', instance: [1, 2] },
    ];
    const meter = (watts: number): ModelContent => ({ id: 203, values: { W: watts, W_SF: 0 } });
    const bench = new Bench([deviceOf(meter(1), trackers(1), meter(2), trackers(3))], points);
    expect(bench.poll()).toMatchObject({ values: { a: 1, b: 2, d: 300 }, faults: { c: 'sunspec/no-model' } });
  });

  it('that lie too far from their factors are read between two readings of these', () => {
    const points = [{ name: 'far', model: 160, point: 'DCW', instance: 9 }];
    const device = deviceOf(trackers(10));
    const bench = new Bench([device], points);
    bench.poll();
    const far = bench.poll();
    expect(far).toMatchObject({ values: { far: 1000 } });
    // number, length and factors; the value; the factor once more
    expect(far.asked).toEqual(['3 40070 5', `3 ${40_072 + 8 + 9 * 20 + 11} 1`, '3 40074 1']);
  });

  it('whose factor changes meanwhile are no value: they are read once more', () => {
    const device = deviceOf(trackers(10));
    const bench = new Bench([device], [{ name: 'far', model: 160, point: 'DCW', instance: 9 }]);
    bench.poll();
    let asked = 0;
    bench.tamper = (_, answer) => {
      asked += 1;
      if (asked === 2) device.set(160, 'DCW_SF', 1);
      return answer;
    };
    const [dialogue] = bench.device.plan(['far']);
    expect(bench.run(dialogue).end).toMatchObject({
      ...{ kind: 'fail', fault: { code: 'sunspec/unsteady-factor' }, consequence: 'damaged', repeat: 'whole' },
    });
    expect(bench.poll().values).toEqual({ far: 10_000 });
  });

  it('of curves lie where the device’s own counts say', () => {
    const device = deviceOf({
      id: 705,
      length: 13 + 2 * (10 + 2 * 4),
      values: { NPt: 4, NCrv: 2, V_SF: -1, DeptRef_SF: 0 },
    });
    const at = device.dataAt(705);
    device.held[at + 13 + 18 + 10 + 2 * 3] = 1075;
    device.held[at + 13 + 18 + 10 + 2 * 3 + 1] = 0xffd4;
    const points = [
      { name: 'v', model: 705, point: 'V', instance: [0, 1, 3] },
      { name: 'q', model: 705, point: 'Crv.Pt.Var', instance: [0, 1, 3] },
      { name: 'none', model: 705, point: 'V', instance: [0, 0, 4] },
    ];
    const { values } = new Bench([device], points).poll();
    expect(values).toEqual({ v: 107.5, q: -44, none: null });
  });
});

describe('a word for several models', () => {
  it.each([101, 103, 111, 113])('reads the inverter model %i', (id) => {
    const device = deviceOf({ id: 120 }, { id, values: id < 110 ? { W: 77, W_SF: 0 } : { W: 77 } });
    expect(new Bench([device], [point('inverter', 'W')]).poll().values).toEqual({ w: 77 });
  });
});

describe('a device without points', () => {
  it('brings the usual ones of the models that it has, and the others are null', () => {
    const bench = new Bench([deviceOf(INVERTER)], []);
    const { values, faults } = bench.poll();
    expect(faults).toEqual({});
    expect(values).toMatchObject({ power: 2850, current: 12.34, frequency: 50.01, energy: 99, state: 'mppt' });
    expect(values).toMatchObject({ 'energy-import': null, 'state-of-charge': null });
    expect(Object.keys(values).toSorted()).toEqual(bench.device.points.map(({ name }) => name).toSorted());
    // one model and the end of the list, which tells that there are no others
    expect(bench.poll().asked).toHaveLength(3);
  });

  it('prefers the inverter, and shows the energies of its meter', () => {
    const meter: ModelContent = { id: 203, values: { W: 5, W_SF: 0, TotWhImp: 700, TotWh_SF: 0 } };
    const both = new Bench([deviceOf(meter, INVERTER)], []).poll().values;
    expect(both).toMatchObject({ power: 2850, 'energy-import': 700 });
    expect(new Bench([deviceOf(meter)], []).poll().values).toMatchObject({ power: 5, energy: null });
  });

  it('has nothing to say where it has none of the models, and is asked all the same', () => {
    const bench = new Bench([deviceOf()], []);
    bench.poll();
    const { values, asked } = bench.poll();
    expect(Object.values(values).every((value) => value === null)).toBe(true);
    expect(asked.length).toBeGreaterThan(0);
  });
});

describe('on Modbus TCP', () => {
  it('each request of a run has a number of its own', () => {
    const bench = new Bench([deviceOf(INVERTER)], [point(103, 'W')], {}, 'tcp');
    const numbers: number[] = [];
    bench.tamper = (request, answer) => {
      numbers.push(((request[0] ?? 0) << 8) | (request[1] ?? 0));
      return answer;
    };
    bench.run(bench.device.plan(['w'])[0]);
    expect(numbers).toHaveLength(2);
    expect(new Set(numbers).size).toBe(2);
  });

  it('a late answer to the question before is never taken', () => {
    const bench = new Bench([deviceOf(INVERTER)], [point(103, 'W')], {}, 'tcp');
    let before = new Uint8Array(0);
    bench.tamper = (_, answer) => {
      const late = before;
      before = Uint8Array.from(answer);
      return Uint8Array.from([...late, ...answer]);
    };
    expect(bench.poll().values).toEqual({ w: 2850 });
  });

  it('a gateway that does not reach the unit counts as silence', () => {
    const bench = new Bench([deviceOf(INVERTER)], [point(103, 'W')], {}, 'tcp');
    bench.tamper = (_, answer) => Uint8Array.from([...answer.subarray(0, 4), 0, 3, 1, 0x83, 11]);
    const { end } = bench.run(bench.device.plan(['w'])[0]);
    expect(end).toMatchObject({ kind: 'fail', consequence: 'silent', fault: { code: 'modbus/gateway-target' } });
  });
});
