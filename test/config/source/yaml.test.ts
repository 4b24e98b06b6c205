import { expect, test } from 'vitest';
import { AMOUNTS } from '../../../config/limits.ts';
import { parseYaml } from '../../../config/source/yaml.ts';

function messages(text: string): readonly string[] {
  return parseYaml(text).problems.map(
    ({ position, path, message }) => `${position.line}:${position.column} ${path.join('.')} ${message}`,
  );
}

test('YAML 1.2 is read, not 1.1', () => {
  const { data, problems } = parseYaml('a: yes\nb: 010\nc: 0o10\nd: 1e3\ne: ~\nf: 12:30:45\ng: 2001-01-01\n');
  expect(problems).toEqual([]);
  expect(data).toEqual({ a: 'yes', b: 10, c: 8, d: 1000, e: null, f: '12:30:45', g: '2001-01-01' });
});

test('a whole number that no double holds keeps all its digits', () => {
  const { data } = parseYaml(
    '[9007199254740993, 0x7FFFFFFFFFFFFFFF, -9223372036854775807, 0o777777777777777777777, 18446744073709551615]',
  );
  expect(data).toEqual([
    9007199254740993n,
    0x7fffffffffffffffn,
    -9223372036854775807n,
    0o777777777777777777777n,
    18446744073709551615n,
  ]);
});

test('any other number is a number, also a large one that a double holds', () => {
  const text = '[9007199254740992, 0x8000000000000000, 1e300, 1234567.5, 0.1, .inf, "9007199254740993"]';
  expect(parseYaml(text).data).toEqual([
    ...[9007199254740992, 2 ** 63, 1e300, 1234567.5, 0.1, Number.POSITIVE_INFINITY],
    '9007199254740993',
  ]);
});

test('a number of very many digits costs no more than its double', () => {
  expect(parseYaml(`[${'9'.repeat(200)}]`).data).toEqual([Number('9'.repeat(200))]);
});

test('a directive can not bring YAML 1.1 back', () => {
  expect(messages('%YAML 1.1\n---\na: yes\n')).toEqual(['1:1  must not begin with a %YAML directive']);
});

test.each([
  ['a key that is there twice', 'a: 1\nb: 2\na: 3\n', '3:1 a is there twice, first in line 1: keep one'],
  ['two spellings of one key', '{ 1: a, "1": b }\n', '1:9 1 is there twice, first in line 1: keep one'],
  ['__proto__', 'a:\n  __proto__: { x: 1 }\n', '2:3 a.__proto__ unknown key'],
  ['a key that is a list', '? [a]\n: 1\n', '1:3  has a key that is not plain text'],
  ['a key that is empty', '? \n: 1\n', '1:3  has a key that is not plain text'],
  ['a custom tag', 'a: !secret x\n', '1:4  tags are not allowed'],
  ['a binary tag', 'a: !!binary AAAA\n', '1:4  tags are not allowed'],
  ['a timestamp tag', 'a: !!timestamp 2001-01-01\n', '1:4  tags are not allowed'],
  ['two documents', 'a: 1\n---\nb: 1\n', '2:1  must hold one document only'],
  ['an alias of nothing', 'a: *nothing\n', '1:4 a the alias is not known'],
  ['tabs', 'a:\n\tb: 1\n', '2:1  indent with spaces, not with tabs'],
  ['an open quote', 'a: "x\n', '2:1  a quote, bracket, comma or colon is missing'],
])('%s is refused at its place', (_, text, message) => {
  expect(messages(text)).toContain(message);
});

test.each([
  ['before a key', 'a:\n\tb: 1\n', 2, 1],
  ['before the first key', '\ta: 1\n', 1, 1],
  ['behind spaces', 'a:\n  - b: 1\n  \tc: 2\n', 3, 3],
  ['before a list', 'a:\n\t- b\n', 2, 1],
  ['before a value', 'a:\n\t1\n', 2, 1],
  ['behind a dash', 'a:\n  -\tb: 1\n    c: 2\n', 2, 4],
  ['in a mapping in brackets', 'a:\n  - { b: 1,\n\tc: 2 }\n', 3, 1],
  ['in a text of several lines', 'a: |\n\tx\n', 2, 1],
  ['with the line ends of another system', 'a: 1\r\nb:\r\n\tc: 1\r\n', 3, 1],
])('a tab %s is named as such, at its place', (_, text, line, column) => {
  const [first] = parseYaml(text).problems;
  expect(first).toMatchObject({ message: 'indent with spaces, not with tabs', position: { line, column } });
});

