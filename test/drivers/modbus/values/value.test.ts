import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valueCodec } from '../../../../drivers/modbus/values/value.ts';
import { hex, toHex } from '../../../support/transcript.ts';
import { optionsOf, pointOf } from '../support.ts';

function codec(given: Record<string, unknown>, device: Record<string, unknown> = {}) {
  return valueCodec(pointOf({ name: 'p', register: 'holding', address: 0, ...given }), optionsOf(device));
}

const decode = (given: Record<string, unknown>, bytes: string) => codec(given).decode(hex(bytes));
const encode = (given: Record<string, unknown>, value: number | boolean | string | null) => {
  const bytes = codec({ writable: true, ...given }).encode(value);
  return bytes === undefined ? undefined : toHex(bytes);
};

describe('a raw value', () => {
  test.each([
    ['bool', '00 00', false],
    ['bool', '00 01', true],
    ['bool', '80 00', true],
    ['int16', 'FF FE', -2],
    ['uint16', 'FF FE', 65534],
    ['int32', 'FF FF FF FE', -2],
    ['uint32', 'FF FF FF FE', 4294967294],
    ['int64', 'FF FF FF FF FF FF FF FE', -2],
    ['uint64', '00 00 00 00 00 00 01 00', 256],
    ['float32', '43 66 19 9A', 230.1],
    ['float64', '40 6C C3 33 33 33 33 33', 230.1],
    ['bcd16', '12 34', 1234],
    ['bcd32', '12 34 56 78', 12345678],
  ])('of type %s in %s is %s', (type, bytes, value) => {
    expect(decode({ type }, bytes)).toBe(value);
  });

  test.each([
    ['big', 'big', '43 66 19 9A'],
    ['little', 'big', '19 9A 43 66'],
    ['big', 'little', '66 43 9A 19'],
    ['little', 'little', '9A 19 66 43'],
  ])('with %s words and %s bytes lies in %s', (wordOrder, byteOrder, bytes) => {
    expect(decode({ type: 'float32', wordOrder, byteOrder }, bytes)).toBe(230.1);
    const device = codec({ type: 'float32' }, { wordOrder, byteOrder });
    expect(device.decode(hex(bytes))).toBe(230.1);
  });

  test('of a 64-bit integer beyond 2^53 is the nearest double', () => {
    expect(decode({ type: 'uint64' }, 'FF FF FF FF FF FF FF FE')).toBe(2 ** 64);
    expect(decode({ type: 'int64' }, '7F FF FF FF FF FF FF FF')).toBe(2 ** 63);
  });

  test.each([
    ['uint32', 'FF FF FF FF'],
    ['uint64', 'FF FF FF FF FF FF FF FF'],
  ] as const)('of all ones is null where it is a %s that only says so', (type, bytes) => {
    expect(decode({ type }, bytes)).toBeNull();
    expect(decode({ type, scale: 0.01, max: 999_999 }, bytes)).toBeNull();
    const most = 2 ** (type === 'uint32' ? 32 : 64) - (type === 'uint32' ? 1 : 0);
    expect(decode({ type, max: most }, bytes)).toBe(most);
    expect(decode({ type, writable: true }, bytes)).toBe(most);
    expect(decode({ type, bits: [0, 8] }, bytes)).toBe(255);
    expect(decode({ type: 'int32' }, 'FF FF FF FF')).toBe(-1);
    expect(decode({ type: 'uint16' }, 'FF FF')).toBe(65_535);
  });

  test.each(['7F C0 00 00', '7F 80 00 00', 'FF 80 00 00'])('that is no finite float, %s, is null', (bytes) => {
    expect(decode({ type: 'float32' }, bytes)).toBeNull();
    expect(decode({ type: 'float32', scale: 0.1 }, bytes)).toBeNull();
  });

  test('with digits beyond 9 in BCD is null', () => {
    expect(decode({ type: 'bcd16' }, '12 3A')).toBeNull();
    expect(decode({ type: 'bcd16' }, 'F2 34')).toBeNull();
  });

  test('that the point names as an error is null, also in its unsigned form', () => {
    expect(decode({ type: 'int16', errorValue: 0x8000 }, '80 00')).toBeNull();
    expect(decode({ type: 'int16', errorValue: -32768, scale: 0.1 }, '80 00')).toBeNull();
    expect(decode({ type: 'uint32', errorValue: [0xffffffff, 0x80000000] }, '80 00 00 00')).toBeNull();
    expect(decode({ type: 'uint16', errorValue: 0xffff }, 'FF FE')).toBe(65534);
    expect(decode({ type: 'bool', errorValue: 0xffff }, 'FF FF')).toBeNull();
  });
});

