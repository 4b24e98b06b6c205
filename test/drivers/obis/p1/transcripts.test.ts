import { describe, expect, test } from 'vitest';
import { bytesOf, crcOf, hear, type MeterSetup, meter, telegram, valuesOf } from './meter.ts';

const said = (text: string, setup: MeterSetup = {}) => hear(meter(setup), [bytesOf(text)]);
const point = (obis: string, rest: object = {}) => ({ points: [{ name: 'x', obis, ...rest }] });
const one = (line: string, setup: MeterSetup) => said(telegram([line]), setup);

/** DSMR 5.0.2 P1, 6.12: one line of each kind. */
const DSMR5 = telegram([
  '1-3:0.2.8(50)',
  '0-0:1.0.0(260701123000S)',
  '0-0:96.1.1(4530303331)',
  '1-0:1.8.1(001234.567*kWh)',
  '1-0:1.8.2(000089.010*kWh)',
  '1-0:2.8.1(000000.000*kWh)',
  '0-0:96.14.0(0001)',
  '1-0:1.7.0(01.193*kW)',
  '1-0:2.7.0(00.000*kW)',
  '0-0:96.7.21(00004)',
  '1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004S)(0000000301*s)',
  '1-0:32.32.0(00002)',
  '0-0:96.13.0()',
  '1-0:32.7.0(220.1*V)',
  '1-0:31.7.0(001*A)',
  '0-1:24.1.0(003)',
  '0-1:96.1.0(3232323241424344)',
  '0-1:24.2.1(260701122500S)(12785.123*m3)',
  '0-2:24.1.0(007)',
  '0-2:24.2.1(260701122000S)(00872.234*m3)',
]);

/** DSMR 3.0 P1, 5.4: no CRC, the gas on two lines, times without the letter of summer or winter. */
const DSMR3 = [
  '/XMX5XXXZXXXXXXXXX',
  '',
  '0-0:96.1.1(31323334)',
  '1-0:1.8.1(12345.678*kWh)',
  '1-0:1.7.0(001.19*kW)',
  '0-1:24.1.0(03)',
  '0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)',
  '(00000.107)',
  '0-1:24.4.0(1)',
  '!',
  '',
].join('\r\n');

describe('a telegram of DSMR 5', () => {
  test('gives the usual points where the config names none', () => {
    expect(valuesOf(said(DSMR5))).toEqual({
      'energy-import-tariff-1': 1234.567,
      'energy-import-tariff-2': 89.01,
      'energy-export-tariff-1': 0,
      'meter-id': '4530303331',
      tariff: '0001',
      'power-import': 1.193,
      'power-export': 0,
      'power-failures': 4,
      'voltage-sags-l1': 2,
      message: null,
      'voltage-l1': 220.1,
      'current-l1': 1,
      gas: 12785.123,
      'gas-time': '2026-07-01T10:25:00Z',
      water: 872.234,
      'water-time': '2026-07-01T10:20:00Z',
    });
  });

  test('gives the values of a line by their place, and all of a log as it was sent', () => {
    const log = '1-0:99.97.0';
    expect(valuesOf(said(DSMR5, point(log)))).toEqual({
      x: '(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004S)(0000000301*s)',
    });
    expect(valuesOf(said(DSMR5, point(log, { index: 2 })))).toEqual({ x: '2010-12-08T14:24:15Z' });
    expect(valuesOf(said(DSMR5, point(log, { index: 3, type: 'number', unit: 's' })))).toEqual({ x: 240 });
    expect(valuesOf(said(DSMR5, point(log, { index: 99 })))).toEqual({ x: null });
    expect(valuesOf(said(DSMR5, point('0-1:24.2.1')))).toEqual({ x: 12785.123 });
    expect(valuesOf(said(DSMR5, point('0-1:24.2.1', { index: 0, type: 'text' })))).toEqual({
      x: '2026-07-01T10:25:00Z',
    });
  });

  test('gives the value of a code in its short form', () => {
    expect(valuesOf(said(DSMR5, point('1.8.1')))).toEqual({ x: 1234.567 });
    expect(said(DSMR5, point('1.8.1*01')).samples).toEqual([]);
  });

  test('gives nothing for what it does not hold', () => {
    expect(said(DSMR5, point('1-0:52.7.0')).samples).toEqual([]);
  });

  test('needs its CRC, in capitals or not, with or without zeros before it', () => {
    // The identification was tried out until its CRC began with a zero.
    let identification = '';
    let body = '';
    for (let at = 0; !/^0[1-9A-F]/.test(crcOf(body)); at++) {
      identification = `/XMX5${at}`;
      body = `${identification}\r\n\r\n1-0:1.7.0(01.193*kW)\r\n!`;
    }
    const crc = crcOf(body);
    const lines = ['1-0:1.7.0(01.193*kW)'];
    for (const sent of [crc, crc.toLowerCase(), crc.slice(1)]) {
      expect(valuesOf(said(telegram(lines, sent, identification)))).toEqual({ 'power-import': 1.193 });
    }
    for (const sent of [crc.slice(0, 3), crc.slice(1, 3), 'G000', '00G0', 'FFFF', '0']) {
      expect(said(telegram(lines, sent, identification))).toMatchObject({ samples: [], faults: ['p1/checksum'] });
    }
  });

  test('is refused without its CRC, for its version says that it has one; so is a Belgian one', () => {
    for (const version of ['1-3:0.2.8(42)', '1-3:0.2.8(50)', '0-0:96.1.4(50217)']) {
      const bare = telegram([version, '1-0:1.7.0(01.193*kW)'], '');
      expect(said(bare, { options: { allowNoCrc: true } })).toMatchObject({ samples: [], faults: ['p1/no-crc'] });
    }
  });

  test('passes over lines of another form, for the CRC vouches for the rest', () => {
    expect(valuesOf(said(telegram(['what is this', '1-0:1.7.0(01.193*kW)', 'X.Y(1)', '1-0:2.7.0(1'])))).toEqual({
      'power-import': 1.193,
    });
  });
});

