import { describe, expect, test } from 'vitest';
import {
  axdr,
  codeBytes,
  dataNotification,
  dateTimeBytes,
  eventNotification,
  hdlc,
  joined,
} from '../../../../scripts/sim/dlms-encoder.ts';
import { hear, type MeterSettings, meter } from './meter.ts';

const AT = Date.UTC(2026, 2, 12, 15, 24, 30);

/** The values of a list, by the codes. */
function valuesOf(body: Uint8Array, points: MeterSettings['points'], dateTime?: Uint8Array) {
  const heard = hear(meter(points === undefined ? {} : { points }), ...hdlc(dataNotification(body, dateTime)));
  expect(heard.faults).toEqual([]);
  return heard.values;
}

function faultsOf(body: Uint8Array) {
  const heard = hear(meter(), ...hdlc(dataNotification(body)));
  expect(heard.samples).toEqual([]);
  return heard.faults;
}

const [W, WH, A, V] = [27, 30, 33, 35];

describe('a list of code, value, scaler and unit', () => {
  const list = (...items: readonly Uint8Array[]) =>
    axdr.array(
      axdr.structure(axdr.code('1.1.0.2.129.255'), axdr.visible('AIDON_V0001')),
      axdr.structure(axdr.code('1.0.1.7.0.255'), axdr.u32(1362), axdr.scalerUnit(0, W)),
      axdr.structure(axdr.code('1.0.31.7.0.255'), axdr.i16(-93), axdr.scalerUnit(-1, A)),
      axdr.structure(axdr.code('1.0.1.8.0.255'), axdr.u32(152_030), axdr.scalerUnit(1, WH)),
      ...items,
    );

  test('is read with scaler and unit applied', () => {
    expect(valuesOf(list(), ['1-0:1.7.0', '1-0:31.7.0', '1-0:1.8.0', '1-1:0.2.129'])).toEqual({
      '1-0-1-7-0': 1362,
      '1-0-31-7-0': -9.3,
      '1-0-1-8-0': 1_520_300,
      '1-1-0-2-129': 'AIDON_V0001',
    });
  });

  test('feeds the usual points where none are named', () => {
    expect(valuesOf(list(), [])).toEqual({
      'power-import': 1362,
      'current-l1': -9.3,
      'energy-import': 1_520_300,
      'list-id': 'AIDON_V0001',
    });
  });

  test('gives kWh to a point that wants kWh', () => {
    const points = [{ name: 'energy', obis: '1-0:1.8.0', unit: 'kWh' }];
    expect(valuesOf(list(), points)).toEqual({ energy: 1520.3 });
  });

  test('gives null to a point of a unit of another kind', () => {
    expect(valuesOf(list(), [{ name: 'energy', obis: '1-0:1.8.0', unit: 'V' }])).toEqual({ energy: null });
  });

  test('is read as a structure, and in nested lists', () => {
    const inner = axdr.structure(axdr.code('1.0.32.7.0.255'), axdr.u16(2312), axdr.scalerUnit(-1, V));
    expect(valuesOf(axdr.structure(axdr.enumeration(1), axdr.array(inner)), ['1-0:32.7.0'])).toEqual({
      '1-0-32-7-0': 231.2,
    });
  });

  test('tells the first of several values under one code', () => {
    const again = axdr.structure(axdr.code('1.0.1.7.0.255'), axdr.u32(9), axdr.scalerUnit(0, W));
    expect(valuesOf(list(again), ['1-0:1.7.0'])).toEqual({ '1-0-1-7-0': 1362 });
  });

  test('finds a short code on any channel', () => {
    expect(valuesOf(list(), [{ name: 'power', obis: '1.7.0' }])).toEqual({ power: 1362 });
  });
});

