import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc16 } from '../../../drivers/framing/crc16.ts';
import { CHECKSUMS, takeChecksum } from '../../../drivers/lines/checksum.ts';
import { driver } from '../../../drivers/lines/driver.ts';
import { asked, bytesOf, messagesOf, onlyExchange, read, talking } from './lines.ts';

const textOf = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const taken = (line: string, checksum: (typeof CHECKSUMS)[number]) => {
  const summed = takeChecksum(bytesOf(line), checksum);
  return summed && [textOf(summed.body), summed.isRight];
};

describe('the checksum of a line', () => {
  test.each([
    ['nmea', '123456789*31'],
    ['nmea', '$123456789*31'],
    ['nmea', '!123456789*31'],
    ['xor8', '12345678931'],
    ['sum8', '123456789DD'],
    ['lrc8', '12345678923'],
    ['crc16-modbus', '1234567894B37'],
    ['crc16-arc', '123456789bb3d'],
    ['crc16-xmodem', '12345678931C3'],
    ['crc16-ccitt', '12345678929B1'],
  ] as const)('%s is right in %s, whatever blanks follow, and is taken off', (checksum, line) => {
    const body = line.replace(/(?<=6789).*/, '');
    expect(taken(line, checksum)).toEqual([body, true]);
    expect(taken(`${line} \r`, checksum)).toEqual([body, true]);
    expect(taken(line.replace('5', '6'), checksum)).toEqual([body.replace('5', '6'), false]);
  });

  test.each([
    ['nmea', '12*3'],
    ['nmea', '12345'],
    ['nmea', '12*3g'],
    ['sum8', ''],
    ['sum8', '5'],
    ['sum8', '12 5g'],
    ['crc16-arc', '4B3'],
  ] as const)('%s is not there at all in %j', (checksum, line) => {
    expect(taken(line, checksum)).toBeUndefined();
  });

  test('of Modbus is the one that its frames have', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const digits = bytesOf(crc16(bytes).toString(16).padStart(4, '0'));
        expect(takeChecksum(Uint8Array.from([...bytes, ...digits]), 'crc16-modbus')?.isRight).toBe(true);
      }),
    );
  });
});

describe('a device whose lines have a checksum', () => {
  test.each([
    ['nmea', '$WT,{w:number}', '$WT,12.5*37'],
    ['xor8', 'W={w:number}', 'W=12.572'],
    ['sum8', 'W={w:number}', 'W=12.55A'],
    ['lrc8', 'W={w:number}', 'W=12.5A6'],
    ['crc16-modbus', 'W={w:number}', 'W=12.5BD12'],
    ['crc16-arc', 'W={w:number}', 'W=12.5A612'],
    ['crc16-xmodem', 'W={w:number}', 'W=12.527C6'],
    ['crc16-ccitt', 'W={w:number}', 'W=12.529D6'],
  ])('%s: its digits are no part of the number, and one wrong bit is never a value', (checksum, template, line) => {
    const device = talking({ template, checksum });
    expect(read(device, line)).toEqual({ w: 12.5 });
    const bytes = bytesOf(line);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      // a letter of the digits may turn small, which is the same digit
      if (textOf(flipped).toUpperCase() === line) continue;
      expect(read(device, textOf(flipped)), textOf(flipped)).toMatch(/^lines\/(?:checksum|mismatch)$/);
    }
  });

  test('says that the checksum is wrong only of a line that fits', () => {
    const device = talking({ template: 'W={w:number}', checksum: 'sum8', unmatched: 'ignore' });
    expect(device.decode(bytesOf('W=12.55B'))).toMatchObject({ fault: { code: 'lines/checksum' }, stray: 'checksum' });
    expect(read(device, 'booting 1A')).toEqual({});
    expect(read(device, 'W=12.5')).toEqual({});
  });

  test('that is asked is not believed with a wrong one, and its answer is that much longer', () => {
    const options = { template: '>{t:number}', request: '#0184\\r', delimiter: '\\r', checksum: 'sum8' };
    const exchange = onlyExchange(asked(options));
    expect(exchange.answerLength).toBe(12);
    expect(exchange.answer(bytesOf('>+025.1291\r'), false)).toMatchObject({ samples: [{ value: 25.12 }] });
    expect(exchange.answer(bytesOf('>+025.1391\r'), true)).toMatchObject({
      state: 'failed',
      fault: { code: 'lines/checksum' },
      strays: ['checksum'],
    });
  });

  test('has one of a closed list', () => {
    expect(messagesOf(driver.options, { template: '{v:number}', checksum: 'crc32' })).toEqual([
      `checksum: must be one of ${CHECKSUMS.join(', ')}`,
    ]);
  });
});
