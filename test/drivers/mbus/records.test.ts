import { describe, expect, it } from 'vitest';
import { recordsOf, shown } from './meter.ts';

describe('values with unit and power of ten', () => {
  it.each([
    ['0C 06 13 82 04 00', 'energy 48213000 Wh'],
    ['04 03 01 00 00 00', 'energy 1 Wh'],
    ['0C 0E 34 12 00 00', 'energy 1234000000 J'],
    ['0C 14 31 80 14 00', 'volume 1480.31 m³'],
    ['02 1B 07 00', 'mass 7 kg'],
    ['02 23 02 00', 'on-time 172800 s'],
    ['02 26 02 00', 'operating-time 7200 s'],
    ['0B 2D 95 00 00', 'power 9500 W'],
    ['04 32 05 00 00 00', 'power 500 J/h'],
    ['0B 3B 98 02 00', 'volume-flow 0.298 m³/h'],
    ['02 42 05 00', 'volume-flow 0.00005 m³/min'],
    ['02 4E 05 00', 'volume-flow 0.005 m³/s'],
    ['02 53 05 00', 'mass-flow 5 kg/h'],
    ['0A 5A 89 06', 'flow-temperature 68.9 °C'],
    ['0A 5E 03 F0', 'return-temperature -0.3 °C'],
    ['0B 61 58 28 00', 'temperature-difference 28.58 K'],
    ['01 67 FB', 'external-temperature -5 °C'],
    ['02 68 D2 04', 'pressure 1.234 bar'],
    ['02 72 03 00', 'averaging-duration 10800 s'],
    ['01 75 02', 'actuality-duration 120 s'],
    ['0C 78 01 30 08 24', 'fabrication-number 24083001'],
    ['01 7A 05', 'bus-address 5'],
    ['02 6E 05 00', 'heat-cost-units 5'],
    ['04 FB 00 02 00 00 00', 'energy 200000 Wh'],
    ['04 FB 09 02 00 00 00', 'energy 2000000000 J'],
    ['04 FB 0D 02 00 00 00', 'energy 2000000 cal'],
    ['04 FB 02 02 00 00 00', 'reactive-energy 2000 varh'],
    ['04 FB 10 02 00 00 00', 'volume 200 m³'],
    ['02 FB 14 07 00', 'reactive-power 7 var'],
    ['02 FB 1A 21 02', 'humidity 54.5 %'],
    ['02 FB 2E 88 13', 'frequency 500 Hz'],
    ['02 FB 34 07 00', 'apparent-power 7 VA'],
    ['02 FD 48 FC 08', 'voltage 230 V'],
    ['03 FD 59 10 27 00', 'current 10 A'],
    ['01 FD 17 80', 'error-flags 128'],
    ['02 FD 6D 02 00', 'battery-time 172800 s'],
    ['01 FD 6F 0A', 'battery-time 10 year'],
    ['02 FD 74 64 00', 'battery-left 8640000 s'],
    ['01 FD 71 B0', 'signal-level -80 dBm'],
    ['01 FD FD 03 05', 'battery-left 5 year'],
    ['02 FD 3A 2A 00', 'dimensionless 42'],
  ])('%s is %s', (bytes, says) => {
    expect(shown(bytes)).toBe(says);
  });

  it.each([
    ['00 06', 'energy null Wh'],
    ['01 13 05', 'volume 0.005 m³'],
    ['03 13 FE FF FF', 'volume -0.002 m³'],
    ['06 13 01 00 00 00 00 00', 'volume 0.001 m³'],
    ['07 13 01 00 00 00 00 00 00 00', 'volume 0.001 m³'],
    ['05 5B 00 00 B7 41', 'flow-temperature 22.875 °C'],
    ['05 5B 00 00 C0 7F', 'flow-temperature null °C'],
    ['09 13 12', 'volume 0.012 m³'],
    ['0E 13 12 34 56 78 90 12', 'volume 129078563.412 m³'],
    ['0A 5A 89 A6', 'flow-temperature null °C'],
    ['0A 5A F9 06', 'flow-temperature null °C'],
    ['0A 5A FF FF', 'flow-temperature null °C'],
    ['02 5A 00 80', 'flow-temperature null °C'],
    ['08 13', 'volume null m³'],
  ])('data of every form: %s is %s', (bytes, says) => {
    expect(shown(bytes)).toBe(says);
  });

  it('keeps every digit of a large number', () => {
    const [record] = recordsOf('07 0F 01 00 00 00 00 00 20 00') ?? [];
    expect(record?.value).toEqual({ kind: 'number', number: { digits: 9007199254740993n, exponent: 7 } });
  });
});