test('a tab where it is no indentation is as good as a space', () => {
  expect(parseYaml('a:\t1\t# one\n\t# two\nb:\n\t\n  c: 2\n').data).toEqual({ a: 1, b: { c: 2 } });
});

test('a great many tabs are one problem', () => {
  expect(parseYaml(`a:\n${'\t'.repeat(100_000)}b: 1\n`).problems.length).toBeLessThanOrEqual(2);
});

test.each([
  ['as an explicit key', `? ${'k'.repeat(900_000)}\n: 1\n`],
  ['in quotes', `"${'k'.repeat(900_000)}": 1\n`],
  ['twice', `? ${'k'.repeat(400_000)}\n: 1\n? ${'k'.repeat(400_000)}\n: 2\n`],
  ['as an anchor', `a: &${'k'.repeat(900_000)} 1\n`],
])('a huge key is read or refused at once, and never shown: %s', (_, text) => {
  const { problems } = parseYaml(text);
  expect(problems.map(({ message }) => message).join()).not.toContain('kkk');
});

test('merge keys merge: what a mapping says itself goes first, then the first of a list', () => {
  const text = `a: &a { one: 1, two: 1, three: { x: 1 } }
b: &b { two: 2, four: 2, <<: *a }
c: { <<: *a, two: 3 }
d: { two: 4, <<: [*b, *a, { five: 5 }] }
e: { <<: { six: 6 } }
`;
  const { data, problems } = parseYaml(text);
  expect(problems).toEqual([]);
  expect(data).toMatchObject({
    b: { two: 2, four: 2, one: 1, three: { x: 1 } },
    c: { one: 1, two: 3, three: { x: 1 } },
    d: { two: 4, four: 2, one: 1, three: { x: 1 }, five: 5 },
    e: { six: 6 },
  });
  expect(JSON.stringify(data)).not.toContain('<<');
});

test('what is merged has its place where it stands, what is not there where it is missing', () => {
  const { locate } = parseYaml('a: &a\n  one: { x: 1 }\nb:\n  - <<: *a\n    two: 2\n');
  expect(locate(['b', 0, 'one', 'x'], 'value')).toEqual({ line: 2, column: 13 });
  expect(locate(['b', 0, 'one'], 'key')).toEqual({ line: 2, column: 3 });
  expect(locate(['b', 0, 'two'], 'value')).toEqual({ line: 5, column: 10 });
  expect(locate(['b', 0, 'three'], 'value')).toEqual({ line: 4, column: 5 });
});

test('a quoted merge key is a text, as in JSON', () => {
  expect(parseYaml('{ "a": { "<<": { "b": 1 } } }').data).toEqual({ a: { '<<': { b: 1 } } });
});

test.each([
  ['a text', 'a: { <<: x }\n', '1:10 a.<< must be a mapping or a list of mappings'],
  ['a list of texts', 'a: { <<: [x] }\n', '1:11 a.<<.0 must be a mapping or a list of mappings'],
  ['a list of lists', 'a: { <<: [[{ b: 1 }]] }\n', '1:11 a.<<.0 must be a mapping or a list of mappings'],
  ['nothing', 'a: { <<: }\n', 'a.<< must be a mapping or a list of mappings'],
  ['an alias of nothing', 'a: { <<: *x }\n', '1:10 a.<< the alias is not known'],
  ['a second merge key', 'a: { <<: { b: 1 }, <<: { c: 1 } }\n', '1:20 a.<< is there twice, first in line 1: keep one'],
  ['itself', 'a: &a { <<: *a }\n', 'is nested too deeply'],
  ['__proto__', 'a: { <<: { __proto__: { b: 1 } } }\n', 'a.<<.__proto__ unknown key'],
])('a mapping that merges %s is refused at its place', (_, text, message) => {
  expect(messages(text)).toEqual(expect.arrayContaining([expect.stringContaining(message)]));
});

