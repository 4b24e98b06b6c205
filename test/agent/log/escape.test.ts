import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, MAX_TEXT } from '../../../agent/log/escape.ts';

const u = (...codes: number[]) => String.fromCodePoint(...codes);

describe('text in a log line', () => {
  it('stays as it is where it is plain, in any language', () => {
    for (const text of ['', 'plain', 'naïve Zähler µΩ', '电表', '🔌 on', '<0>{}[]"\'/'])
      expect(escapeText(text)).toBe(text);
  });

  it.each([
    ['newline', 0x0a, '\\u000a'],
    ['carriage return', 0x0d, '\\u000d'],
    ['NUL', 0x00, '\\u0000'],
    ['ESC', 0x1b, '\\u001b'],
    ['DEL', 0x7f, '\\u007f'],
    ['C1 next line', 0x85, '\\u0085'],
    ['C1 control sequence introducer', 0x9b, '\\u009b'],
    ['line separator', 0x2028, '\\u2028'],
    ['paragraph separator', 0x2029, '\\u2029'],
    ['right-to-left override', 0x202e, '\\u202e'],
    ['right-to-left isolate', 0x2067, '\\u2067'],
    ['right-to-left mark', 0x200f, '\\u200f'],
    ['arabic letter mark', 0x061c, '\\u061c'],
    ['zero-width space', 0x200b, '\\u200b'],
    ['byte order mark', 0xfeff, '\\ufeff'],
    ['tag letter', 0xe0041, '\\udb40\\udc41'],
    ['backslash', 0x5c, '\\u005c'],
  ])('shows a %s as an escape', (_, code, shown) => {
    expect(escapeText(`a${u(code)}b`)).toBe(`a${shown}b`);
  });

  it('shows half a character as an escape', () => {
    expect(escapeText('a\ud83d')).toBe('a\\ud83d');
    expect(escapeText('\udd0cb')).toBe('\\udd0cb');
  });

  it('is cut at its bound, and never within a character or an escape', () => {
    expect(escapeText('x'.repeat(256))).toBe('x'.repeat(256));
    expect(escapeText('x'.repeat(257))).toBe(`${'x'.repeat(255)}…`);
    expect(escapeText('abc\n\n', 10)).toBe('abc\\u000a…');
    expect(escapeText('abcd\n\n', 10)).toBe('abcd…');
    expect(escapeText('🔌🔌🔌', 5)).toBe('🔌🔌…');
    expect(escapeText('🔌🔌🔌', 4)).toBe('🔌…');
  });

  it('is safe, bounded and unambiguous whatever comes', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 600 }).map((units) => String.fromCharCode(...units)),
    );
    fc.assert(
      fc.property(texts, fc.integer({ min: 8, max: MAX_TEXT }), (text, max) => {
        const shown = escapeText(text, max);
        expect(shown.length).toBeLessThanOrEqual(max);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        expect(shown.replace(/\\u[0-9a-f]{4}/g, '')).not.toContain('\\');
        const back = shown.replace(/\\u([0-9a-f]{4})/g, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
        if (back !== text) expect(text.startsWith(back.replace(/…$/, ''))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
