import { describe, expect, it } from 'vitest';
import { noCircles } from './circles.ts';
import { plainComments } from './comments.ts';
import { oneMeaning, smallFolders, usedExports } from './exports.ts';
import { floors, packages, type Rule } from './floors.ts';
import { habits } from './habits.ts';
import { readSource } from './source.ts';

/** The verdict of a rule on a tree that has only these files. */
function judge(rule: Rule | undefined, tree: Readonly<Record<string, string>>): readonly string[] {
  if (rule === undefined) throw new Error('there is no such rule');
  return rule(Object.entries(tree).map(([path, text]) => readSource(path, text)));
}

describe('floors', () => {
  const refused: readonly (readonly [path: string, text: string])[] = [
    ['drivers/contract/a.ts', "import * as z from 'zod';"],
    ['drivers/contract/a.ts', "import { readFile } from 'node:fs';"],
    ['drivers/contract/a.ts', "import type { B } from '../framing/b.ts';"],
    ['drivers/lines/a.ts', "import { b } from '../modbus/b.ts';"],
    ['drivers/lines/a.ts', "import type { B } from '../../config/b.ts';"],
    ['drivers/lines/a.ts', "import { b } from '../port/b.ts';"],
    ['drivers/registry/a.ts', "import { b } from '../lines/b.ts';"],
    ['config/a.ts', "import { b } from '../drivers/lines/b.ts';"],
    ['config/a.ts', "import type { B } from '../agent/log/b.ts';"],
    ['agent/throttle/a.ts', "import { b } from '../bus/b.ts';"],
    ['agent/throttle/a.ts', "import { b } from '../outbox/b.ts';"],
    ['agent/throttle/a.ts', "import { b } from '../../config/b.ts';"],
    ['agent/throttle/a.ts', "import type { B } from '../../drivers/port/b.ts';"],
    ['agent/bus/a.ts', "import { b } from '../device/b.ts';"],
    ['agent/bus/a.ts', "import type { B } from '../app/b.ts';"],
    ['agent/bus/a.ts', "import { b } from '../../drivers/lines/b.ts';"],
    ['agent/bus/a.ts', "import { b } from '../../scripts/b.ts';"],
    ['agent/console/page/a.tsx', "import { b } from '../server.ts';"],
    ['agent/console/page/a.tsx', "import { b } from '../wire.ts';"],
    ['agent/console/page/a.tsx', "import type { B } from '../../log/b.ts';"],
    ['agent/cli/a.ts', "import type { B } from '../console/page/b.tsx';"],
    ['agent/stray.ts', ''],
    ['agent/elsewhere/a.ts', ''],
    ['drivers/stray.ts', ''],
  ];
  it.each(refused)('refuses in %s: %s', (path, text) => {
    expect(judge(floors, { [path]: text })).toHaveLength(1);
  });

  it('lets imports go down', () => {
    expect(
      judge(floors, {
        'drivers/contract/a.ts': "import { b } from './b.ts';",
        'drivers/lines/a.ts':
          "import * as z from 'zod'; import { b } from '../framing/b.ts'; import { c } from './c.ts';",
        'drivers/registry/a.ts': "const load = () => import('../lines/b.ts');",
        'config/a.ts': "import { b } from '../drivers/registry/a.ts';",
        'agent/throttle/a.ts': "import { b } from '../clock/b.ts'; import type { C } from '../../config/c.ts';",
        'agent/bus/a.ts': "import { b } from '../throttle/b.ts'; import type { C } from '../device/c.ts';",
        'agent/app/a.ts': "import { b } from '../bus/b.ts'; import { c } from '../../config/c.ts';",
        'agent/main.ts': "import { b } from './app/b.ts';",
        'agent/console/page/plot/a.tsx':
          "import type { B } from '../../wire.ts'; import { c } from '../parts/c.tsx'; import { h } from 'preact';",
      }),
    ).toEqual([]);
  });
});

describe('packages', () => {
  const refused: readonly (readonly [path: string, text: string])[] = [
    ['agent/bus/a.ts', "import { SerialPort } from 'serialport';"],
    ['drivers/port/tcp.ts', "import { SerialPort } from 'serialport';"],
    ['agent/status/a.ts', "import mqtt from 'mqtt';"],
    ['agent/app/a.ts', "import { pino } from 'pino';"],
    ['agent/app/a.ts', "import yaml from 'yaml';"],
    ['agent/bus/a.ts', "import * as z from 'zod';"],
    ['agent/app/a.ts', "import { Aedes } from 'aedes';"],
    ['agent/app/a.ts', "import { h } from 'preact';"],
    ['agent/console/page/parts/a.tsx', "import uPlot from 'uplot';"],
    ['agent/app/a.ts', "import { x } from 'constructor';"],
    ['agent/driver/a.ts', "import { createRequire } from 'node:module';"],
    ['agent/app/a.ts', "import { spawn } from 'node:child_process';"],
  ];
  it.each(refused)('refuses in %s: %s', (path, text) => {
    expect(judge(packages, { [path]: text })).toHaveLength(1);
  });

  it('refuses a second file that imports the same package', () => {
    const text = "import mqtt from 'mqtt';";
    expect(judge(packages, { 'agent/link/a.ts': text })).toEqual([]);
    expect(judge(packages, { 'agent/link/a.ts': text, 'agent/link/b.ts': text })).toHaveLength(1);
  });
});