test.each([
  [
    'many mappings, each of which merges many',
    (i: number) =>
      `{ <<: [${Array(10)
        .fill(`*a${i - 1}`)
        .join(', ')}] }`,
  ],
  ['a large mapping very often', (i: number) => `{ <<: [${Array(1_000).fill('*a0').join(', ')}], k${i}: 1 }`],
])('merge keys can not be made into a bomb: %s', (_, step) => {
  let text = `a0: &a0 { ${Array.from({ length: 100 }, (__, k) => `x${k}: 1`).join(', ')} }\n`;
  for (let i = 1; i < 12; i += 1) text += `a${i}: &a${i} ${step(i)}\n`;
  expect(messages(text)).toEqual([expect.stringContaining('must have at most 200000 values')]);
});

test('an alias stands for what its anchor last named', () => {
  const { data, locate } = parseYaml('a: &x 1\nb: *x\nc: &x 2\nd: [*x, { e: *x }]\n');
  expect(data).toEqual({ a: 1, b: 1, c: 2, d: [2, { e: 2 }] });
  expect(locate(['d', 0], 'value')).toEqual({ line: 4, column: 5 });
});

test('an alias inside its own anchor ends', () => {
  expect(messages('a: &x [*x]\n')).toEqual([expect.stringContaining('is nested too deeply')]);
});

test('aliases can not be made into a bomb', () => {
  let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
  for (let i = 1; i < 12; i += 1)
    text += `a${i}: &a${i} [${Array(10)
      .fill(`*a${i - 1}`)
      .join(', ')}]\n`;
  expect(messages(text)).toEqual([expect.stringContaining('must have at most 200000 values')]);
});

test.each([
  ['brackets', `a: ${'['.repeat(5_000)}`],
  ['closed brackets', `a: ${'['.repeat(50)}${']'.repeat(50)}`],
  ['dashes', '- '.repeat(5_000)],
  ['mappings', '{a: '.repeat(5_000)],
  ['question marks', '? '.repeat(5_000)],
])('%s nested without end are refused', (_, text) => {
  expect(messages(text).join()).toContain('is nested too deeply');
});

test('of many problems only so many are kept as are told, and one more', () => {
  expect(parseYaml('a: 1\n'.repeat(10_000)).problems).toHaveLength(AMOUNTS.problems + 1);
});

test('the place of what is missing is that of the mapping around it', () => {
  const { locate } = parseYaml('a:\n  b:\n    - c: 1\n      d: { e: 2 }\n');
  expect(locate(['a', 'b', 0, 'd', 'e'], 'value')).toEqual({ line: 4, column: 15 });
  expect(locate(['a', 'b', 0, 'd', 'e'], 'key')).toEqual({ line: 4, column: 12 });
  expect(locate(['a', 'b', 0, 'd', 'missing', 'deep'], 'value')).toEqual({ line: 4, column: 10 });
  expect(locate(['a', 'b', 7], 'value')).toEqual({ line: 3, column: 5 });
  expect(locate(['nothing'], 'key')).toEqual({ line: 1, column: 1 });
  expect(locate([], 'value')).toEqual({ line: 1, column: 1 });
});

test('the place of an empty value is behind its key', () => {
  expect(parseYaml('a: 1\nb:\n').locate(['b'], 'value').line).toBe(2);
});

test('an empty text has no data', () => {
  expect(parseYaml('').data).toBeNull();
  expect(parseYaml('# nothing\n').data).toBeNull();
});

test('no message of the library is passed on', () => {
  const secret = 'hunter2';
  for (const text of [
    `a: !${secret} x`,
    `a: *${secret}`,
    `${secret}: "\\q"`,
    `a: b: ${secret}`,
    `"${secret}`,
    `@${secret}`,
  ]) {
    expect(messages(text)).not.toEqual([]);
    expect(messages(text).join()).not.toContain(secret);
  }
});
