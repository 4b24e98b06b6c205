import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WORDS } from '../../../../drivers/modbus/point.ts';
import { agrees } from '../../../../drivers/modbus/values/agree.ts';
import { valueCodec } from '../../../../drivers/modbus/values/value.ts';
import { hex, toHex } from '../../../support/transcript.ts';
import { optionsOf, pointOf } from '../support.ts';

const README = new URL('../../../../drivers/modbus/README.md', import.meta.url);
const ROW = /^\| `([a-z0-9-]+)` \| `([0-9A-F ]+)` \| (\S+) \|/;

const ROWS = readFileSync(README, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, type, bytes, value] = ROW.exec(line) ?? [];
    return type === undefined || bytes === undefined || value === undefined ? [] : [{ type, bytes, value }];
  });

function pointFor(given: Record<string, unknown>) {
  const { type } = given;
  const more = type === 'string' ? { length: 2 } : {};
  return pointOf({ name: 'p', register: 'holding', address: 0, ...more, ...given });
}

function codec(given: Record<string, unknown>, device: Record<string, unknown> = {}) {
  return valueCodec(pointFor(given), optionsOf(device));
}

const decode = (given: Record<string, unknown>, bytes: string) => codec(given).decode(hex(bytes));
const encode = (given: Record<string, unknown>, value: number | boolean | string) => {
  const bytes = codec({ writable: true, ...given }).encode(value);
  return bytes === undefined ? undefined : toHex(bytes);
};

/** The registers in another order of words and bytes. */
function reordered(bytes: string, wordOrder: string, byteOrder: string): Uint8Array {
  const words = Array.from({ length: hex(bytes).length / 2 }, (_, at) => [...hex(bytes).subarray(at * 2, at * 2 + 2)]);
  if (byteOrder === 'little') for (const word of words) word.reverse();
  if (wordOrder === 'little') words.reverse();
  return Uint8Array.from(words.flat());
}

const ORDERS = ['big', 'little'] as const;

describe('the table of types in the README', () => {
  test('names every type', () => {
    expect([...new Set(ROWS.map(({ type }) => type))].sort()).toEqual(Object.keys(WORDS).sort());
  });

  test.each(ROWS)('is right: $type in $bytes is $value', ({ type, bytes, value }) => {
    expect(decode({ type }, bytes)).toBe(JSON.parse(value));
  });

  test.each(ROWS.filter(({ type }) => type !== 'string'))('holds in all orders: $type in $bytes', (row) => {
    const { type, bytes, value } = row;
    for (const wordOrder of ORDERS) {
      for (const byteOrder of ORDERS) {
        const device = codec({ type }, { wordOrder, byteOrder });
        expect(device.decode(reordered(bytes, wordOrder, byteOrder))).toBe(JSON.parse(value));
      }
    }
  });
});

describe('24 bits', () => {
  test.each(['00', '5A', 'FF'])('are taken without the byte above them, %s', (above) => {
    expect(decode({ type: 'uint24' }, `${above} FF FF FF`)).toBe(16_777_215);
    expect(decode({ type: 'int24' }, `${above} 80 00 00`)).toBe(-8_388_608);
    expect(decode({ type: 'uint24', bits: [20, 4] }, `${above} A0 00 00`)).toBe(10);
  });

  test('are written with the byte above as a number of 32 bits has it', () => {
    expect(encode({ type: 'int24' }, -2)).toBe('FF FF FF FE');
    expect(encode({ type: 'uint24' }, 16_777_215)).toBe('00 FF FF FF');
  });

  test('are compared with an error value, and all 32 with a longer one', () => {
    for (const above of ['00', '12', 'FF']) {
      expect(decode({ type: 'uint24', errorValue: 0xffffff }, `${above} FF FF FF`)).toBeNull();
      expect(decode({ type: 'int24', errorValue: -1 }, `${above} FF FF FF`)).toBeNull();
      expect(decode({ type: 'int24', errorValue: '0x800000' }, `${above} 80 00 00`)).toBeNull();
    }
    expect(decode({ type: 'uint24', errorValue: '0xFFFFFFFF' }, 'FF FF FF FF')).toBeNull();
    expect(decode({ type: 'uint24', errorValue: '0xFFFFFFFF' }, '00 FF FF FF')).toBe(16_777_215);
  });
});

