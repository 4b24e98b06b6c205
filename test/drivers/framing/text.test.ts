import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText, decodeText, LONGEST_TEXT } from '../../../drivers/framing/text.ts';

describe('decoding the text of a device', () => {
  const degrees = Uint8Array.of(0x32, 0x31, 0xb0, 0x43);

  test('reads each encoding and marks what it does not have', () => {
    expect(decodeText(degrees, 'latin1')).toBe('21°C');
    expect(decodeText(degrees, 'ascii')).toBe('21\ufffdC');
    expect(decodeText(degrees, 'utf8')).toBe('21\ufffdC');
    expect(decodeText(new TextEncoder().encode('21°C'), 'utf8')).toBe('21°C');
  });

  test('takes 0x80 to 0x9f in Latin-1 for the controls that they are, and so out', () => {
    expect(cleanText(decodeText(Uint8Array.of(0x61, 0x9b, 0x33, 0x6d, 0x62), 'latin1'))).toBe('a3mb');
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.constantFrom('ascii', 'latin1', 'utf8'), (bytes, encoding) => {
        cleanText(decodeText(bytes, encoding as 'utf8'));
      }),
    );
  });
});

describe('cleaning text', () => {
  test('takes out what could break a log line or a terminal', () => {
    expect(cleanText('a\u0000b\u001b[31mc\u007fd\u0085e\u202ef\u2066g\u200bh\ufffei')).toBe('ab[31mcdefghi');
    expect(cleanText(' one\r\n<0>two\u2028three\u2029four\tfive ')).toBe('one <0>two three four five');
  });

  test('replaces a lone surrogate and keeps a pair', () => {
    expect(cleanText('a\ud800b\udc00c\u{1f600}d')).toBe('a\ufffdb\ufffdc\u{1f600}d');
  });

  test('is bounded and never ends in half a character', () => {
    expect(cleanText('x'.repeat(10_000))).toHaveLength(LONGEST_TEXT);
    expect(cleanText('\u{1f600}'.repeat(9), 5)).toBe('\u{1f600}\u{1f600}');
  });

  test('what is taken out from between two blanks leaves one', () => {
    expect(cleanText('!\t\u0000\t¡')).toBe('! ¡');
  });

  test('gives bounded, well-formed, printable text for any text, and the same when done again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const cleaned = cleanText(text);
        expect(cleaned.length).toBeLessThanOrEqual(LONGEST_TEXT);
        expect(cleaned).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(cleaned.trim()).toBe(cleaned);
        expect(cleanText(cleaned)).toBe(cleaned);
      }),
    );
  });
});