describe('data of variable length', () => {
  it.each([
    ['0D FD 0C 05 32 48 2D 57 46', 'model "FW-H2"'],
    ['0D FD 11 00', 'customer ""'],
    ['0D 13 C2 34 12', 'volume 1.234 m³'],
    ['0D 13 D2 34 12', 'volume -1.234 m³'],
    ['0D 13 C0', 'volume null m³'],
    ['0D 13 E2 FF FF', 'volume -0.001 m³'],
    [
      '0D FD 19 F0 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F',
      'security-key "0F 0E 0D 0C 0B 0A 09 08 07 06 05 04 03 02 01 00"',
    ],
    ['0D FD 19 E9 00 01 02 03 04 05 06 07 08', 'security-key "08 07 06 05 04 03 02 01 00"'],
    ['0D 13 F7 00', 'refused'],
    ['0D 13 CA 00', 'refused'],
    ['0D 13 05 31', 'refused'],
  ])('%s is %s', (bytes, says) => {
    expect(shown(bytes)).toBe(says);
  });
});

describe('dates', () => {
  it.each([
    ['02 6C 5D 3B', 'date "2026-11-29"'],
    ['02 6C FF FF', 'date null'],
    ['02 6C 00 00', 'date "2000-00-00"'],
    ['02 6C 3F AC', 'date "1981-12-31"'],
    ['02 6C E1 F1', 'date "--01-01"'],
    ['04 6D 0F 14 5D 3B', 'date-time "2026-11-29T20:15:00"'],
    ['04 6D 8F 14 5D 3B', 'date-time null'],
    ['04 6D 0F 34 5D 3B', 'date-time "2026-11-29T20:15:00"'],
    ['04 6D 3F 14 5D 3B', 'date-time null'],
    ['06 6D 1E 0F 14 5D 3B 00', 'date-time "2026-11-29T20:15:30"'],
    ['03 6D 1E 0F 14', 'date-time "20:15:30"'],
    ['03 6D FF FF FF', 'date-time null'],
    ['0D 6D E4 0F 14 5D 3B', 'date-time "2026-11-29T20:15:00"'],
    ['0D 6D E5 01 02 03 04 05', 'date-time "05 04 03 02 01"'],
    ['04 FD 70 0F 14 5D 3B', 'battery-change "2026-11-29T20:15:00"'],
    ['0A 6C 12 34', 'date null'],
  ])('%s is %s', (bytes, says) => {
    expect(shown(bytes)).toBe(says);
  });
});

