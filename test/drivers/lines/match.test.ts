import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { match, type Raw } from '../../../drivers/lines/match.ts';
import type { Letters } from '../../../drivers/lines/numeral.ts';
import { type DecimalMark, FIELD_TYPES, readTemplate, type Template } from '../../../drivers/lines/template.ts';

function template(text: string, decimal: DecimalMark = 'point'): Template {
  const read = readTemplate(text, decimal);
  if ('problem' in read) throw new Error(read.problem);
  return read;
}

function fitted(pattern: string, line: string, decimal: DecimalMark = 'point'): Record<string, Raw> | undefined {
  const values = match(template(pattern, decimal), line, decimal);
  return values === undefined ? undefined : Object.fromEntries(values);
}

describe('a template', () => {
  test('gives the values of a line that fits', () => {
    expect(fitted('T={temperature:number} C, H={humidity:number}%', 'T=21.5 C, H=48.2%')).toEqual({
      temperature: 21.5,
      humidity: 48.2,
    });
    expect(fitted('{a:number},{b:number},{c:text}', '1,-2.5,ready, go')).toEqual({ a: 1, b: -2.5, c: 'ready, go' });
    expect(fitted('{status:word},{*},{weight:number} kg', 'ST,GS,+   12.34kg')).toEqual({
      status: 'ST',
      weight: 12.34,
    });
    expect(fitted('ID {id:hex}', 'ID 0x1F')).toEqual({ id: 31 });
    expect(fitted('{name:text} = {value:integer}', ' inner  temperature   = 42 ')).toEqual({
      name: 'inner temperature',
      value: 42,
    });
  });

  test.each([
    ['T={t:number}', 'T='],
    ['T={t:number}', 'T=abc'],
    ['T={t:number}', 'T=21.5x'],
    ['T={t:number}', 'xT=21.5'],
    ['T={t:number}', ''],
    ['T={t:number} C', 'T=21.5 F'],
    ['{a:number} {b:number}', '12.5'],
    ['{a:word} {b:number}', 'one two 3'],
    ['{a:word},{b:number}', 'one two,3'],
    ['{a:word},{b:number}', ',3'],
    ['{a:integer}', '1.5'],
  ])('%j does not fit %j', (pattern, line) => {
    expect(fitted(pattern, line)).toBeUndefined();
  });

  test('takes any run of blanks for a blank, but needs one between two fields', () => {
    for (const line of ['T: 5 C', 'T:5C', 'T:\t  5   C  ']) expect(fitted('T: {t:number} C', line)).toEqual({ t: 5 });
    expect(fitted('{a:integer} {b:integer}', '12   34')).toEqual({ a: 12, b: 34 });
    expect(fitted('{a:word} {b:integer}', 'x1 2')).toEqual({ a: 'x1', b: 2 });
    expect(fitted('{a:integer} {b:word}', '12x')).toBeUndefined();
  });

  test('ends a text at the first of what follows and never tries again', () => {
    expect(fitted('{a:text}-{b:integer}', 'x-1')).toEqual({ a: 'x', b: 1 });
    expect(fitted('{a:text}-{b:integer}', 'x-y-1')).toBeUndefined();
    expect(fitted('{a:text}aab{b:integer}', 'aaab1')).toEqual({ a: 'a', b: 1 });
  });

  test('cleans and bounds a text', () => {
    expect(fitted('N={n:text}', `N=\u0002a\u001b[0m\u202eb${'c'.repeat(400)}`)).toEqual({
      n: `a[0mb${'c'.repeat(251)}`,
    });
  });

  test('takes escaped braces, backslashes and control characters literally', () => {
    expect(fitted('\\x02\\{{v:integer}\\}\\\\', '\u0002{5}\\')).toEqual({ v: 5 });
  });
});

describe('numbers', () => {
  const number = (text: string, decimal: DecimalMark = 'point') => fitted('{v:number}', text, decimal)?.v;

  test.each([
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['+12.50', 12.5],
    ['-  0.5', -0.5],
    ['.5', 0.5],
    ['-.5', -0.5],
    ['1.5E+03', 1500],
    ['25e-1', 2.5],
    ['10000000000000000000', 1e19],
  ])('%j is %d', (text, value) => {
    expect(number(text)).toBe(value);
  });

  test.each([
    ...['NaN', 'nan', 'Infinity', '-inf', '0x10', '1e999', '1e1000', '5.', '.', '-', '+-5', '1,5', '1 5', '1_000', '١'],
    '123456789012345678901',
    `0.${'1'.repeat(21)}`,
  ])('%j is none', (text) => {
    expect(number(text)).toBeUndefined();
  });

  test('may have a decimal comma, and then no decimal point', () => {
    expect(number('1,5', 'comma')).toBe(1.5);
    expect(number('1.5', 'comma')).toBeUndefined();
    expect(fitted('{a:number};{b:number}', '-1,25;3', 'comma')).toEqual({ a: -1.25, b: 3 });
  });

  test('leave a unit that begins with e alone', () => {
    expect(fitted('{v:number}eV', '1.5eV')).toEqual({ v: 1.5 });
  });

  test('integers and hexadecimal numbers are exact or none', () => {
    expect(fitted('{v:integer}', '-999999999999999')).toEqual({ v: -999999999999999 });
    expect(fitted('{v:integer}', '1234567890123456')).toBeUndefined();
    expect(fitted('{v:integer}', '1e3')).toBeUndefined();
    expect(fitted('{v:hex}', '1FFFFFFFFFFFFF')).toBeUndefined();
    expect(fitted('{v:hex}', 'FFFFFFFFFFFFF')).toEqual({ v: 2 ** 52 - 1 });
    expect(fitted('{v:hex}', '-1')).toBeUndefined();
    expect(fitted('{v:hex}', '0x')).toBeUndefined();
  });

  test('come back as they were written', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }), (value) => {
        const text = value.toFixed(6);
        expect(fitted('<{v:number}>', `<${text}>`)).toEqual({ v: Number(text) + 0 });
      }),
    );
  });
});