describe('codes and values in turn', () => {
  test('with scaler and unit behind the value, the time in front and the number of the meter at the end (Austria)', () => {
    const body = axdr.structure(
      axdr.octets(dateTimeBytes(AT, -60)),
      axdr.code('1.0.1.8.0.255'),
      axdr.u32(12_937),
      axdr.scalerUnit(0, WH),
      axdr.code('1.0.32.7.0.255'),
      axdr.u16(2337),
      axdr.scalerUnit(-1, V),
      axdr.code('1.0.13.7.0.255'),
      axdr.u16(1000),
      axdr.scalerUnit(-3, 255),
      axdr.octets('1KFM0200000017'),
    );
    const points = ['1-0:1.8.0', '1-0:32.7.0', '1-0:13.7.0', '0-0:1.0.0', '0-0:96.1.0', '0-0:0.0.0*0'];
    expect(valuesOf(body, points)).toEqual({
      '1-0-1-8-0': 12_937,
      '1-0-32-7-0': 233.7,
      '1-0-13-7-0': 1,
      '0-0-1-0-0': '2026-03-12T16:24:30+01:00',
      '0-0-96-1-0': '1KFM0200000017',
      '0-0-0-0-0-0': '2026-03-12T16:24:30+01:00',
    });
  });

  const kamstrup = (...more: readonly Uint8Array[]) =>
    axdr.structure(
      axdr.visible('Kamstrup_V0001'),
      axdr.code('1.1.1.8.0.255'),
      axdr.u32(630_749),
      axdr.code('1.1.31.7.0.255'),
      axdr.u32(57),
      axdr.code('1.1.32.7.0.255'),
      axdr.u16(222),
      axdr.code('0.1.1.0.0.255'),
      axdr.octets(dateTimeBytes(AT)),
      ...more,
    );

  test('without scaler are as sent to points without a unit (Kamstrup)', () => {
    expect(valuesOf(kamstrup(), ['1-1:1.8.0', '1-1:31.7.0', '1-1:32.7.0', '0-1:1.0.0', '0-0:0.0.0*0'])).toEqual({
      '1-1-1-8-0': 630_749,
      '1-1-31-7-0': 57,
      '1-1-32-7-0': 222,
      '0-1-1-0-0': '2026-03-12T15:24:30',
      '0-0-0-0-0-0': 'Kamstrup_V0001',
    });
  });

  test("without scaler are scaled by the maker's documents for points that have a unit", () => {
    expect(valuesOf(kamstrup(), [])).toEqual({
      'energy-import': 6_307_490,
      'current-l1': 0.57,
      'voltage-l1': 222,
      'list-id': 'Kamstrup_V0001',
    });
    const points = [{ name: 'current', obis: '1-1:31.7.0', unit: 'mA' }];
    expect(valuesOf(kamstrup(), points)).toEqual({ current: 570 });
  });

  test('of a Kamstrup meter behind transformers have currents in mA', () => {
    const type = [axdr.code('1.1.96.1.1.255'), axdr.visible('6851121BN24310104')];
    expect(valuesOf(kamstrup(...type), [{ name: 'current-l1' }])).toEqual({ 'current-l1': 0.057 });
  });

  test('with null-data in the places of missing phases are read', () => {
    const body = kamstrup(axdr.nothing(), axdr.nothing(), axdr.code('1.1.2.8.0.255'), axdr.u32(4));
    expect(valuesOf(body, ['1-1:2.8.0'])).toEqual({ '1-1-2-8-0': 4 });
  });

  test('without scaler and of no known maker say so to who sets the device up', () => {
    const body = axdr.structure(axdr.octets(dateTimeBytes(AT)), axdr.code('1.0.1.7.0.255'), axdr.u32(2893));
    const { samples } = hear(meter({ points: [{ name: 'power-import' }] }), ...hdlc(dataNotification(body)));
    expect(samples).toEqual([{ point: 'power-import', value: 2893, remark: expect.stringContaining('no scaler') }]);
  });

  test('of which the last code has no value are refused', () => {
    expect(faultsOf(axdr.structure(axdr.code('1.0.1.7.0.255'), axdr.u32(1), axdr.code('1.0.2.7.0.255')))).toEqual([
      'dlms/malformed',
    ]);
  });
});

