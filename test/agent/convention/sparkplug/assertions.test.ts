import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { GRADED, NOT_HERE, SHOWN } from './assertions.ts';
import { RULES } from './recorder.ts';

const ROOT = new URL('../../../../', import.meta.url);
const FACTS = new URL('../shared/conventions/sparkplug-edge-assertions.tsv', ROOT);

const rows = [
  ...RULES.flatMap((rule) => GRADED[rule].map((id) => ({ id, how: `graded in every session: \`${rule}\`` }))),
  ...SHOWN.flatMap(({ file, title, ids }) => ids.map((id) => ({ id, how: `${file}: ${title}` }))),
  ...NOT_HERE.flatMap(({ reason, ids }) => ids.map((id) => ({ id, how: `does not apply: ${reason}` }))),
].sort((one, other) => (one.id < other.id ? -1 : 1));

it('has each of the 200 assertions once', () => {
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  expect(rows).toHaveLength(200);
});

it('names tests that there are', () => {
  for (const { file, title } of SHOWN) expect(readFileSync(new URL(file, ROOT), 'utf8')).toContain(`'${title}'`);
});

it.skipIf(!existsSync(FACTS))('has the ids of the specification, where its list is at hand', () => {
  const ids = readFileSync(FACTS, 'utf8').trim().split('\n').slice(1);
  const listed = ids.map((line) => line.split('\t')[0]?.replace('tck-id-', ''));
  expect(rows.map(({ id }) => id)).toEqual(listed.sort());
});

it('is told in assertions.md', async () => {
  const lines = rows.map(({ id, how }) => `| ${id} | ${how} |`);
  const page = [
    '# Sparkplug 3.0.0: the assertions that bind an edge node',
    '',
    'Made from `assertions.ts` by its test (`vitest -u`). Ids are the specification’s, without `tck-id-`.',
    '',
    '| id | how it is shown |',
    '|---|---|',
    ...lines,
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('assertions.md');
});
