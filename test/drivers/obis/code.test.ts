import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOfBytes, formatCode, isSameCode, type ObisCode, readCode } from '../../../drivers/obis/code.ts';

const same = (a: string, b: string) => isSameCode(readCode(a) as ObisCode, readCode(b) as ObisCode);

describe('an OBIS code', () => {
  test.each([
    ['1-0:1.8.0', '1-0:1.8.0'],
    ['1-0:1.8.0*255', '1-0:1.8.0'],
    ['1-0:1.8.0*01', '1-0:1.8.0*1'],
    ['1-0:1.6.0&02', '1-0:1.6.0*2'],
    ['1.0.1.8.0.255', '1-0:1.8.0'],
    ['0-1:24.2.1', '0-1:24.2.1'],
    ['1.8.0', '1.8.0'],
    ['1.8', '1.8.0'],
    ['C.1', '96.1.0'],
    ['C.5.0', '96.5.0'],
    ['F.F', '97.97.0'],
    ['F', '97.0.0'],
    ['3:14', '3:14.0.0'],
    ['129-129:199.130.3*255', '129-129:199.130.3'],
  ])('%s is %s', (text, canonical) => {
    expect(formatCode(readCode(text) as ObisCode)).toBe(canonical);
  });

  test.each([
    '',
    '5',
    '1-0',
    '1-0:',
    '256-0:1.8.0',
    '1-0:1.8.0*256',
    '1-0:1.8.0.0',
    '1-0:1.8.0 ',
    'A.1',
    '1.8.0\n',
    '-1:1.8.0',
  ])('%j is none', (text) => {
    expect(readCode(text)).toBeUndefined();
  });

  test('without medium and channel means the quantity of any, and no other quantity', () => {
    expect(same('1.8.0', '1-0:1.8.0*255')).toBe(true);
    expect(same('1-0:1.8.0', '1-0:1.8.0*255')).toBe(true);
    expect(same('1-0:1.8.0', '1-1:1.8.0')).toBe(false);
    expect(same('1.8.0', '1-0:1.8.1')).toBe(false);
    expect(same('1.8.0', '1.8.0*01')).toBe(false);
    expect(same('1.8.0', '2.8.0')).toBe(false);
    expect(same('1.8.0', '1.7.0')).toBe(false);
    expect(same('7-0:3.0.0', '1-0:3.0.0')).toBe(false);
  });

  test('of six bytes is written and read again as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        const code = codeOfBytes(bytes);
        expect(readCode(formatCode(code as ObisCode))).toEqual(code);
      }),
    );
    expect(codeOfBytes(new Uint8Array(5))).toBeUndefined();
    expect(codeOfBytes(new Uint8Array(7))).toBeUndefined();
  });
});
