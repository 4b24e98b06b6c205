import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { noCircles } from './circles.ts';
import { plainComments } from './comments.ts';
import { oneMeaning, smallFolders, usedExports } from './exports.ts';
import { floors, packages } from './floors.ts';
import { habits } from './habits.ts';
import { readSource, type Source } from './source.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FLOORS = ['agent', 'config', 'drivers'] as const;
/** Top-level names that a checkout may have; everything else has a place in one of them. */
const TOP = new Set(
  [...FLOORS, 'scripts', 'test', 'systemd', 'package.json', 'package-lock.json', 'tsconfig.json', 'biome.json']
    .concat([
      'README.md',
      'CHANGELOG.md',
      'SECURITY.md',
      'LICENSE',
      'NOTICE',
      'NOTICE',
      '.ci',
      '.git',
      '.gitignore',
      '.npmrc',
      '.editorconfig',
    ])
    .concat(['node_modules', 'dist', 'coverage', '.cache']),
);

const sources: Source[] = [];
const others: Source[] = [];
/** Programs in C. They have no imports of ours, and comments like the others. */
const inC: Source[] = [];
beforeAll(async () => {
  for (const folder of FLOORS) sources.push(...(await sourcesIn(folder)));
  for (const folder of ['scripts', 'test']) others.push(...(await sourcesIn(folder)));
  inC.push(...(await sourcesIn('test', /\.c$/)));
});

async function sourcesIn(folder: string, isSource = /\.tsx?$/): Promise<readonly Source[]> {
  const paths = (await readdir(join(ROOT, folder), { recursive: true })).filter((path) => isSource.test(path));
  return Promise.all(
    paths.map(async (path) => readSource(`${folder}/${path}`, await readFile(join(ROOT, folder, path), 'utf8'))),
  );
}

describe('the shipped sources', () => {
  it('were looked at', () => {
    for (const folder of FLOORS) expect(sources.some(({ path }) => path.startsWith(`${folder}/`))).toBe(true);
    expect(sources.flatMap((source) => source.imports).length).toBeGreaterThan(10);
  });

  it('lie on floors, and imports go one way', () => {
    expect(floors(sources)).toEqual([]);
  });

  it('import each outside package in one place', () => {
    expect(packages(sources)).toEqual([]);
  });

  it('do not import each other in circles', () => {
    expect(noCircles(sources)).toEqual([]);
  });

  it('lie in folders that can be overlooked, as the scripts do', () => {
    expect(smallFolders([...sources, ...others.filter(({ path }) => path.startsWith('scripts/'))])).toEqual([]);
  });

  it('export each name with one meaning', () => {
    expect(oneMeaning(sources)).toEqual([]);
  });

  it('export nothing that nothing uses', () => {
    expect(usedExports(sources, others)).toEqual([]);
  });

  it('name things in their comments, as the scripts and the tests do', () => {
    expect(inC.length).toBeGreaterThan(3);
    expect([...sources, ...others, ...inC].flatMap((source) => source.comments).length).toBeGreaterThan(5000);
    expect(plainComments([...sources, ...others, ...inC])).toEqual([]);
  });

  it.each(Object.entries(habits))('%s', (_name, rule) => {
    expect(rule(sources)).toEqual([]);
  });
});

it('the checkout has no other folders than those of the architecture', async () => {
  expect((await readdir(ROOT)).filter((name) => !TOP.has(name))).toEqual([]);
});