describe('48 bits', () => {
  test('are exact', () => {
    expect(decode({ type: 'int48' }, '80 00 00 00 00 00')).toBe(-(2 ** 47));
    expect(decode({ type: 'int48', scale: 0.001 }, '7F FF FF FF FF FF')).toBe(140_737_488_355.327);
    expect(decode({ type: 'uint48', bits: [40, 8] }, 'AB 00 00 00 00 00')).toBe(0xab);
  });

  test('that are all set say that the device does not know, where nothing admits them', () => {
    expect(decode({ type: 'uint48' }, 'FF FF FF FF FF FF')).toBeNull();
    expect(decode({ type: 'uint48', max: 281_474_976_710_655 }, 'FF FF FF FF FF FF')).toBe(281_474_976_710_655);
    expect(decode({ type: 'int48' }, 'FF FF FF FF FF FF')).toBe(-1);
  });

  test('are compared with an error value', () => {
    expect(decode({ type: 'int48', errorValue: '0x800000000000' }, '80 00 00 00 00 00')).toBeNull();
    expect(decode({ type: 'int48', errorValue: [7, -1] }, 'FF FF FF FF FF FF')).toBeNull();
  });
});

describe('exponent and mantissa', () => {
  const point = { type: 'exp8-mantissa24' };

  test('are a decimal fraction, exactly', () => {
    expect(decode(point, 'FF 00 00 03')).toBe(0.3);
    expect(decode(point, 'F6 7F FF FF')).toBe(0.000_838_860_7);
    expect(decode(point, '0A 80 00 00')).toBe(-83_886_080_000_000_000);
    expect(decode(point, '80 00 00 01')).toBe(1e-128);
    expect(decode({ ...point, scale: 0.001, offset: 1 }, 'FD 01 E2 40')).toBe(1.123456);
    expect(Object.is(decode(point, 'FD 00 00 00'), 0)).toBe(true);
  });

  test('are written with the exponent nearest to 0, exactly or not at all', () => {
    expect(encode(point, 230.1)).toBe('FF 00 08 FD');
    expect(encode(point, -50)).toBe('00 FF FF CE');
    expect(encode(point, 12_345_000_000)).toBe('04 12 D6 44');
    expect(encode(point, 0)).toBe('00 00 00 00');
    expect(encode(point, 123_456_789)).toBeUndefined();
    expect(encode({ ...point, scale: 0.1 }, 230.1)).toBe('00 00 08 FD');
  });

  test('agree with what was written, whatever exponent the device gives it, to the last digit', () => {
    const written = pointFor({ ...point, writable: true });
    const own = valueCodec(written, optionsOf());
    expect(agrees(written, own, 230.1, own.decode(hex('FD 03 82 D4')))).toBe(true);
    expect(agrees(written, own, 230.1, own.decode(hex('FD 03 82 D5')))).toBe(false);
    const rounded = pointFor({ ...point, writable: true, decimals: 1 });
    expect(agrees(rounded, own, 230.1, own.decode(hex('FD 03 82 D5')))).toBe(true);
  });

  test('are compared with an error value in every form, or bit by bit', () => {
    for (const bytes of ['00 00 00 05', 'FF 00 00 32', 'FE 00 01 F4']) {
      expect(decode({ ...point, errorValue: 5 }, bytes)).toBeNull();
    }
    expect(decode({ ...point, errorValue: 0x7fffffff }, '7F FF FF FF')).toBeNull();
    expect(decode({ ...point, errorValue: '0x80800000' }, '80 80 00 00')).toBeNull();
    expect(decode({ ...point, errorValue: '0x80800000' }, '00 80 00 00')).toBe(-8_388_608);
  });
});

describe('modulo 10000', () => {
  test('has the lowest register first where the order says so', () => {
    const energy = codec({ type: 'mod10k-64', wordOrder: 'little' });
    expect(energy.decode(hex('11 D7 00 7B 00 00 00 00'))).toBe(1_234_567);
  });

  test.each([
    ['mod10k-32', '7F FF 27 0F', 327_679_999],
    ['mod10k-32', '80 01 D8 F1', -327_679_999],
    ['mod10k-32', '80 00 00 00', null],
    ['mod10k-32', '00 00 D8 F0', null],
    ['mod10k-32', 'FF FF 00 00', -10_000],
    ['mod10k-64', 'D8 F1 D8 F1 D8 F1 D8 F1', -1e16],
    ['mod10k-64', 'D8 F0 00 00 00 00 00 00', null],
    ['mod10k-64', '00 01 00 00 FF FF 00 00', null],
  ])('%s in %s is %s', (type, bytes, value) => {
    expect(decode({ type }, bytes)).toBe(value);
  });

  test('tells all digits that no double holds', () => {
    expect(codec({ type: 'mod10k-64' }).exact?.(hex('27 0F 27 0F 27 0F 27 0F'))).toBe('9999999999999999');
    expect(codec({ type: 'mod10k-64' }).exact?.(hex('00 00 00 00 00 7B 11 D7'))).toBeUndefined();
  });

  test('is compared with an error value, or with bits that are no value', () => {
    expect(decode({ type: 'mod10k-32', errorValue: 327_670_000 }, '7F FF 00 00')).toBeNull();
    expect(decode({ type: 'mod10k-32', errorValue: '0x7FFF0000' }, '7F FF 00 00')).toBeNull();
  });
});