describe('an error value', () => {
  const MOST = 0x7fffffffffffffffn;

  test('of 64 bits is compared bit by bit', () => {
    for (const errorValue of [MOST, '0x7FFFFFFFFFFFFFFF', '9223372036854775807', [1, MOST]]) {
      expect(decode({ type: 'int64', errorValue }, '7F FF FF FF FF FF FF FF')).toBeNull();
      expect(decode({ type: 'int64', errorValue }, '7F FF FF FF FF FF FF 00')).toBe(2 ** 63);
      expect(decode({ type: 'int64', errorValue }, '80 00 00 00 00 00 00 00')).toBe(-(2 ** 63));
    }
    expect(decode({ type: 'uint64', errorValue: 2 ** 63 }, '80 00 00 00 00 00 00 00')).toBeNull();
    expect(decode({ type: 'int64', errorValue: 2 ** 63 }, '80 00 00 00 00 00 00 00')).toBeNull();
    expect(decode({ type: 'int64', errorValue: 2 ** 63 }, '7F FF FF FF FF FF FF FF')).toBe(2 ** 63);
    expect(decode({ type: 'uint64', errorValue: 18446744073709551615n }, 'FF FF FF FF FF FF FF FF')).toBeNull();
    expect(decode({ type: 'uint64', errorValue: -1 }, 'FF FF FF FF FF FF FF FF')).toBeNull();
  });

  test('lies in the orders of its point', () => {
    const orders = { wordOrder: 'little', byteOrder: 'little' };
    expect(decode({ type: 'uint32', errorValue: 0x80000001, ...orders }, '01 00 00 80')).toBeNull();
    expect(decode({ type: 'uint32', errorValue: 0x01000080, ...orders }, '01 00 00 80')).toBe(0x80000001);
  });

  test('of a float is a value, or bits', () => {
    expect(decode({ type: 'float32', errorValue: -9999.9 }, 'C6 1C 3F 9A')).toBeNull();
    expect(decode({ type: 'float32', errorValue: 99999999 }, '4C BE BC 20')).toBeNull();
    expect(decode({ type: 'float32', errorValue: 0x7f7fffff }, '7F 7F FF FF')).toBeNull();
    expect(decode({ type: 'float32', errorValue: '0x3F800000' }, '3F 80 00 00')).toBeNull();
    expect(decode({ type: 'float32', errorValue: 0x3f800000 }, '3F 80 00 00')).toBe(1);
    expect(decode({ type: 'float64', errorValue: 0x7fefffffffffffffn }, '7F EF FF FF FF FF FF FF')).toBeNull();
    for (const bytes of ['00 00 00 00', '80 00 00 00']) {
      expect(decode({ type: 'float32', errorValue: 0 }, bytes)).toBeNull();
    }
  });

  test('of BCD is its decimal digits, or bits that are none of them', () => {
    expect(decode({ type: 'bcd16', errorValue: 9999 }, '99 99')).toBeNull();
    expect(decode({ type: 'bcd16', errorValue: 0x9999 }, '99 99')).toBeNull();
    expect(decode({ type: 'bcd16', errorValue: 1234 }, '04 D2')).toBeNull();
    expect(decode({ type: 'bcd16', errorValue: 0x1234 }, '12 34')).toBe(1234);
  });

  test('of some bits is what they hold, or what the whole register does', () => {
    const low = { type: 'uint16', bits: [0, 4] };
    expect(decode({ ...low, errorValue: 15 }, '12 3F')).toBeNull();
    expect(decode({ ...low, errorValue: 0xffff }, 'FF FF')).toBeNull();
    expect(decode({ ...low, errorValue: 0xffff }, '12 3F')).toBe(15);
    expect(decode({ type: 'bool', bits: [3, 1], errorValue: 0xffff }, 'FF FF')).toBeNull();
  });

  test('that the type has no bits for is met by nothing', () => {
    expect(decode({ type: 'uint16', errorValue: 65536 }, '00 00')).toBe(0);
    expect(decode({ type: 'uint16', errorValue: 1.5 }, '00 01')).toBe(1);
    expect(decode({ type: 'uint16', errorValue: '0xFFFF8000' }, '80 00')).toBe(0x8000);
  });
});