describe('a telegram without a CRC', () => {
  test('gives doubtful values, and the gas from the line after', () => {
    const { samples } = said(DSMR3);
    expect(valuesOf({ samples })).toEqual({
      'meter-id': '31323334',
      'energy-import-tariff-1': 12345.678,
      'power-import': 1.19,
      gas: 0.107,
      'gas-time': '2009-02-12T16:00:00',
    });
    expect(samples.every(({ doubtful }) => doubtful === true)).toBe(true);
    expect(valuesOf(said(DSMR3, point('0-1:24.3.0', { unit: 'dm3' })))).toEqual({ x: 107 });
  });

  test('gives good ones where the config allows it', () => {
    const { samples } = said(DSMR3, { options: { allowNoCrc: true } });
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.every(({ doubtful }) => doubtful === undefined)).toBe(true);
  });

  test.each([
    ['a line that lost its end', DSMR3.replace('12345.678*kWh)', '12345.6')],
    ['a line that came twice with another value', DSMR3.replace('0-0:96.1.1(31323334)', '1-0:1.8.1(1*kWh)')],
    ['another identification', DSMR3.replace('/XMX5', '/?')],
    ['no line', '/XMX5XXX\r\n\r\n!\r\n'],
    ['a value without its line', '/XMX5XXX\r\n\r\n(1)\r\n!\r\n'],
  ])('is refused whole for %s', (_, text) => {
    expect(said(text)).toMatchObject({ samples: [], faults: ['p1/malformed'] });
  });

  test('is refused from a meter that has sent a CRC', () => {
    const bare = telegram(['1-0:1.7.0(01.193*kW)'], '');
    const { faults, samples } = said(telegram(['1-0:1.7.0(09.999*kW)']) + bare);
    expect(faults).toEqual(['p1/no-crc']);
    expect(valuesOf({ samples })).toEqual({ 'power-import': 9.999 });
  });
});

