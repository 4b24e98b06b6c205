import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isoDateTime } from '../../../../drivers/obis/dlms/apdu/date-time.ts';
import { axdr, dataNotification, dateTimeBytes, hdlc, joined } from '../../../../scripts/sim/dlms-encoder.ts';
import { hear, meter } from './meter.ts';

/** A point's reading of one value. */
function told(value: Uint8Array, type: 'number' | 'text' | 'boolean' = 'number', scalerUnit?: Uint8Array) {
  const body = axdr.array(axdr.structure(axdr.code('1.0.1.7.0.255'), value, ...(scalerUnit ? [scalerUnit] : [])));
  const points = [{ name: 'p', obis: '1-0:1.7.0', type }];
  const { samples, faults } = hear(meter({ points }), ...hdlc(dataNotification(body), 1500));
  const [{ value: only, exact } = { value: faults[0], exact: undefined }] = samples;
  return exact ?? only;
}

describe('a number', () => {
  test.each([
    ['integer', axdr.i8(-128), -128],
    ['unsigned', axdr.u8(255), 255],
    ['long', axdr.i16(-32_768), -32_768],
    ['long-unsigned', axdr.u16(65_535), 65_535],
    ['double-long', axdr.i32(-2_147_483_648), -2_147_483_648],
    ['double-long-unsigned', axdr.u32(4_294_967_295), 4_294_967_295],
    ['long64', axdr.i64(-5n), -5],
    ['long64-unsigned', axdr.u64(4_913_794n), 4_913_794],
    ['long64-unsigned beyond 2^53', axdr.u64(18_446_744_073_709_551_615n), '18446744073709551615'],
    ['enum', axdr.enumeration(3), 3],
    ['float32', axdr.float32(230.1), 230.1],
    ['float64', axdr.float64(0.1), 0.1],
    ['float32 that is none', axdr.float32(Number.NaN), null],
    ['bcd', axdr.bcd(42), 42],
    ['bcd that is none', Uint8Array.of(13, 0x4a), null],
    ['boolean', axdr.boolean(true), 1],
    ['null-data', axdr.nothing(), null],
  ])('of type %s is read', (_name, sent, value) => {
    expect(told(sent)).toBe(value);
  });

  test('is scaled exactly, whatever the scaler', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.integer({ min: -20, max: 5 }),
        (digits, scaler) => {
          expect(told(axdr.i32(digits), 'number', axdr.scalerUnit(scaler, 255))).toBe(
            Number(`${digits}e${scaler}`) + 0,
          );
        },
      ),
      { numRuns: 60 },
    );
    expect(told(axdr.u64(18_446_744_073_709_551_615n), 'number', axdr.scalerUnit(2, 255))).toBe(
      '1844674407370955161500',
    );
    expect(told(axdr.float32(2.5), 'number', axdr.scalerUnit(-3, 255))).toBe(0.0025);
    expect(told(axdr.u16(1), 'number', axdr.scalerUnit(-128, 255))).toBe(1e-128);
  });

  test('of a point that is a boolean is true or false', () => {
    expect(told(axdr.boolean(false), 'boolean')).toBe(false);
    expect(told(axdr.enumeration(1), 'boolean')).toBe(true);
  });
});

describe('a text', () => {
  test.each([
    ['visible string', axdr.visible('AIDON_V0001'), 'AIDON_V0001'],
    ['UTF-8 string', axdr.utf8('Zähler'), 'Zähler'],
    ['octet string that is text', axdr.octets('84895126'), '84895126'],
    ['octet string that ends with zeros', axdr.octets('60180817\0\0'), '60180817'],
    ['octet string that is bytes', axdr.octets(Uint8Array.of(0x4b, 0x46, 0x01, 0xff)), '4B4601FF'],
    [
      'octet string that is a time',
      axdr.octets(dateTimeBytes(Date.UTC(2026, 0, 2, 3, 4, 5), 0)),
      '2026-01-02T03:04:05Z',
    ],
    ['date-time', axdr.dateTime(dateTimeBytes(Date.UTC(2026, 0, 2, 3, 4, 5))), '2026-01-02T03:04:05'],
    ['date', Uint8Array.of(26, 0x07, 0xea, 2, 28, 6), '2026-02-28'],
    ['time', Uint8Array.of(27, 23, 59, 58, 25), '23:59:58.25'],
    ['bit string', axdr.bits('1010011'), '1010011'],
    ['empty octet string', axdr.octets(''), null],
    ['text with controls', axdr.visible('a\u001b[31m\nb'), 'a[31m b'],
    ['long octet string', axdr.octets('x'.repeat(300)), 'x'.repeat(256)],
  ])('of type %s is read', (_name, sent, value) => {
    expect(told(sent, 'text')).toBe(value);
  });
});

