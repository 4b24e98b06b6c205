import { describe, expect, it } from 'vitest';
import { driver } from '../../../drivers/mbus/driver.ts';
import { createDevice } from '../../../drivers/registry/loader.ts';
import { converse } from './conversation.ts';
import { failureOf, LINE, readoutOf, samplesOf, telegram, valuesOf } from './meter.ts';

type Named = Readonly<Record<string, unknown>>;

const ACK = Uint8Array.of(0xe5);
/** Energy, volume, stored volume, its maximum flow, two volumes with qualifiers, a date, a text and a block. */
const RECORDS = [
  '0C 06 13 82 04 00',
  '0C 14 31 80 14 00',
  '4C 14 01 00 14 00',
  '1B 3B 98 02 00',
  '0C 94 3B 02 00 14 00',
  '0C 94 3C 03 00 14 00',
  '04 6D 0F 14 5D 3B',
  '0D FD 0C 05 32 48 2D 57 46',
  '0C 78 01 30 08 24',
  '07 13 01 00 00 00 00 00 20 00',
  '0F 00 01 75 13',
].join(' ');

function read(points: readonly Named[], records = RECORDS) {
  return converse(readoutOf({ address: 5 }, points), (_request, count) => [count === 1 ? ACK : telegram(records)]);
}

function soughtIn(point: Named, records = RECORDS): unknown {
  const [sample] = samplesOf(
    read(
      [
        { name: 'sought', ...point },
        { name: 'first', record: 0 },
      ],
      records,
    ),
  );
  return sample?.remark === undefined ? sample?.value : [sample.value, sample.remark];
}

const MISSING = [null, 'the answer has no such record'];
const OTHER_UNIT = [null, 'the record has another unit than the point'];

