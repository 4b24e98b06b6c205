import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('the supervisor alone has the bare clock: every other part gets the contained one', () => {
  const source = readFileSync(new URL('../../../agent/app/assemble.ts', import.meta.url), 'utf8');
  const uses = source.split('\n').filter((line) => line.includes('options.clock') || line.includes('...options'));
  expect(uses.map((line) => line.trim())).toEqual([
    'const supervisor = new Supervisor({ clock: options.clock, log });',
    'const clock = new ContainedClock(options.clock, supervisor);',
    expect.stringContaining('...options, clock,'),
  ]);
});
