import { describe, expect, test } from 'vitest';
import { driver } from '../../../../drivers/obis/sml/driver.ts';
import {
  ABSENT,
  boolean,
  type Encoded,
  integer,
  list,
  message,
  octets,
  telegram,
  text,
  unsigned,
} from '../../../../scripts/sim/sml-encoder.ts';
import { listEntry, listMessages, listTelegram } from '../../../../scripts/sim/sml-meter.ts';
import { fromHex, hearMeter, messagesOf, meter, read } from './meters.ts';

const ENERGY = [1, 0, 1, 8, 0, 255];
const POWER = [1, 0, 16, 7, 0, 255];
const WH = { unit: 30, scaler: -1 };
const W = { unit: 27, scaler: 0 };

/** Opening, list and close, written out from BSI TR-03109-1, annex IV, 5.1, 6.3 and 8.1. */
const TRANSCRIPT = `
  1B1B1B1B 01010101
  76 05 00000001 62 00 62 00 72 63 0101 76 01 01 05 00000001 0B 0A014657440000 01E240 01 01 63 3E1F 00
  76 05 00000002 62 00 62 00 72 63 0701 77
    01 0B 0A014657440000 01E240 07 0100620AFFFF 72 62 01 65 00000E10
    74
      77 07 010060320101 01 01 01 01 04 465744 01
      77 07 0100600100FF 01 01 01 01 0B 0A014657440000 01E240 01
      77 07 0100010800FF 65 001C0104 72 62 01 65 00000E10 62 1E 52 FF 56 00092455A5 01
      77 07 0100100700FF 01 01 62 1B 52 00 53 FF6A 01
    01 01 63 FC93 00
  76 05 00000003 62 00 62 00 72 63 0201 71 01 63 A8E6 00
  00 1B1B1B1B 1A 01 AD04
`;