describe('habits', () => {
  const refused: Readonly<Record<string, readonly (readonly [path: string, text: string])[]>> = {
    'only main touches process': [
      ['agent/app/a.ts', 'process.exit(1);'],
      ['agent/app/a.ts', 'const { env } = process;'],
      ['agent/app/a.ts', 'globalThis.process.env;'],
      ['agent/app/a.ts', "import { env } from 'node:process';"],
    ],
    'timers and clocks are only in agent/clock': [
      ['agent/bus/a.ts', 'setTimeout(() => {}, 1);'],
      ['agent/bus/a.ts', 'const at = Date.now();'],
      ['agent/console/page/plot/clock.ts', 'const at = Date.now();'],
      ['agent/bus/a.ts', 'const at = new Date();'],
      ['agent/bus/a.ts', 'const at = performance.now();'],
      ['drivers/port/a.ts', 'const signal = AbortSignal.timeout(5);'],
      ['drivers/port/a.ts', "import { setTimeout as sleep } from 'node:timers/promises';"],
    ],
    'no code is made from text': [
      ['agent/app/a.ts', "eval('1');"],
      ['agent/app/a.ts', "new Function('return 1');"],
      ['drivers/registry/a.ts', 'import(name);'],
    ],
    'import() is only in the table of drivers and for subcommands': [['agent/bus/a.ts', "import('./b.ts');"]],
    'there are no default exports': [
      ['agent/app/a.ts', 'export default 1;'],
      ['agent/app/a.ts', 'export { a as default };'],
    ],
    'only faults are thrown': [['agent/app/a.ts', "throw new TypeError('x');"]],
    'a promise that nobody waits for runs under the supervisor': [
      ['agent/app/a.ts', 'void this.#run();'],
      ['agent/app/a.ts', 'const go = () => void run();'],
      ['drivers/port/a.ts', 'if (late) void this.close().then(done);'],
      ['agent/app/a.ts', 'void (await over());'],
    ],
    'zod is imported as a namespace': [['config/a.ts', "import { z } from 'zod';"]],
    'files are short': [['agent/app/a.ts', 'a;\n'.repeat(301)]],
    'names say what a thing is': [
      ['agent/app/bus-manager.ts', ''],
      ['agent/app/utils.ts', ''],
      ['agent/app/busThing.ts', ''],
      ['agent/app/a.ts', 'class BusHelper {}'],
    ],
  };
  const cases = Object.entries(refused).flatMap(([name, trees]) => trees.map((tree) => [name, ...tree] as const));

  it.each(cases)('%s: refuses in %s: %s', (name, path, text) => {
    expect(judge(habits[name], { [path]: text })).toHaveLength(1);
  });

  it('have a refused tree each', () => {
    expect(Object.keys(refused)).toEqual(Object.keys(habits));
  });

  it.each(Object.keys(habits))('%s: lets ordinary code pass', (name) => {
    const text = `import * as z from 'zod';
import type { z as shape } from 'zod';
// process.exit(), eval, Date.now() and setTimeout() are only words here
export const process_ = { process: 1, text: 'setTimeout(' };
const stamp = new Date(clock.wall());
const used = process.cpuUsage();
port.setTimeout(5);
throw new Fault('internal/unexpected');
void this.#supervisor.errand('part', () => this.#run());
void supervisor.supervise('part', (signal) => run(signal), signal);
const tell: (text: string) => void = (text): void => { told.push(text); };
type Call = { readonly done: () => void; readonly wake?: () => void };
`;
    expect(judge(habits[name], { 'agent/app/a.ts': text })).toEqual([]);
  });
});