describe('a point', () => {
  it.each<[Named, unknown]>([
    [{ record: 0 }, 48_213_000],
    [{ record: 0, unit: 'Wh' }, 48_213_000],
    [{ record: 0, unit: 'Wh', quantity: 'energy', counts: 'total-increasing' }, 48_213_000],
    [{ record: 6 }, '2026-11-29T20:15:00'],
    [{ record: 7 }, 'FW-H2'],
    [{ record: 8 }, 24_083_001],
    [{ record: 8, type: 'text' }, '24083001'],
    [{ record: 10 }, '00 01 75 13'],
    [{ record: 11 }, MISSING],
    [{ record: 0, unit: 'kWh' }, OTHER_UNIT],
    [{ record: 1, unit: 'm3' }, 1480.31],
    [{ record: 1, unit: 'm^3' }, 1480.31],
    [{ record: 1, unit: 'm³/h' }, OTHER_UNIT],
    [{ record: 6, unit: 'Wh' }, OTHER_UNIT],
    [{ record: 1, quantity: 'energy' }, [null, 'the record is of another quantity than the point']],
    [{ record: 6, type: 'number' }, [null, 'the record holds a text, and the point is a number']],
    [{ record: 1, decimals: 0 }, 1480],
  ])('by its place: %j is %j', (point, value) => {
    expect(soughtIn(point)).toEqual(value);
  });

  it.each<[Named, unknown]>([
    [{ quantity: 'energy' }, 48_213_000],
    [{ quantity: 'volume' }, 1480.31],
    [{ quantity: 'volume', storage: 1 }, 1400.01],
    [{ quantity: 'volume', storage: 2 }, MISSING],
    [{ quantity: 'volume', tariff: 1 }, MISSING],
    [{ quantity: 'volume', subunit: 1 }, MISSING],
    [{ quantity: 'volume-flow', function: 'maximum' }, 0.298],
    [{ quantity: 'volume-flow' }, MISSING],
    [{ quantity: 'flow', function: 'maximum' }, 0.298],
    [{ quantity: 'volume', unit: 'ft³' }, OTHER_UNIT],
    [{ quantity: 'meter-status' }, 'ok'],
  ])('by its quantity: %j is %j', (point, value) => {
    expect(soughtIn(point)).toEqual(value);
  });

  it('is no record that says more of itself, but one that counts forward alone', () => {
    expect(soughtIn({ quantity: 'volume' }, '0C 94 3C 03 00 14 00')).toEqual(MISSING);
    expect(soughtIn({ quantity: 'volume' }, '0C 94 3C 03 00 14 00 0C 94 3B 02 00 14 00')).toBe(1400.02);
    expect(soughtIn({ quantity: 'volume' }, '0C 94 3B 02 00 14 00 0C 14 05 00 14 00')).toBe(1400.05);
  });

  it('keeps all digits that a double can not hold', () => {
    const [sample] = samplesOf(read([{ name: 'large', record: 9, unit: 'm³' }]));
    expect(sample).toEqual({ point: 'large', value: 9_007_199_254_740.992, exact: '9007199254740.993' });
  });

  it('is null where the meter counts in the other unit', () => {
    const values = (records: string) =>
      valuesOf(converse(readoutOf({ address: 5 }), (_request, count) => [count === 1 ? ACK : telegram(records)]));
    expect(values('0C 06 13 82 04 00')).toMatchObject({ energy: 48_213_000, 'energy-joule': null });
    expect(values('0C 0E 13 82 04 00')).toMatchObject({ energy: null, 'energy-joule': 48_213_000_000 });
  });

  it('shows long bytes up to a whole one', () => {
    const value = String(soughtIn({ record: 0 }, `0F ${'AB '.repeat(200)}`));
    expect(value).toBe('AB '.repeat(85).trim());
  });

  it('tells the state of the meter in words', () => {
    const status = (byte: string) =>
      valuesOf(
        converse(readoutOf({ address: 5 }, [{ name: 'meter-status' }]), (_request, count) => [
          count === 1 ? ACK : telegram('', `01 30 08 24 E4 1A 01 04 01 ${byte} 00 00`),
        ]),
      );
    expect(status('00')).toEqual({ 'meter-status': 'ok' });
    expect(status('04')).toEqual({ 'meter-status': 'power-low' });
    expect(status('1A')).toEqual({ 'meter-status': 'error permanent-error temporary-error' });
    expect(status('E1')).toEqual({ 'meter-status': 'busy manufacturer-bits' });
  });

  it('is a fault where no point of the config is found', () => {
    expect(failureOf(read([{ name: 'sought', record: 11 }]))).toBe('mbus/no-record refused');
    expect(failureOf(read([{ name: 'sought', quantity: 'voltage' }]))).toBe('mbus/no-record refused');
  });
});

describe('points of the config', () => {
  const problemsOf = (point: Named) => {
    const checked = driver.point.safeParse({ name: 'sought', ...point });
    return checked.success ? [] : checked.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  };

  it.each<[Named, readonly string[]]>([
    [{ name: 'energy' }, []],
    [{}, ['name must be a usual point, or the entry needs record or quantity']],
    [{ record: -1 }, ['record must be 0 to 9999']],
    [{ quantity: 'heat' }, ['quantity must be a quantity of M-Bus; see the README of the driver']],
    [{ record: 0, storage: 1 }, ['storage does not go with record']],
    [{ quantity: 'meter-status', tariff: 1 }, ['tariff does not go with meter-status']],
    [{ quantity: 'meter-status', record: 1 }, ['quantity does not go with record']],
    [{ quantity: 'energy', function: 'average' }, ['function must be one of instantaneous, maximum, minimum, error']],
    [{ record: 0, type: 'text', decimals: 1 }, ['decimals does not go with type: text']],
    [{ record: 0, counts: 'up' }, ['counts must be total or total-increasing']],
  ])('%j: %j', (point, problems) => {
    expect(problemsOf(point)).toEqual(problems);
  });

  it('refuse keys that a meter has no use for', () => {
    expect(driver.point.safeParse({ name: 'energy', writable: true }).success).toBe(false);
    expect(driver.point.safeParse({ name: 'energy', scale: 2 }).success).toBe(false);
  });
});