describe('which value of the quantity it is', () => {
  it('reads function, storage, tariff and subunit', () => {
    const fields = (bytes: string) => {
      const [record] = recordsOf(bytes) ?? [];
      return [record?.function, record?.storage, record?.tariff, record?.subunit];
    };
    expect(fields('04 13 00 00 00 00')).toEqual(['instantaneous', 0, 0, 0]);
    expect(fields('54 13 00 00 00 00')).toEqual(['maximum', 1, 0, 0]);
    expect(fields('24 13 00 00 00 00')).toEqual(['minimum', 0, 0, 0]);
    expect(fields('34 13 00 00 00 00')).toEqual(['error', 0, 0, 0]);
    expect(fields('C4 D1 65 13 00 00 00 00')).toEqual(['instantaneous', 163, 9, 3]);
    expect(fields('84 8F 8F 8F 8F 8F 8F 8F 8F 8F 0F 13 00 00 00 00')).toEqual(['instantaneous', 2 ** 41 - 2, 0, 0]);
  });

  it.each([
    ['04 83 3B 01 00 00 00', 'energy 1 Wh forward'],
    ['04 83 3C 01 00 00 00', 'energy 1 Wh backward'],
    ['02 FD C8 FC 01 FC 08', 'voltage 230 V l1'],
    ['02 FD C8 FC 05 FC 08', 'voltage 230 V l1-l2'],
    ['02 FD C8 FF 81 00 FC 08', 'voltage 230 V manufacturer-specific'],
    ['04 93 28 0B 00 00 00', 'volume 0.011 m³ pulse-input-1'],
    ['04 93 2F 0B 00 00 00', 'volume 0.011 m³/K per'],
    ['04 AB 22 0B 00 00 00', 'power 11 W/h per'],
    ['04 93 36 0B 00 00 00', 'volume 0.011 m³·s times'],
    ['04 93 74 0B 00 00 00', 'volume 0.00011 m³'],
    ['04 93 7D 0B 00 00 00', 'volume 11 m³'],
    ['02 EC 7E 5D 3B', 'date "2026-11-29" future'],
    ['02 BB 39 5D 3B', 'date-time "2026-11-29" start'],
    ['02 DA 48 89 02', 'flow-temperature 64.9 °C upper-limit'],
    ['02 DA 41 03 00', 'limit-exceeds 3 lower-limit'],
    ['04 AD 6F 0F 14 5D 3B', 'date-time "2026-11-29T20:15:00" date'],
    ['02 BB 59 05 00', 'limit-duration 300 s upper-limit'],
    ['02 BB 66 05 00', 'value-duration 18000 s duration'],
    ['02 DA FC 11 FF FF', 'flow-temperature 6553.5 °C'],
  ])('%s is %s', (bytes, says) => {
    expect(shown(bytes)).toBe(says);
  });

  it.each([
    ['04 93 15 00 00 00 00', 'volume null m³ error'],
    ['04 93 18 01 00 00 00', 'volume null m³ error'],
    ['04 93 78 01 00 00 00', 'volume null m³ unknown'],
    ['04 93 3D 01 00 00 00', 'volume null m³ unknown'],
    ['04 93 FC 7B 01 00 00 00', 'volume null m³ unknown'],
    ['04 6F 01 00 00 00', 'unknown null'],
    ['04 7B 01 00 00 00', 'unknown null'],
    ['04 FB 06 01 00 00 00', 'unknown null'],
    ['04 EF 00 01 00 00 00', 'unknown null'],
  ])('gives no value where unit or power is not known: %s is %s', (bytes, says) => {
    expect(shown(bytes)).toBe(says);
  });

  it('takes the meter’s words for the unit', () => {
    expect(shown('02 7C 03 48 52 25 36 00')).toBe('plain-text 54 %RH');
    expect(shown('02 FC 03 48 52 25 74 74 D4')).toBe('plain-text -111.48 %RH');
    expect(shown('02 7C 03 07 52 25 36 00')).toBe('plain-text 54 %R');
  });

  it('gives the maker’s own values as they are sent, without a unit', () => {
    expect(shown('02 7F 36 00')).toBe('manufacturer-specific 54');
    expect(shown('02 FF 93 3C 36 00')).toBe('manufacturer-specific 54');
    expect(shown('0F 00 01 75 13')).toBe('manufacturer-specific "00 01 75 13"');
  });
});

describe('the records of a telegram', () => {
  it('are counted from 0, without fillers and with the block at the end', () => {
    const records = recordsOf('2F 2F 04 13 01 00 00 00 2F 02 5A 89 02 1F 01 02');
    expect(records?.map(({ index, quantity }) => [index, quantity])).toEqual([
      [0, 'volume'],
      [1, 'flow-temperature'],
      [2, 'manufacturer-specific'],
    ]);
  });

  it.each([
    ['a value is cut off', '04 13 01 00 00'],
    ['the value information is cut off', '04 93'],
    ['the value information is missing', '04'],
    ['the data information is cut off', '84'],
    ['eleven bytes extend the data information', '84 80 80 80 80 80 80 80 80 80 80 00 13 01 00 00 00'],
    ['eleven codes follow the value information', '04 93 80 80 80 80 80 80 80 80 80 80 00 01 00 00 00'],
    ['words in place of a unit are cut off', '04 7C 09 41 42'],
    ['a special field is reserved', '3F'],
    ['a request for a readout comes back', '7F'],
    ['the second record is cut off', '04 13 01 00 00 00 04 13 01'],
  ])('are refused whole where %s', (_why, bytes) => {
    expect(recordsOf(bytes)).toBeUndefined();
  });

  it('are read the most significant byte first in mode 2', () => {
    const [energy, date, words] =
      recordsOf('0C 06 00 04 82 13 04 6D 3B 5D 14 0F 0D FD 0C 05 46 57 2D 48 32', true) ?? [];
    expect(energy?.value).toMatchObject({ number: { digits: 48213n } });
    expect(date?.value).toMatchObject({ text: '2026-11-29T20:15:00' });
    expect(words?.value).toMatchObject({ text: 'FW-H2' });
  });
});