describe('sign and magnitude', () => {
  test('has no value for the lowest number of two’s complement', () => {
    expect(decode({ type: 'sign-magnitude16' }, 'FF FF')).toBe(-32_767);
    expect(decode({ type: 'sign-magnitude32' }, 'FF FF FF FF')).toBe(-(2 ** 31 - 1));
    expect(Object.is(decode({ type: 'sign-magnitude32' }, '80 00 00 00'), 0)).toBe(true);
  });

  test('is compared with an error value as a number, and bit by bit', () => {
    expect(decode({ type: 'sign-magnitude16', errorValue: -2 }, '80 02')).toBeNull();
    expect(decode({ type: 'sign-magnitude16', errorValue: 0x8000 }, '80 00')).toBeNull();
    expect(decode({ type: 'sign-magnitude16', errorValue: 0x8000 }, '00 00')).toBe(0);
    expect(decode({ type: 'sign-magnitude16', errorValue: 0 }, '80 00')).toBeNull();
  });
});

describe('a value to write', () => {
  test.each([
    ['int24', -8_388_608, 8_388_607, -8_388_609, 8_388_608],
    ['uint24', 0, 16_777_215, -1, 16_777_216],
    ['int48', -(2 ** 47), 2 ** 47 - 1, -(2 ** 47) - 1, 2 ** 47],
    ['uint48', 0, 2 ** 48 - 1, -1, 2 ** 48],
    ['exp8-mantissa24', -8_388_608, 8_388_607, -8_388_609, 8_388_609],
    ['mod10k-32', -327_679_999, 327_679_999, -327_680_000, 327_680_000],
    ['mod10k-64', -(2 ** 53), 2 ** 53, -1e16, 1e16],
    ['sign-magnitude16', -32_767, 32_767, -32_768, 32_768],
    ['sign-magnitude32', -(2 ** 31 - 1), 2 ** 31 - 1, -(2 ** 31), 2 ** 31],
  ])('of type %s is from %d to %d', (type, low, high, below, above) => {
    for (const value of [low, high]) {
      const both = codec({ type, writable: true });
      expect(both.decode(both.encode(value) ?? hex(''))).toBe(value);
    }
    for (const value of [below, above]) expect(encode({ type }, value)).toBeUndefined();
    if (type !== 'exp8-mantissa24') expect(encode({ type }, 1.5)).toBeUndefined();
  });

  test.each([
    ['int24', fc.integer({ min: -8_388_608, max: 8_388_607 })],
    ['uint24', fc.nat(16_777_215)],
    ['int48', fc.maxSafeInteger().map((value) => Math.trunc(value / 64))],
    ['uint48', fc.maxSafeNat().map((value) => Math.trunc(value / 32))],
    ['mod10k-32', fc.integer({ min: -327_679_999, max: 327_679_999 })],
    ['mod10k-64', fc.maxSafeInteger()],
    ['sign-magnitude16', fc.integer({ min: -32_767, max: 32_767 })],
    ['sign-magnitude32', fc.integer({ min: -(2 ** 31 - 1) })],
    [
      'exp8-mantissa24',
      fc
        .tuple(fc.integer({ min: -8_388_608, max: 8_388_607 }), fc.integer({ min: -20, max: 20 }))
        .map(([mantissa, exponent]) => Number(`${mantissa}e${exponent}`) + 0),
    ],
  ] as const)('of type %s is what is read, in all orders', (type, values) => {
    fc.assert(
      fc.property(values, fc.constantFrom(...ORDERS), fc.constantFrom(...ORDERS), (value, wordOrder, byteOrder) => {
        const both = codec({ type, writable: true }, { wordOrder, byteOrder });
        expect(both.decode(both.encode(value) ?? hex(''))).toStrictEqual(value + 0);
      }),
    );
  });
});