describe('options', () => {
  const problemsOf = (options: Named) => {
    const checked = driver.options.safeParse(options);
    return checked.success ? [] : checked.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
  };

  it.each<[Named, readonly string[]]>([
    [{ address: 0 }, []],
    [{ address: 250 }, []],
    [{ address: 254 }, []],
    [{ secondary: '12345678' }, []],
    [{ secondary: '1234FFFF', manufacturer: 'ABB', version: 1, medium: 4 }, []],
    [{}, ['address is missing, or secondary']],
    [{ address: 251 }, ['address must be 0 to 250, or 254']],
    [{ address: 253 }, ['address must be 0 to 250, or 254']],
    [{ address: 255 }, ['address must be 0 to 254', 'address must be 0 to 250, or 254'].slice(0, 1)],
    [{ address: 1, secondary: '12345678' }, ['secondary does not go with address']],
    [{ secondary: 12_345_678 }, ['secondary must be text of eight digits, in quotes']],
    [{ secondary: '1234567' }, ['secondary must be eight digits, with F for any digit']],
    [{ address: 1, medium: 4 }, ['medium only goes with secondary']],
    [{ secondary: '12345678', manufacturer: 'abb' }, ['manufacturer must be three capital letters']],
    [{ address: 1, retries: 6 }, ['retries must be 0 to 5']],
  ])('%j: %j', (options, problems) => {
    expect(problemsOf(options)).toEqual(problems);
  });

  it('protect the battery: no point has a shorter period than minPollMs', () => {
    const make = (options: Named) =>
      createDevice(driver, {
        options: { address: 5, ...options },
        points: [{ name: 'energy', pollMs: 1000 }, { name: 'volume', pollMs: 3_600_000 }, { name: 'power' }],
        line: LINE,
      });
    expect(make({})).toMatchObject({ leastPollMs: 900_000 });
    expect(make({}).points.map(({ pollMs }) => pollMs)).toEqual([900_000, 3_600_000, undefined]);
    expect(make({ minPollMs: 0 }).points.map(({ pollMs }) => pollMs)).toEqual([1000, 3_600_000, undefined]);
  });
});

it('that is a usual number is null where its record holds a text', () => {
  const text = '0D 13 05 32 48 2D 57 46';
  const volumeOf = (points: readonly Named[]) => samplesOf(read(points, text)).find(({ point }) => point === 'volume');
  for (const points of [[], [{ name: 'volume' }]]) {
    expect(volumeOf(points)).toMatchObject({
      value: null,
      remark: 'the record holds a text, and the point is a number',
    });
  }
});

describe('the device', () => {
  const device = createDevice(driver, { options: { address: 5 }, points: [], line: LINE });
  if (device.kind !== 'poll') throw new Error('it is not asked');

  it('has the usual points, and reads any of them in one dialogue', () => {
    expect(device.points).toHaveLength(15);
    expect(device.points.find(({ name }) => name === 'energy')).toMatchObject({
      type: 'number',
      unit: 'Wh',
      writable: false,
    });
    expect(device.points.find(({ name }) => name === 'date-time')).toMatchObject({ type: 'text' });
    expect(device.plan(['energy', 'volume', 'energy'])).toMatchObject([{ points: ['energy', 'volume'] }]);
    expect(device.plan([])).toEqual([]);
    const keys = [['energy'], ['volume'], ['energy', 'volume'], device.points.map(({ name }) => name)].map(
      (names) => device.plan(names)[0]?.key,
    );
    expect(new Set(keys).size).toBe(4);
  });

  it('knows no other points, and writes none', () => {
    const code = (code: string) => expect.objectContaining({ code });
    expect(() => device.plan(['constructor'])).toThrow(code('command/unknown-point'));
    expect(() => device.write(new Map([['energy', 1]]))).toThrow(code('command/not-writable'));
    expect(() => device.write(new Map([['other', 1]]))).toThrow(code('command/unknown-point'));
  });

  it('refuses two points of one name', () => {
    const points = [{ name: 'energy' }, { name: 'energy', record: 1 }];
    expect(() => createDevice(driver, { options: { address: 5 }, points, line: LINE })).toThrow(
      expect.objectContaining({ code: 'driver/create' }),
    );
  });
});