describe('exports', () => {
  it('are refused where one name has two meanings, but for the own words of protocols', () => {
    const both = (one: string, other: string, name: string) =>
      judge(oneMeaning, { [one]: `export class ${name} {}`, [other]: `export interface ${name} {}` });
    const refused = (one: string, other: string, name: string) => [`${name}: declared in ${one} and ${other}`];
    for (const [one, other, name] of [
      ['agent/bus/a.ts', 'agent/audit/b.ts', 'Stamp'],
      ['agent/bus/a.ts', 'config/b.ts', 'Stamp'],
      ['drivers/lines/a.ts', 'drivers/lines/b.ts', 'Telegram'],
      ['drivers/lines/a.ts', 'drivers/schema/b.ts', 'Telegram'],
      ['drivers/lines/a.ts', 'agent/bus/b.ts', 'Line'],
    ] as const) {
      expect(both(one, other, name)).toEqual(refused(one, other, name));
    }
    expect(both('drivers/mbus/a.ts', 'drivers/obis/p1/b.ts', 'Telegram')).toEqual([]);
    const [sml, p1] = ['drivers/obis/sml', 'drivers/obis/p1'];
    const variants = {
      [`${sml}/driver.ts`]: 'export class Telegram {}',
      [`${p1}/driver.ts`]: 'export class Telegram {}',
    };
    expect(judge(oneMeaning, variants)).toEqual([]);
    expect(both(`${sml}/a.ts`, `${p1}/b.ts`, 'Telegram')).toEqual(refused(`${sml}/a.ts`, `${p1}/b.ts`, 'Telegram'));
    expect(both('drivers/lines/a.ts', 'drivers/mbus/b.ts', 'point')).toEqual([]);
  });

  it('are refused where nothing uses them, or tests alone', () => {
    const source = readSource('agent/bus/a.ts', 'export const A = 1;\nexport function b() { return A; }');
    const test = readSource('test/agent/bus/a.test.ts', 'expect(b()).toBe(A);');
    const user = readSource('scripts/c.ts', 'b();');
    expect(usedExports([source], [])).toEqual([
      'agent/bus/a.ts: nothing else uses A',
      'agent/bus/a.ts: nothing else uses b',
    ]);
    expect(usedExports([source], [test])).toEqual(['agent/bus/a.ts: only tests use b']);
    expect(usedExports([source], [test, user])).toEqual([]);
  });

  it('lie in folders of at most 20 files', () => {
    const tree = (files: number) =>
      Object.fromEntries(Array.from({ length: files }, (_, at) => [`agent/bus/a${at}.ts`, '']));
    expect(judge(smallFolders, tree(20))).toEqual([]);
    expect(judge(smallFolders, tree(21))).toEqual(['agent/bus: 21 files; at most 20']);
  });
});

describe('comments', () => {
  const refused: readonly string[] = [
    '/** Who answered. */',
    '/** What a poll gave: the samples of all its dialogues. */',
    '/** What it is */',
    '/** Whose turn it is. */',
    '/** Which broker is tried next. */',
    '/** @returns whether it is late */ const a = 1; // who is late loses its place',
    '// The line is free. Who waited longest has it.',
    '// The line is free.\n// Who waited longest\n// has it.',
    '/**\n * Reads a file.\n *\n * What it holds is checked.\n */',
    '/**\n * Two kinds:\n * - what is asked\n * - what talks by itself\n */',
    '/* Whatever comes is kept. */',
    '/** Told to those who listen. */',
    '/** Ask whoever has it. */',
    '/** "What a poll gave" is no name. What is there is kept. */',
  ];
  it.each(refused)('are refused where a clause stands in the place of a noun: %s', (text) => {
    expect(judge(plainComments, { 'agent/app/a.ts': `export const a = 1;\n${text}\n` }).length).toBeGreaterThan(0);
  });

  it('are refused by their line', () => {
    expect(judge(plainComments, { 'agent/app/a.ts': '\n/**\n * One.\n * Who asks.\n */\n' })).toEqual([
      'agent/app/a.ts:2: a clause in the place of a noun: Who asks.',
    ]);
  });

  it('pass where they name a thing, put a question, or quote', () => {
    const text = `/** The units that answered. */
/** Result of a poll: the samples of all its dialogues. */
// Who is it? It tells what it knows, and who asked.
/** What to do: nothing. */
/** Tells the caller what came, and whose it was. @param heard what came */
/** Texts of the page, as \`What is bad is told.\` */
/** Whole numbers, whether or not they fit. Whichever? */
// biome-ignore lint/a/b: what follows is generated
/* Bytes, approx.
   what the standard has. */
const text = '// What is in a string is no comment.'; const pattern = /[/][*] Who asks. [*][/]/;
`;
    expect(judge(plainComments, { 'agent/app/a.ts': text })).toEqual([]);
  });
});

it('circles are refused, also of types, but not through import()', () => {
  const tree = {
    'agent/bus/a.ts': "import type { B } from './b.ts';",
    'agent/bus/b.ts': "import { A } from './a.ts';",
  };
  expect(judge(noCircles, tree)).toEqual(['agent/bus/a.ts → agent/bus/b.ts → agent/bus/a.ts']);
  expect(judge(noCircles, { ...tree, 'agent/bus/b.ts': "import('./a.ts');" })).toEqual([]);
});
