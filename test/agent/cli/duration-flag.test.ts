import { expect, it } from 'vitest';
import { durationFlag } from '../../../agent/cli/duration-flag.ts';

it.each([
  ['60s', 60_000],
  ['60', 60_000],
  ['5m', 300_000],
  ['1h', 3_600_000],
  ['500ms', 500],
  ['', undefined],
  ['5 m', undefined],
  ['-5s', undefined],
  ['1e3s', undefined],
  ['2h', undefined],
  ['99ms', undefined],
  [undefined, undefined],
])('%j is %j', (text, ms) => {
  expect(durationFlag(text, 100, 3_600_000)).toBe(ms);
});