describe('scale, offset and decimals', () => {
  test('turn the raw value into the point’s, without the noise of binary fractions', () => {
    expect(decode({ type: 'uint16', scale: 0.1 }, '00 03')).toBe(0.3);
    expect(decode({ type: 'int16', scale: 0.1, offset: -40 }, '00 FB')).toBe(-14.9);
    expect(decode({ type: 'uint32', scale: 1000 }, '00 00 00 05')).toBe(5000);
  });

  test('round as people do', () => {
    expect(decode({ type: 'uint32', scale: 0.001, decimals: 2 }, '00 00 03 ED')).toBe(1.01);
    expect(decode({ type: 'float32', decimals: 0 }, '43 66 19 9A')).toBe(230);
  });

  test('never cut a digit of a whole number', () => {
    expect(decode({ type: 'uint64', decimals: 0 }, '00 04 62 D5 3C 8A BA C0')).toBe(1234567890123456);
    expect(decode({ type: 'uint64', scale: 1 }, '00 1F FF FF FF FF FF FF')).toBe(2 ** 53 - 1);
    expect(decode({ type: 'uint64', scale: 0.001 }, '00 1F FF FF FF FF FF FF')).toBe(9007199254740991 / 1000);
    expect(decode({ type: 'uint64', offset: 1 }, '00 1F FF FF FF FF FF FF')).toBe(2 ** 53);
    expect(decode({ type: 'int64', scale: 0.01, decimals: 1 }, 'FF E0 00 00 00 00 00 01')).toBe(-90071992547409.9);
    expect(decode({ type: 'uint32', scale: 1e-12 }, 'FF FF FF FE')).toBe(0.004294967294);
  });

  test('round halves away from zero, on both sides of it', () => {
    expect(decode({ type: 'int16', scale: 0.5, decimals: 0 }, 'FF FD')).toBe(-2);
    expect(decode({ type: 'int16', scale: 0.5, decimals: 0 }, '00 03')).toBe(2);
    expect(decode({ type: 'int16', scale: 0.01, decimals: 1 }, 'FF 85')).toBe(-1.2);
    expect(decode({ type: 'int16', scale: 0.01, offset: -0.02, decimals: 1 }, 'FF 85')).toBe(-1.3);
    expect(decode({ type: 'float32', decimals: 0 }, 'C0 20 00 00')).toBe(-3);
  });

  test('tell what no double holds by all its digits', () => {
    const exact = (given: Record<string, unknown>, bytes: string) => codec(given).exact?.(hex(bytes));
    expect(exact({ type: 'uint64' }, '00 20 00 00 00 00 00 01')).toBe('9007199254740993');
    expect(exact({ type: 'int64' }, '80 00 00 00 00 00 00 01')).toBe('-9223372036854775807');
    expect(exact({ type: 'uint64', scale: 0.001 }, '00 20 00 00 00 00 00 01')).toBe('9007199254740.993');
    expect(exact({ type: 'uint64', bits: [0, 56] }, 'FF 20 00 00 00 00 00 01')).toBe('9007199254740993');
    expect(exact({ type: 'uint64' }, '00 20 00 00 00 00 00 02')).toBeUndefined();
    expect(exact({ type: 'uint64', scale: 0.1 }, '00 00 00 00 00 00 00 01')).toBeUndefined();
    expect(exact({ type: 'float32' }, '43 66 19 9A')).toBeUndefined();
  });

  test('leave no noise where the scale is a quotient that was cut, or the raw value floats', () => {
    expect(decode({ type: 'uint16', scale: 0.3333333333333333 }, '00 03')).toBe(1);
    expect(decode({ type: 'float32', scale: 0.3333333333333333 }, '43 66 19 9A')).toBe(76.7);
    expect(decode({ type: 'float64', scale: 10 }, '3F D3 33 33 33 33 33 34')).toBe(3.0000000000000004);
  });

  test('never turn a value into minus zero', () => {
    expect(Object.is(decode({ type: 'float32', decimals: 0 }, 'BE 80 00 00'), 0)).toBe(true);
  });

  test('are undone for a write, which must then be a whole raw value', () => {
    expect(encode({ type: 'uint16', scale: 0.1 }, 21.5)).toBe('00 D7');
    expect(encode({ type: 'uint16', scale: 0.1 }, 21.55)).toBeUndefined();
    expect(encode({ type: 'int16', scale: 0.1, offset: -40 }, -14.9)).toBe('00 FB');
    expect(encode({ type: 'uint16' }, 1.5)).toBeUndefined();
  });
});

