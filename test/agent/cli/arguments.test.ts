import { expect, test } from 'vitest';
import { readArguments } from '../../../agent/cli/arguments.ts';
import type { CliIo } from '../../../agent/cli/io.ts';

const OPTIONS = {
  baud: { type: 'string' },
  parity: { type: 'string' },
  'timeout-ms': { type: 'string' },
  json: { type: 'boolean' },
} as const;

function read(args: readonly string[], words = 1) {
  const said: string[] = [];
  const io: CliIo = { out: () => undefined, err: (text) => said.push(text), environment: {}, isTerminal: false };
  const { done } = readArguments(args, io, { options: OPTIONS, words, help: 'Usage: …' });
  return done ? said.join('\n') : 'good';
}

test.each([
  [['--bud', '9600'], 'there is no --bud; did you mean --baud?'],
  [['--timeoutms=5'], 'there is no --timeoutms; did you mean --timeout-ms?'],
  [['--nowhere'], 'there is no --nowhere'],
  [['--json=yes'], '--json takes no value'],
  [['x', '--baud'], '--baud wants a value'],
  [['--baud', '--json'], '--baud wants a value; one that begins with - is written --baud=VALUE'],
  [['a', 'b'], 'more than one word beside the options'],
  [['-x'], 'an option is not known'],
])('wrong usage names the option that is wrong, and the nearest known one: %j', (args, why) => {
  expect(read(args)).toBe(`fieldward: wrong usage: ${why}\n\nUsage: …`);
});

test('no word where only options can be', () => {
  expect(read(['a'], 0)).toContain('wrong usage: there are words where only options can be');
});

test.each([
  [['--hunter2']],
  [['--json=hunter2']],
  [['--password:hunter2']],
  [['--Hunter']],
  [['a', 'hunter2']],
  [['-hunter2']],
])('what may be a secret is not repeated: %j', (args) => {
  expect(read(args)).not.toMatch(/hunter/i);
});

test('right usage is right', () => {
  expect(read(['x', '--baud=9600', '--json'])).toBe('good');
  expect(read(['--baud', '9600', '--', '-x'])).toBe('good');
});