describe('the matcher', () => {
  const literal = fc.constantFrom('a', 'ab', 'aab', ',', ';', ' ', ' - ', '=', '\\{', '\\x02', 'é');
  const takes = fc.constantFrom(...FIELD_TYPES, '*');
  const pattern = fc
    .array(fc.tuple(literal, takes), { minLength: 1, maxLength: 8 })
    .map((pairs) =>
      pairs.map(([text, type], at) => (type === '*' ? `${text}{*}` : `${text}{f${at}:${type}}`)).join(''),
    );
  const line = fc.string({ unit: fc.constantFrom(...'aab,;=-+ 012.eE{}é\u0002\t\ud800'), maxLength: 80 });

  test('never throws, and gives finite numbers and clean text of the fields that there are', () => {
    fc.assert(
      fc.property(pattern, line, fc.constantFrom<DecimalMark>('point', 'comma'), (text, input, decimal) => {
        const read = readTemplate(text, decimal);
        if ('problem' in read) return;
        for (const [name, value] of match(read, input, decimal) ?? []) {
          expect(text).toContain(`{${name}:`);
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
          else expect(value).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('gives back what was put into a line', () => {
    const values = fc.record({
      n: fc.integer({ min: -1e9, max: 1e9 }),
      h: fc.nat(1e9),
      // a word ends where the text behind it comes first, and the blank before that may be none
      w: fc.stringMatching(/^[a-z]{1,9}$/).filter((word) => !word.includes('end')),
    });
    fc.assert(
      fc.property(values, ({ n, h, w }) => {
        const text = `n=${n / 1000} h=${h.toString(16)}; ${w} end`;
        expect(fitted('n={n:number} h={h:hex}; {w:word} end', text)).toEqual({ n: n / 1000, h, w });
      }),
    );
  });

  /** Counts how often the matcher looks at a character. */
  function looks(pattern: string, text: string): number {
    let count = 0;
    const letters: Letters = {
      length: text.length,
      charCodeAt(at) {
        count++;
        return text.charCodeAt(at);
      },
      slice(from, to) {
        count += Math.max(0, to - from);
        return text.slice(from, to);
      },
    };
    match(template(pattern), letters, 'point');
    return count;
  }

  test.each([
    ['{a:text}aaaaaaaaab{b:integer}', 'a'],
    ['{*}a{*}a{*}a{*}a{*}a{*}a{*}a{v:integer}', 'a'],
    ['{a:word} {b:word} {c:word} {v:integer}', ' '],
    ['{a:text} x{b:text} x{v:integer}', ' '],
    ['{v:number}kg', '+ '],
    ['{v:number}kg', '1'],
    ['{a:text},{b:text},{c:text}', ','],
  ])('looks at each character of a line at most a few times: %s over %j', (pattern, unit) => {
    const [short, long] = [unit.repeat(1000), unit.repeat(4000)];
    expect(looks(pattern, long)).toBeLessThanOrEqual(8 * long.length + 100);
    expect(looks(pattern, long)).toBeLessThanOrEqual(5 * looks(pattern, short) + 100);
  });
});

describe('a template is refused', () => {
  test.each([
    ['T={t:number', 'has a brace without its other; write \\{ or \\} for a brace'],
    ['T=}', 'has a brace without its other; write \\{ or \\} for a brace'],
    ['T=\\q{t:number}', 'has an unknown escape; write \\\\ for a backslash'],
    ['T=\\x0{t:number}', 'has an unknown escape; write \\\\ for a backslash'],
    ['T=\\', 'has an unknown escape; write \\\\ for a backslash'],
    ['T', 'must have at least one field'],
    ['{*}', 'must have at least one field'],
    ['{t}', 'must write a field as {name:type}, the type one of number, integer, hex, word, text'],
    ['{t:float}', 'must write a field as {name:type}, the type one of number, integer, hex, word, text'],
    ['{t:number:2}', 'must write a field as {name:type}, the type one of number, integer, hex, word, text'],
    ['{T:number}', 'must name a field with 1 to 63 of a-z, 0-9 and -'],
    ['{__proto__:number}', 'must name a field with 1 to 63 of a-z, 0-9 and -'],
    ['{:number}', 'must name a field with 1 to 63 of a-z, 0-9 and -'],
    ['{a:number},{a:number}', 'must name each field once'],
    ['{a:text}{b:text}', 'must have text or a blank between two fields'],
    ['{a:text}{*}', 'must have text or a blank between two fields'],
    ['{a:number}.{b:number}', 'must not go on after a number with what could belong to it'],
    ['{a:integer} 5', 'must not go on after a number with what could belong to it'],
    ['{a:hex}C', 'must not go on after a number with what could belong to it'],
  ])('%j: %s', (pattern, problem) => {
    expect(readTemplate(pattern, 'point')).toEqual({ problem });
  });

  test('where its comma could be a decimal comma', () => {
    expect(readTemplate('{a:number},{b:number}', 'comma')).toHaveProperty('problem');
    expect(readTemplate('{a:integer},{b:number}', 'comma')).not.toHaveProperty('problem');
  });
});
