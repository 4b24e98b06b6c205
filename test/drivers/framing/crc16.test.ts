import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc16, crc16Arc } from '../../../drivers/framing/crc16.ts';

/** The algorithm bit by bit, as Modbus over Serial Line V1.02, 6.2.2 describes it. */
function bitwise(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

describe('the checksum of Modbus RTU', () => {
  test('of "123456789" is 4B37, the check value of CRC-16/MODBUS', () => {
    expect(crc16(Buffer.from('123456789'))).toBe(0x4b37);
  });

  test('of 02 07 is 1241, the example of the specification', () => {
    expect(crc16(Uint8Array.of(0x02, 0x07))).toBe(0x1241);
  });

  test('agrees with the algorithm of the specification on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc16(bytes) === bitwise(bytes)));
  });

  test('of a part is that of the part alone', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), fc.nat(60), (bytes, a, b) => {
        const from = Math.min(a, b, bytes.length);
        const to = Math.min(Math.max(a, b), bytes.length);
        return crc16(bytes, from, to) === bitwise(bytes.subarray(from, to));
      }),
    );
  });
});

test('CRC-16/ARC of "123456789" is BB3D, its check value, and that of a part is that of the part alone', () => {
  expect(crc16Arc(Buffer.from('123456789'))).toBe(0xbb3d);
  expect(crc16Arc(Buffer.from('..123456789.'), 2, 11)).toBe(0xbb3d);
});