describe('bits', () => {
  test('are taken from the least significant on, after the orders', () => {
    expect(decode({ type: 'uint16', bits: [4, 3] }, '00 50')).toBe(5);
    expect(decode({ type: 'bool', bits: [15, 1] }, '80 00')).toBe(true);
    expect(decode({ type: 'bool', bits: [0, 1] }, '80 00')).toBe(false);
    expect(decode({ type: 'uint32', bits: [30, 2], wordOrder: 'little' }, '00 00 C0 00')).toBe(3);
    expect(decode({ type: 'uint64', bits: [63, 1] }, '80 00 00 00 00 00 00 01')).toBe(1);
  });
});

describe('an enum', () => {
  const point = { type: 'uint16', enum: { 0: 'stopped', 1: 'running' } };

  test('gives its texts, and null for a value without one', () => {
    expect(decode(point, '00 01')).toBe('running');
    expect(decode(point, '00 07')).toBeNull();
  });

  test('of 64 bits tells values apart that are one to a double', () => {
    const wide = { type: 'uint64', enum: { '9007199254740993': 'odd', '18446744073709551615': 'all' }, writable: true };
    expect(decode(wide, '00 20 00 00 00 00 00 01')).toBe('odd');
    expect(decode(wide, '00 20 00 00 00 00 00 00')).toBeNull();
    expect(decode(wide, 'FF FF FF FF FF FF FF FF')).toBe('all');
    expect(decode(wide, 'FF FF FF FF FF FF FF FE')).toBeNull();
    expect(encode(wide, 'odd')).toBe('00 20 00 00 00 00 00 01');
  });

  test('is written by its texts only', () => {
    expect(encode(point, 'running')).toBe('00 01');
    expect(encode(point, 'flying')).toBeUndefined();
    expect(encode(point, 1)).toBeUndefined();
    expect(encode(point, 'toString')).toBeUndefined();
  });
});

describe('text', () => {
  test('ends at the first NUL, without blanks and what can not be shown', () => {
    expect(decode({ type: 'string', length: 4 }, '41 42 0A 1B 43 20 00 44')).toBe('ABC');
    expect(decode({ type: 'string', length: 2, byteOrder: 'little' }, '42 41 44 43')).toBe('ABCD');
    expect(decode({ type: 'string', length: 2 }, '41 E4 9B 42')).toBe('AB');
  });

  test('of which nothing is left is null', () => {
    expect(decode({ type: 'string', length: 2 }, '00 00 00 00')).toBeNull();
    expect(decode({ type: 'string', length: 2 }, '20 20 20 20')).toBeNull();
  });

  test('is written in plain ASCII, filled up, and never longer than its registers', () => {
    expect(encode({ type: 'string', length: 2 }, 'abc')).toBe('61 62 63 00');
    expect(encode({ type: 'string', length: 2 }, 'abcde')).toBeUndefined();
    expect(encode({ type: 'string', length: 2 }, 'ä')).toBeUndefined();
    expect(encode({ type: 'string', length: 2 }, 'a\n')).toBeUndefined();
    expect(encode({ type: 'string', length: 2 }, 5)).toBeUndefined();
  });
});

