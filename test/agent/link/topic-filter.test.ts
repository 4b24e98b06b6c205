import { expect, test } from 'vitest';
import { matches } from '../../../agent/link/topic-filter.ts';

test.each([
  ['a/b', 'a/b', true],
  ['a/b', 'a/b/c', false],
  ['a/b', 'a', false],
  ['a/+', 'a/b', true],
  ['a/+', 'a/', true],
  ['a/+', 'a', false],
  ['a/+', 'a/b/c', false],
  ['+/b', '/b', true],
  ['a/#', 'a/b/c', true],
  ['a/#', 'a', true],
  ['a/#', 'ab', false],
  ['#', 'a/b', true],
  ['#', '$SYS/x', false],
  ['+/x', '$SYS/x', false],
  ['$SYS/+', '$SYS/x', true],
  ['a/+/c/#', 'a/b/c', true],
  ['a/+/c/#', 'a/b', false],
])('the filter %s asks for %s: %s', (filter, topic, asked) => {
  expect(matches(filter, topic)).toBe(asked);
});