describe('a list that brings its attributes (Landis+Gyr)', () => {
  const attribute = (classId: number, code: string, number: number) =>
    axdr.structure(axdr.u16(classId), axdr.code(code), axdr.i8(number), axdr.u16(0));
  const attributes = axdr.array(
    attribute(40, '0.8.25.9.0.255', 2),
    attribute(40, '0.8.25.9.0.255', 1),
    attribute(1, '0.0.96.1.0.255', 2),
    attribute(3, '1.0.1.8.0.255', 2),
    attribute(3, '1.0.32.7.0.255', 2),
    attribute(3, '1.0.1.7.0.255', 3),
    attribute(3, '1.0.1.7.0.255', 2),
  );
  const values = [
    axdr.code('0.8.25.9.0.255'),
    axdr.octets('60180817'),
    axdr.u64(99_000n),
    axdr.u16(2312),
    axdr.scalerUnit(3, W),
    axdr.u32(2),
  ];
  const points = ['0-0:96.1.0', '1-0:1.8.0', '1-0:32.7.0', '1-0:1.7.0'];
  const expected = { '0-0-96-1-0': '60180817', '1-0-1-8-0': 99_000, '1-0-32-7-0': 231.2, '1-0-1-7-0': 2000 };

  test('gives each value its code, and the scaler where the list has it', () => {
    expect(valuesOf(axdr.structure(attributes, ...values), points)).toEqual(expected);
  });

  test('is also read where the list does not count itself', () => {
    const others = axdr.array(attribute(3, '1.0.1.8.0.255', 2), attribute(3, '1.0.2.8.0.255', 2));
    expect(valuesOf(axdr.structure(others, axdr.u32(1), axdr.u32(2)), ['1-0:2.8.0'])).toEqual({ '1-0-2-8-0': 2 });
    expect(valuesOf(axdr.structure(others, axdr.structure(axdr.u32(1), axdr.u32(2))), ['1-0:2.8.0'])).toEqual({
      '1-0-2-8-0': 2,
    });
  });

  test('is refused where list and values do not agree', () => {
    expect(faultsOf(axdr.structure(attributes, ...values.slice(1)).map((byte, at) => (at === 1 ? 6 : byte)))).toEqual([
      'dlms/malformed',
    ]);
  });

  test('gives nothing of an attribute that stands without its list', () => {
    expect(faultsOf(axdr.structure(attribute(3, '1.0.1.8.0.255', 2), axdr.u32(7)))).toEqual(['dlms/layout']);
  });
});

describe('pairs of a descriptor without type bytes and a value (Sagemcom)', () => {
  const pair = (classId: number, code: string, attribute: number, value: Uint8Array) =>
    joined(Uint8Array.of(2, 2, classId >> 8, classId & 0xff), codeBytes(code), Uint8Array.of(attribute), value);

  test('are read', () => {
    const body = axdr.structure(
      axdr.enumeration(1),
      axdr.array(
        pair(1, '0.0.96.1.1.255', 2, axdr.octets('5100005149')),
        pair(70, '0.0.96.3.10.255', 3, axdr.enumeration(1)),
        pair(3, '1.0.1.7.0.255', 2, axdr.u32(1956)),
        pair(3, '1.0.2.7.0.255', 3, axdr.scalerUnit(0, W)),
      ),
    );
    expect(valuesOf(body, ['0-0:96.1.1', '0-0:96.3.10', '1-0:1.7.0', '1-0:2.7.0'])).toEqual({
      '0-0-96-1-1': '5100005149',
      '0-0-96-3-10': 1,
      '1-0-1-7-0': 1956,
    });
  });
});

