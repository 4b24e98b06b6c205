import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Lexer } from 'yaml';
import { findTooDeep } from '../../../config/source/nesting.ts';

function find(text: string, limit: number): number | undefined {
  return findTooDeep(new Lexer().lex(text), limit);
}

test.each([
  ['brackets', '[[[[', 3, 2],
  ['closed brackets do not count', '[[]][[]][[]]', 3, undefined],
  ['brackets in text', '"[[[[" : \'[[[[\' # [[[[', 3, undefined],
  ['brackets in a block text', 'a: |\n  [[[[\n  [[[[\nb: 1', 3, undefined],
  ['brackets inside a plain text', 'a: x[[[[', 3, undefined],
  ['dashes of one line', '- - - - a', 3, 6],
  ['question marks of one line', '? ? ? ? a', 3, 6],
  ['indentation', 'a:\n b:\n  c:\n   d:\n    e: 1', 4, 16],
  ['indentation that comes back', 'a:\n b:\n  c: 1\na:\n b:\n  c: 1\n', 4, undefined],
  ['a long list', '- a: 1\n'.repeat(1_000), 3, undefined],
  ['brackets below indentation', 'a:\n  b: [[[[', 5, 9],
  ['comments and empty lines', '      # x\n\n   \na: 1\n', 2, undefined],
])('%s', (_, text, limit, offset) => {
  expect(find(text, limit)).toBe(offset);
});

test('the example is far from the limit', () => {
  const text = readFileSync(new URL('../../../config/example.yaml', import.meta.url), 'utf8');
  expect(find(text, 20)).toBeUndefined();
});