describe('a value to write', () => {
  test('must be of the point’s type', () => {
    expect(encode({ type: 'uint16' }, true)).toBeUndefined();
    expect(encode({ type: 'uint16' }, '1')).toBeUndefined();
    expect(encode({ type: 'uint16' }, null)).toBeUndefined();
    expect(encode({ type: 'float32' }, Number.NaN)).toBeUndefined();
    expect(encode({ type: 'float32' }, Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(encode({ type: 'bool' }, 1)).toBeUndefined();
  });

  test.each([
    ['int16', -32768, 32767, -32769, 32768],
    ['uint16', 0, 65535, -1, 65536],
    ['int32', -(2 ** 31), 2 ** 31 - 1, -(2 ** 31) - 1, 2 ** 31],
    ['uint32', 0, 2 ** 32 - 1, -1, 2 ** 32],
    ['int64', -(2 ** 63), 2 ** 62, -(2 ** 63) - 2048, 2 ** 63],
    ['uint64', 0, 2 ** 63, -1, 2 ** 64],
    ['bcd16', 0, 9999, -1, 10000],
    ['bcd32', 0, 99999999, -1, 100000000],
    ['float32', -3.4e38, 3.4e38, -3.5e38, 3.5e38],
  ])('of type %s is from %d to %d', (type, low, high, below, above) => {
    expect(encode({ type }, low)).toBeDefined();
    expect(encode({ type }, high)).toBeDefined();
    expect(encode({ type }, below)).toBeUndefined();
    expect(encode({ type }, above)).toBeUndefined();
  });

  test('keeps minimum, maximum and step', () => {
    const point = { type: 'uint16', scale: 0.1, min: 5, max: 30, step: 0.5 };
    expect(encode(point, 21.5)).toBe('00 D7');
    for (const value of [4.9, 30.5, 21.4]) expect(encode(point, value)).toBeUndefined();
    expect(encode({ type: 'uint16', min: 1, step: 2 }, 3)).toBe('00 03');
    expect(encode({ type: 'uint16', min: 1, step: 2 }, 4)).toBeUndefined();
    expect(encode({ type: 'int16', step: 2 }, -4)).toBe('FF FC');
  });

  test('keeps a step of numbers beyond the noise of their division', () => {
    expect(encode({ type: 'uint64', step: 2 }, 9007199254740990)).toBe('00 1F FF FF FF FF FF FE');
    expect(encode({ type: 'uint64', step: 2 }, 9007199254740991)).toBeUndefined();
  });

  test('of 64 bits is written as it is held', () => {
    expect(encode({ type: 'uint64' }, 2 ** 60)).toBe('10 00 00 00 00 00 00 00');
    expect(encode({ type: 'uint64', scale: 0.01 }, 90071992547409.91)).toBe('00 1F FF FF FF FF FF FF');
  });

  test('is never the one by which the device says that it does not know', () => {
    expect(encode({ type: 'int16', errorValue: 0x8000 }, -32768)).toBeUndefined();
    expect(encode({ type: 'uint16', errorValue: 0xffff }, 65535)).toBeUndefined();
  });
});

const orders = fc.record({ wordOrder: fc.constantFrom('big', 'little'), byteOrder: fc.constantFrom('big', 'little') });
const VALUES: Readonly<Record<string, fc.Arbitrary<number | boolean>>> = {
  bool: fc.boolean(),
  int16: fc.integer({ min: -32768, max: 32767 }),
  uint16: fc.nat(65535),
  int32: fc.integer(),
  uint32: fc.nat(2 ** 31 - 1).map((value) => value * 2 + 1),
  int64: fc.maxSafeInteger(),
  uint64: fc.maxSafeNat(),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  bcd16: fc.nat(9999),
  bcd32: fc.nat(99_999_999),
};

describe('what is written is what is read', () => {
  test.each(Object.entries(VALUES))('for %s in all orders', (type, values) => {
    fc.assert(
      fc.property(values, orders, (value, device) => {
        const both = codec({ type, writable: true }, device);
        const bytes = both.encode(value);
        expect(bytes).toBeDefined();
        const back = both.decode(bytes ?? new Uint8Array(0));
        expect(type === 'float32' ? Math.fround(Number(back)) : back).toStrictEqual(value);
      }),
    );
  });

  test('for text in all orders', () => {
    const text = fc.stringMatching(/^[!-~][ -~]{0,18}[!-~]$/);
    fc.assert(
      fc.property(text, orders, (value, device) => {
        const both = codec({ type: 'string', length: 10, writable: true }, device);
        const bytes = both.encode(value);
        expect(both.decode(bytes ?? new Uint8Array(0))).toBe(value);
      }),
    );
  });

  test('for scaled values', () => {
    fc.assert(
      fc.property(fc.integer({ min: -32768, max: 32767 }), fc.integer({ min: 0, max: 4 }), (raw, digits) => {
        const scale = Number(`1e-${digits}`);
        const both = codec({ type: 'int16', scale, offset: -7.5, writable: true });
        const bytes = Uint8Array.of((raw >> 8) & 0xff, raw & 0xff);
        expect(both.encode(both.decode(bytes))).toEqual(bytes);
      }),
    );
  });
});