describe('variants', () => {
  test('Belgium: demand, its peak with the time, the history of peaks, gas that is not temperature-converted', () => {
    const lines = [
      '0-0:96.1.4(50217)',
      '1-0:1.4.0(02.351*kW)',
      '1-0:1.6.0(200509134558S)(02.589*kW)',
      '0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(200501000000S)(200423192538S)(03.695*kW)',
      '0-1:24.1.0(003)',
      '0-1:24.2.3(200512134558S)(00112.384*m3)',
    ];
    expect(valuesOf(said(telegram(lines)))).toMatchObject({
      'power-import-average': 2.351,
      'power-import-peak': 2.589,
      gas: 112.384,
      'gas-time': '2020-05-12T11:45:58Z',
    });
    expect(valuesOf(said(telegram(lines), point('0-0:98.1.0', { type: 'number' })))).toEqual({ x: 3.695 });
  });

  test('Luxembourg and Austria: Wh and W, which the usual points tell as kWh and kW', () => {
    const text = telegram(['1-0:1.8.0(006545766*Wh)', '1-0:1.7.0(000000286*W)', '1-0:3.8.0(000000747*varh)']);
    expect(valuesOf(said(text))).toEqual({
      'energy-import': 6545.766,
      'power-import': 0.286,
      'reactive-energy-import': 0.747,
    });
    expect(valuesOf(said(text, point('1-0:1.8.0')))).toEqual({ x: 6545766 });
  });

  test('Sweden and Hungary: no version, reactive power, history of the month', () => {
    const text = telegram([
      '0-0:1.0.0(210217184019W)',
      '1-0:1.8.0(00006678.394*kWh)',
      '1-0:3.7.0(0000.035*kvar)',
      '0-0:98.1.0(230901000000S)(000040.310*kWh)(000004.031*kWh)',
    ]);
    expect(valuesOf(said(text))).toMatchObject({ 'energy-import': 6678.394, 'reactive-power-import': 0.035 });
    expect(valuesOf(said(text, { points: [{ name: 'meter-time' }] }))).toEqual({
      'meter-time': '2021-02-17T17:40:19Z',
    });
    expect(valuesOf(said(text, point('0-0:98.1.0', { index: 1, type: 'number' })))).toEqual({ x: 40.31 });
  });

  test('Finland: its winter time is two hours ahead of UTC', () => {
    const setup = { options: { winterOffsetHours: 2 }, points: [{ name: 'meter-time' }] };
    expect(valuesOf(one('0-0:1.0.0(210217184019W)', setup))).toEqual({ 'meter-time': '2021-02-17T16:40:19Z' });
    expect(valuesOf(one('0-0:1.0.0(210717184019S)', setup))).toEqual({ 'meter-time': '2021-07-17T15:40:19Z' });
  });

  test('the gas is of the channel that was read last, never of one that was not read yet', () => {
    const never = ['0-1:24.1.0(003)', '0-1:24.2.1(700101010000W)(00000000)'];
    const [older, newer] = [1, 2].map((hour) => [
      `0-${hour + 1}:24.1.0(003)`,
      `0-${hour + 1}:24.2.1(26070112000${hour}S)(0000${hour}.000*m3)`,
    ]);
    expect(valuesOf(said(telegram([...never, ...(newer ?? []), ...(older ?? [])])))).toMatchObject({ gas: 2 });
    expect(said(telegram(never)).samples).toEqual([]);
  });
});

describe('a value', () => {
  test.each([
    ['(000123.456*kWh)', 123.456],
    ['(-01.5*kW)', -1.5],
    ['(00.000*kW)', 0],
    ['(-0.0*kW)', 0],
    ['(9007199254740993)', 9007199254740992],
    ['()', null],
    ['(*kWh)', null],
    ['(1e5)', null],
    ['(0x10)', null],
    ['(12,5)', null],
    ['(1.2.3)', null],
    ['(NaN)', null],
    ['(123456789012345678901)', null],
  ])('%s is %s', (group, value) => {
    expect(valuesOf(one(`1-0:21.7.0${group}`, point('1-0:21.7.0')))).toEqual({ x: value });
  });

  test('of ids is text, digits or not; a time that can not be is null', () => {
    expect(valuesOf(one('0-1:96.1.0(000000000000)', point('0-1:96.1.0')))).toEqual({ x: '000000000000' });
    expect(valuesOf(one('0-0:1.0.0(632525252525W)', point('0-0:1.0.0')))).toEqual({ x: null });
    expect(valuesOf(one('0-0:1.0.0(260229120000W)', point('0-0:1.0.0')))).toEqual({ x: null });
    expect(valuesOf(one('0-0:1.0.0(260301120000)', point('0-0:1.0.0')))).toEqual({ x: '2026-03-01T12:00:00' });
  });
});

test('points are named once, and key files go with a key', () => {
  const points = [
    { name: 'x', obis: '1-0:1.8.0' },
    { name: 'x', obis: '1-0:2.8.0' },
  ];
  expect(() => meter({ points })).toThrow(expect.objectContaining({ code: 'driver/create', facts: { point: 1 } }));
  expect(() => meter({ options: { authenticationKeyFile: 'a' } })).toThrow('needs keyFile');
});