describe('a list of values alone', () => {
  const kaifa = (phases: number, ...more: readonly Uint8Array[]) =>
    axdr.structure(
      axdr.octets('KFM_001'),
      axdr.octets('6970631400000017'),
      axdr.octets(phases === 1 ? 'MA105H2E' : 'MA304H4'),
      ...[1500, 0, 40, 7].map(axdr.u32),
      ...[6504, 6505, 6506].slice(0, phases).map(axdr.u32),
      ...[2301, 2302, 2303].slice(0, phases).map(axdr.u32),
      ...more,
    );
  const hourly = [axdr.octets(dateTimeBytes(AT)), ...[403_000, 1, 2, 3].map(axdr.u32)];
  const first = { 'list-id': 'KFM_001', 'meter-id': '6970631400000017', 'power-import': 1500, 'power-export': 0 };
  const reactive = { 'reactive-power-import': 40, 'reactive-power-export': 7 };

  test('of one value is the power (Kaifa, list 1)', () => {
    expect(valuesOf(axdr.structure(axdr.u32(601)), [])).toEqual({ 'power-import': 601 });
  });

  test('of 9 and of 14 values is of one phase (Kaifa)', () => {
    const one = { ...first, ...reactive, 'meter-type': 'MA105H2E', 'current-l1': 6.504, 'voltage-l1': 230.1 };
    expect(valuesOf(kaifa(1), [])).toEqual(one);
    expect(valuesOf(kaifa(1, ...hourly), [{ name: 'energy-import' }, { name: 'meter-time' }])).toEqual({
      'energy-import': 403_000,
      'meter-time': '2026-03-12T15:24:30',
    });
  });

  test('of 13 and of 18 values is of three phases (Kaifa)', () => {
    expect(valuesOf(kaifa(3), [])).toMatchObject({ ...first, 'current-l3': 6.506, 'voltage-l2': 230.2 });
    expect(valuesOf(kaifa(3, ...hourly), [])).toMatchObject({ 'energy-import': 403_000, 'reactive-energy-export': 3 });
  });

  test('with its codes is read by its codes (Kaifa, Sweden)', () => {
    const body = axdr.structure(
      axdr.code('1.1.0.2.129.255'),
      axdr.octets('KFM_001'),
      axdr.code('1.0.31.7.0.255'),
      axdr.u32(6504),
      axdr.code('1.0.32.7.0.255'),
      axdr.u32(2301),
    );
    expect(valuesOf(body, [])).toEqual({ 'list-id': 'KFM_001', 'current-l1': 6.504, 'voltage-l1': 230.1 });
  });

  test('of Iskra is known by its name, its count and the types', () => {
    const name = [axdr.octets('ISK1030775213859'), axdr.octets('62314600')];
    const body = axdr.structure(
      ...name,
      ...[2301, 2302, 2303, 63, 89, 68].map(axdr.u16),
      ...[182, 0, 3, 4].map(axdr.u32),
    );
    expect(valuesOf(body, [])).toMatchObject({ 'voltage-l3': 230.3, 'current-l1': 0.63, 'power-import': 182 });
    const energies = axdr.structure(
      ...name,
      axdr.boolean(true),
      axdr.octets('T1'),
      ...[3000, 2000, 1000, 30, 20, 10, 5, 6].map(axdr.u32),
    );
    expect(valuesOf(energies, [])).toMatchObject({
      breaker: 1,
      tariff: 'T1',
      'energy-import': 3000,
      'energy-import-tariff-2': 1000,
      'energy-export-tariff-1': 20,
      'reactive-energy-export': 6,
    });
  });

  test('of Landis+Gyr is known by its types', () => {
    const body = axdr.structure(
      ...[231, 232, 233, 63, 89, 68].map(axdr.u16),
      ...[182, 0, 5000, 60].map(axdr.u32),
      axdr.octets('60180817'),
    );
    expect(valuesOf(body, [])).toMatchObject({ 'voltage-l1': 231, 'current-l2': 0.89, 'energy-import': 5000 });
  });

  test('that nobody knows gives nothing', () => {
    expect(faultsOf(axdr.structure(axdr.octets('KFM_001'), axdr.u32(1)))).toEqual(['dlms/layout']);
    expect(faultsOf(axdr.structure(axdr.u16(1)))).toEqual(['dlms/layout']);
    expect(faultsOf(axdr.u32(601))).toEqual(['dlms/layout']);
    expect(faultsOf(kaifa(1, axdr.u32(1), axdr.u32(2), axdr.u32(3)))).toEqual(['dlms/layout']);
  });
});

test('an event notification tells the value of its attribute', () => {
  const device = meter({ points: ['1-0:1.7.0'] });
  const told = hear(device, ...hdlc(eventNotification(3, '1.0.1.7.0.255', 2, axdr.u32(77))));
  expect(told.values).toEqual({ '1-0-1-7-0': 77 });
  expect(hear(device, ...hdlc(eventNotification(3, '1.0.1.7.0.255', 4, axdr.u32(77)))).values).toEqual({});
});

test('the time of the notification stands for the clock where the list has none', () => {
  const body = axdr.array(axdr.structure(axdr.code('1.0.1.7.0.255'), axdr.u32(1), axdr.scalerUnit(0, W)));
  expect(valuesOf(body, ['0-0:1.0.0'], dateTimeBytes(AT, 0))).toEqual({ '0-0-1-0-0': '2026-03-12T15:24:30Z' });
});