describe('a date-time', () => {
  const bytes = dateTimeBytes(Date.UTC(2026, 5, 1, 12, 0, 0), -120);
  const changed = (at: number, byte: number) => isoDateTime(bytes.map((each, index) => (index === at ? byte : each)));

  test('has the offset that its deviation says', () => {
    expect(isoDateTime(bytes)).toBe('2026-06-01T14:00:00+02:00');
    expect(isoDateTime(dateTimeBytes(Date.UTC(2026, 5, 1, 12, 0, 0), 210))).toBe('2026-06-01T08:30:00-03:30');
  });

  test('with hundredths has them, and without seconds is of the full minute', () => {
    expect(changed(8, 5)).toBe('2026-06-01T14:00:00.05+02:00');
    expect(changed(7, 0xff)).toBe('2026-06-01T14:00:00+02:00');
  });

  test('that can not be is none', () => {
    expect([changed(2, 0), changed(2, 13), changed(3, 31 + 1), changed(5, 24), changed(5, 0xff)]).toEqual(
      Array(5).fill(undefined),
    );
    expect([changed(6, 60), changed(7, 60), changed(8, 100), changed(4, 8), changed(0, 0xff)]).toEqual(
      Array(5).fill(undefined),
    );
    expect(changed(3, 31)).toBeUndefined();
    expect(changed(9, 0x10)).toBeUndefined();
    expect(isoDateTime(bytes.subarray(1))).toBeUndefined();
  });

  test('is the same moment that was encoded, for any', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 86_400, max: Date.UTC(2100, 0) / 1000 }),
        fc.integer({ min: -720, max: 720 }),
        (second, deviation) => {
          expect(Date.parse(isoDateTime(dateTimeBytes(second * 1000, deviation)) ?? '')).toBe(second * 1000);
        },
      ),
    );
  });
});

describe('data', () => {
  const faultOf = (body: Uint8Array) => hear(meter(), ...hdlc(dataNotification(body), 1500)).faults;

  test('of a type that no meter is known to push is refused, and nothing of its telegram used', () => {
    for (const tag of [7, 19, 28, 33, 255]) {
      const power = axdr.structure(axdr.code('1.0.1.7.0.255'), axdr.u32(1));
      expect(faultOf(axdr.structure(power, Uint8Array.of(tag, 1, 2, 3)))).toEqual(['dlms/unsupported']);
    }
  });

  test('that is cut at any place is refused', () => {
    const power = axdr.structure(axdr.code('1.0.1.7.0.255'), axdr.u32(1), axdr.scalerUnit(0, 27));
    const body = axdr.array(power, power);
    for (let length = 0; length < body.length; length += 1) {
      expect(faultOf(body.subarray(0, length))).toEqual(['dlms/malformed']);
    }
    expect(faultOf(joined(body, Uint8Array.of(1)))).toEqual(['dlms/malformed']);
  });

  test('may have null-data behind it', () => {
    const power = axdr.structure(axdr.code('1.0.1.7.0.255'), axdr.u32(1), axdr.scalerUnit(0, 27));
    expect(faultOf(joined(axdr.array(power), Uint8Array.of(0, 0)))).toEqual([]);
  });

  test('of null and null is a pair', () => {
    const power = axdr.structure(axdr.code('1.0.1.7.0.255'), axdr.u32(1), axdr.scalerUnit(0, 27));
    expect(faultOf(axdr.array(power, axdr.structure(axdr.nothing(), axdr.nothing())))).toEqual([]);
  });
});