describe('a meter that sends SML', () => {
  test('gives the values of a telegram with scaler and unit applied', () => {
    expect(read(fromHex(TRANSCRIPT))).toEqual({
      'energy-import': 15_337_616.5,
      power: -150,
      'meter-id': '0a01465744000001e240',
      manufacturer: 'FWD',
    });
    expect(Object.fromEntries(meter().points.map(({ name, unit }) => [name, unit]))).toMatchObject({
      'energy-import': 'Wh',
      power: 'W',
      'voltage-l3': 'V',
      'current-l1': 'A',
      frequency: 'Hz',
      'voltage-angle-l2': 'deg',
      'meter-id': undefined,
    });
  });

  test('takes points by any code, also short ones, and tells nothing of those that are not sent', () => {
    const points = [
      { name: 'total', obis: '1-0:1.8.0*255', decimals: 0 },
      { name: 'balance', obis: '16.7.0', scale: 0.001, unit: 'kW' },
      { name: 'kilo', obis: '1-0:1.8.0', unit: 'kWh' },
      { name: 'vendor', obis: '1-0:96.50.1', type: 'text' },
      { name: 'month', obis: '1-0:1.8.0*1' },
      { name: 'volts', obis: '1-0:1.8.0', unit: 'V' },
    ];
    expect(read(fromHex(TRANSCRIPT), {}, points)).toEqual({
      total: 15_337_617,
      balance: -0.15,
      kilo: 15_337.6165,
      vendor: 'FWD',
      // a unit of another kind is no value
      volts: null,
    });
  });

  test('never takes a register of the past for the one of now', () => {
    const past = listTelegram([listEntry([1, 0, 1, 8, 0, 96], unsigned(7, 2), WH)]);
    expect(read(past, {}, [{ name: 'energy-import' }])).toEqual({});
    expect(read(past, {}, [{ name: 'day', obis: '1-0:1.8.0*96' }])).toEqual({ day: 0.7 });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('reads numbers of %i bytes with and without a sign', (size) => {
    const points = [
      { name: 'energy', obis: '1-0:1.8.0' },
      { name: 'power', obis: '1-0:16.7.0' },
    ];
    const most = 2n ** BigInt(8 * size) - 1n;
    const sent = listTelegram([
      listEntry(ENERGY, unsigned(most, size), { unit: 30 }),
      listEntry(POWER, integer(-2, size), W),
    ]);
    expect(read(sent, {}, points)).toEqual({ energy: Number(most), power: -2 });
  });

  test('keeps all digits of what no double holds', () => {
    const exactOf = (value: bigint, scaler: number, point: object) => {
      const sent = listTelegram([listEntry(ENERGY, unsigned(value, 8), { unit: 30, scaler })]);
      return hearMeter([sent], {}, [{ name: 'energy', obis: '1-0:1.8.0', ...point }]).telegrams[0]?.[0]?.exact;
    };
    expect(exactOf(9_007_199_254_740_993n, 0, {})).toBe('9007199254740993');
    expect(exactOf(90_071_992_547_409_931n, -1, {})).toBe('9007199254740993.1');
    expect(exactOf(9_007_199_254_740_993n, 3, {})).toBe('9007199254740993000');
    expect(exactOf(153_385_557n, -1, {})).toBeUndefined();
    // a number that is scaled or rounded has fewer digits of its own
    expect(exactOf(90_071_992_547_409_931n, -1, { decimals: 0 })).toBeUndefined();
    expect(exactOf(90_071_992_547_409_931n, -1, { unit: 'kWh' })).toBeUndefined();
  });

  test('reads booleans, texts, octets and times', () => {
    const sent = listTelegram([
      listEntry([1, 0, 96, 3, 10, 255], boolean(true)),
      listEntry([1, 0, 0, 2, 0, 0], text('03.01')),
      listEntry([1, 0, 96, 90, 2, 1], octets([0xca, 0xfe])),
      listEntry([1, 0, 96, 8, 0, 255], list(unsigned(1, 1), list(unsigned(1, 1), unsigned(4711, 4)))),
      listEntry([1, 0, 1, 0, 0, 255], list(unsigned(1, 1), list(unsigned(2, 1), unsigned(1_700_000_000, 4)))),
      listEntry(ENERGY, ABSENT, WH),
    ]);
    const points = [
      { name: 'breaker', obis: '1-0:96.3.10', type: 'boolean' },
      { name: 'firmware', obis: '1-0:0.2.0' },
      { name: 'parameters', obis: '1-0:96.90.2' },
      { name: 'seconds', obis: '1-0:96.8.0' },
      { name: 'clock', obis: '1-0:1.0.0', type: 'text' },
      { name: 'energy', obis: '1-0:1.8.0' },
    ];
    expect(read(sent, {}, points)).toEqual({
      breaker: true,
      firmware: '03.01',
      parameters: 'cafe',
      seconds: 4711,
      clock: '2023-11-14T22:13:20.000Z',
      energy: null,
    });
  });

  test('takes the identification of the list where no entry has it', () => {
    expect(read(listTelegram([], { serverId: [0x0a, 1, 0x46] }))).toEqual({ 'meter-id': '0a0146' });
    const old = listTelegram([listEntry([1, 0, 0, 0, 9, 255], octets([0xff]))], { serverId: [] });
    expect(read(old, {}, [{ name: 'meter-id' }])).toEqual({ 'meter-id': 'ff' });
  });

  test('reads signatures and long texts by their long length fields, and passes them over', () => {
    const signature = octets(new Array<number>(300).fill(0x1b));
    const sent = listTelegram([
      listEntry(ENERGY, unsigned(100, 3), { ...WH, signature }),
      listEntry([1, 0, 96, 13, 0, 255], text('x'.repeat(400))),
      ...new Array(20).fill(listEntry(POWER, integer(5, 1), W)),
    ]);
    expect(read(sent, {}, [{ name: 'energy-import' }, { name: 'power' }])).toEqual({ 'energy-import': 10, power: 5 });
    expect(String(Object.values(read(sent, {}, [{ name: 'note', obis: '1-0:96.13.0' }]) ?? {})[0])).toHaveLength(256);
  });
});

describe('quirks of meters', () => {
  test('holley-dtz541: KERMIT for both checksums, and bare times, are read where the options allow it', () => {
    const bare = unsigned(8_210_754, 4);
    const sent = listTelegram([listEntry(ENERGY, unsigned(560_445, 8), { ...WH, time: bare })], {
      time: bare,
      summing: 'kermit',
    });
    expect(read(sent)).toMatchObject({ 'energy-import': 56_044.5 });
    expect(read(sent, { crc: 'kermit' })).toMatchObject({ 'energy-import': 56_044.5 });
    expect(read(sent, { crc: 'x25' })).toBe('sml/other-checksum');
    expect(read(fromHex(TRANSCRIPT), { crc: 'kermit' })).toBe('sml/other-checksum');
    expect(read(fromHex(TRANSCRIPT), { crc: 'x25' })).toMatchObject({ power: -150 });
  });

  test('dzg-dvs74: a short positive power is one without sign, of the numbers concerned alone', () => {
    const watts = (number: number, value: readonly number[]) => {
      const serverId = [0x0a, 1, 0x44, 0x5a, 0x47, 0, ...unsigned(number, 4).slice(1)];
      const sent = listTelegram([listEntry(POWER, value, { unit: 27, scaler: -2 })], { serverId });
      return read(sent, {}, [{ name: 'power' }]);
    };
    const short = integer(0x8025, 2);
    for (const number of [42_000_000, 48_999_999, 55_000_000, 58_999_999]) {
      expect(watts(number, short)).toEqual({ power: 328.05 });
    }
    for (const number of [41_999_999, 49_000_000, 54_999_999, 60_000_000]) {
      expect(watts(number, short)).toEqual({ power: -327.31 });
    }
    expect(watts(42_000_000, integer(-126_061, 4))).toEqual({ power: -1260.61 });
    // by the entry, where the list has no identification
    const id = listEntry(
      [1, 0, 96, 1, 0, 255],
      octets([0x0a, 1, 0x44, 0x5a, 0x47, 0, ...unsigned(43_000_000, 4).slice(1)]),
    );
    const other = listEntry([1, 0, 36, 7, 0, 255], short, { unit: 27, scaler: -2 });
    const sent = listTelegram([id, listEntry(POWER, short, { unit: 27, scaler: -2 }), other], { serverId: [] });
    expect(read(sent, {}, [{ name: 'power' }, { name: 'power-l1' }])).toEqual({ power: 328.05, 'power-l1': -327.31 });
  });

  test('zeros behind a message, and fill bytes that are not counted, are passed over', () => {
    const entry = listEntry(POWER, integer(5, 1), W);
    expect(read(telegram([...listMessages([entry]), [0, 0, 0]]))).toMatchObject({ power: 5 });
  });

  test('a message’s checksum may lack its leading zero', () => {
    const short = Array.from({ length: 2000 }, (_, transaction) => listMessages([], { transaction })[1] ?? []).find(
      (message) => message.at(-3) === 0,
    );
    const shortened = [...(short?.slice(0, -4) ?? []), 0x62, short?.at(-2) ?? 0, 0];
    const [open = [], , close = []] = listMessages([]);
    expect(short).toBeDefined();
    expect(read(telegram([open, shortened, close]))).toMatchObject({ 'meter-id': '0a01465744000001e240' });
  });
});

describe('a telegram is refused', () => {
  const entry = listEntry(ENERGY, unsigned(1, 1), WH);
  const body = (...entries: readonly Encoded[]) =>
    list(ABSENT, ABSENT, ABSENT, ABSENT, list(...entries), ABSENT, ABSENT);
  const sent = (content: Encoded) => read(telegram([message(1, 0x0701, content)]));

  test('where its checksum is none that is known', () => {
    const damaged = fromHex(TRANSCRIPT);
    damaged.fill(0, -1);
    expect(read(damaged)).toBe('sml/checksum');
  });

  test('where a message in it has a wrong checksum, and nothing of its other messages is used', () => {
    const [open = [], good = [], close = []] = listMessages([entry]);
    const wrong = close.map((byte, at) => (at === close.length - 2 ? byte ^ 1 : byte));
    expect(read(telegram([open, good, close]))).toMatchObject({ 'energy-import': 0.1 });
    expect(read(telegram([open, good, wrong]))).toBe('sml/message-checksum');
  });

  test('where it ends before its end', () => {
    const whole = fromHex(TRANSCRIPT);
    const { telegrams, faults } = hearMeter([whole.subarray(0, 80), whole]);
    expect(faults).toEqual(['sml/truncated']);
    expect(telegrams).toHaveLength(1);
    expect(meter().decode(whole.subarray(0, -1))).toMatchObject({ stray: 'truncated' });
  });

  test.each<readonly [string, Encoded]>([
    ['a list of six', list(ABSENT, ABSENT, ABSENT, ABSENT, list(entry), ABSENT)],
    ['no list', unsigned(1, 1)],
    ['an entry of six', body(list(...new Array(6).fill(ABSENT)))],
    ['a name of five', body(listEntry(ENERGY.slice(1), unsigned(1, 1), WH))],
    [
      'a text for a scaler',
      body(list(octets(ENERGY), ABSENT, ABSENT, unsigned(30, 1), text('1'), unsigned(1, 1), ABSENT)),
    ],
    ['a scaler beyond 32', body(listEntry(ENERGY, unsigned(1, 1), { unit: 30, scaler: 33 }))],
    ['a number of nine bytes', body(listEntry(ENERGY, [0x6a, ...new Array<number>(9).fill(1)], WH))],
    ['a number of none', body(listEntry(ENERGY, [0x61], WH))],
    ['a boolean of two', body(listEntry(ENERGY, [0x43, 1, 1]))],
    ['a type that there is not', body(listEntry(ENERGY, [0x12, 1]))],
    ['a length of less than its field', body(listEntry(ENERGY, [0x80, 0x01]))],
    ['a length field of another type', body(listEntry(ENERGY, [0x80, 0x53, 0x01]))],
    ['a length field of five bytes', body(listEntry(ENERGY, [0x80, 0x80, 0x80, 0x80, 0x05]))],
    ['a length beyond the end', body(listEntry(ENERGY, [0x8f, 0x0f, 1]))],
    ['a list longer than the rest', body(listEntry(ENERGY, [0xff, 0x8f, 0x0f]))],
    ['lists within 33 lists', body(listEntry(ENERGY, [...new Array<number>(33).fill(0x71), 0x01]))],
  ])('where it has %s', (_, content) => {
    expect(sent(body(entry))).toEqual({ 'energy-import': 0.1 });
    expect(sent(content)).toBe('sml/malformed');
  });

  test('where it holds no message, or more than 64', () => {
    expect(read(telegram([[0x01, 0x01]]))).toBe('sml/malformed');
    const messages = (count: number) => Array.from({ length: count }, (_, at) => message(at, 0x0201, list(ABSENT)));
    expect(read(telegram(messages(64)))).toEqual({});
    expect(read(telegram(messages(65)))).toBe('sml/malformed');
  });

  test('where it has more than 4096 elements', () => {
    const many = (count: number) =>
      read(telegram([message(1, 0x0501, list(...new Array<Encoded>(count).fill(ABSENT)))]));
    // transaction, group, error, body, its tag and list, and the checksum
    expect(many(4096 - 7)).toEqual({});
    expect(many(4096 - 6)).toBe('sml/malformed');
  });

  test('of other messages nothing is used, and lists within lists are passed over', () => {
    const deep = [...new Array<number>(27).fill(0x71), ...entry];
    expect(read(telegram([message(1, 0x0501, deep)]))).toEqual({});
    expect(read(telegram([]))).toEqual({});
  });
});

describe('options and points', () => {
  test('are strict, and name what is wrong', () => {
    expect(messagesOf(driver.options, { crc: 'arc' })).toEqual(['crc: must be auto, x25 or kermit']);
    expect(messagesOf(driver.options, { crcs: 'x25' })).toHaveLength(1);
    expect(messagesOf(driver.point, { name: 'energy-import' })).toEqual([]);
    expect(messagesOf(driver.point, { name: 'anything' })).toEqual(['name: must be a usual point, or have obis']);
    expect(messagesOf(driver.point, { name: 'any', obis: '1-0:1.8' })).toEqual([]);
    expect(messagesOf(driver.point, { name: 'any', obis: 'energy' })).toHaveLength(1);
  });

  test('no point is listed twice', () => {
    expect(() => meter({}, [{ name: 'power' }, { name: 'power' }])).toThrow('could not set up');
  });
});
