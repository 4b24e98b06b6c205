import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ALONE, COMPUTED, LONG, PACE, TIMING, UNBOOTED } from '../suites.ts';

const tests = join(import.meta.dirname, '..');

it.each([
  ['unit tests with a process of their own', Object.keys(ALONE), ''],
  ['unit tests that take long', LONG, ''],
  ['unit tests that only compute', COMPUTED.filter((name) => !name.includes('*')), ''],
  ['tests of packages that boot nothing', UNBOOTED, 'boot'],
  ['system tests that compare times', [...Object.keys(PACE), ...Object.keys(TIMING)], 'system'],
])('the list of %s names files that are there, each once', (_, names, folder) => {
  // A name that is wrong would move nothing, and the file would run among the others.
  expect(names.filter((name) => !existsSync(join(tests, folder, name)))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
