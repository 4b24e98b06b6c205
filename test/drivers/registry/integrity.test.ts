import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestsOf, integrityOf, verifyDriver } from '../../../drivers/registry/integrity.ts';
import { formatManifest, parseManifest, readManifest } from '../../../drivers/registry/manifest.ts';
import { newFolder } from '../../support/folder.ts';
import { builtTree, sha256, writeFiles } from './support.ts';

async function verify(root: string, driver = 'sound'): Promise<void> {
  await verifyDriver(root, driver, await readManifest(join(root, 'drivers')));
}

test('an untouched build passes', async () => {
  const { root } = await builtTree();
  await expect(verify(root)).resolves.toBeUndefined();
});

const DAMAGE: readonly [string, (root: string) => Promise<void>][] = [
  ['a changed file', (root) => writeFile(join(root, 'drivers/sound/driver.js'), 'export const a = 2;\n')],
  ['a changed chunk that it alone runs', (root) => writeFile(join(root, 'chunks/chunk-SOUND.js'), '')],
  ['a changed chunk that it shares', (root) => writeFile(join(root, 'chunks/chunk-BOTH.js'), '')],
  ['a missing file', (root) => rm(join(root, 'drivers/sound/profiles/one.yaml'))],
  ['a missing chunk', (root) => rm(join(root, 'chunks/chunk-BOTH.js'))],
  ['a missing folder', (root) => rm(join(root, 'chunks'), { recursive: true })],
  ['an added file', (root) => writeFile(join(root, 'drivers/sound/more.js'), '')],
  ['an added file deep down', (root) => writeFile(join(root, 'drivers/sound/profiles/.hidden'), '')],
  ['an added chunk', (root) => writeFile(join(root, 'chunks/chunk-MORE.js'), '')],
  ['a cut-off file', (root) => truncate(join(root, 'drivers/sound/driver.js'), 3)],
  [
    'a file that is a link, though its content is right',
    async (root) => {
      await rename(join(root, 'drivers/sound/driver.js'), join(root, 'elsewhere.js'));
      await symlink('../../elsewhere.js', join(root, 'drivers/sound/driver.js'));
    },
  ],
  [
    'a chunk that is a link, though its content is right',
    async (root) => {
      await rename(join(root, 'chunks/chunk-BOTH.js'), join(root, 'elsewhere.js'));
      await symlink('../elsewhere.js', join(root, 'chunks/chunk-BOTH.js'));
    },
  ],
  [
    'a folder that is a link, though its content is right',
    async (root) => {
      await rename(join(root, 'drivers/sound'), join(root, 'real'));
      await symlink('../real', join(root, 'drivers/sound'));
    },
  ],
  [
    'a folder in the place of a file',
    async (root) => {
      await rm(join(root, 'drivers/sound/driver.js'));
      await mkdir(join(root, 'drivers/sound/driver.js'));
    },
  ],
];

test.each(DAMAGE)('%s is found', async (_, damage) => {
  const { root } = await builtTree();
  await damage(root);
  await expect(verify(root)).rejects.toMatchObject({ code: 'driver/altered' });
});

test.each([
  [
    'a link, though its content is right',
    async (file: string) => {
      await rename(file, `${file}.real`);
      await symlink('empty.js.real', file);
    },
  ],
  [
    'a pipe, which is as empty as the file was',
    async (file: string) => {
      await rm(file);
      execFileSync('mkfifo', [file]);
    },
  ],
  ['larger than a build makes any', (file: string) => truncate(file, 4_194_305)],
])('a file of a driver outside its folder and the chunks’ that is %s is found', async (what, damage) => {
  const { root } = await builtTree();
  await writeFiles(root, { 'shared/empty.js': '' });
  const manifest = await readManifest(join(root, 'drivers'));
  const content = what.startsWith('larger') ? '\0'.repeat(4_194_305) : '';
  const files = new Map([...manifest.files, ['shared/empty.js', sha256(content)]]);
  const chunks = new Map([...manifest.chunks, ['sound', ['shared/empty.js']]]);
  const verified = () => verifyDriver(root, 'sound', { files, chunks });
  if (content === '') await expect(verified()).resolves.toBeUndefined();
  await damage(join(root, 'shared/empty.js'));
  await expect(verified()).rejects.toMatchObject({ code: 'driver/altered' });
});

test.each([
  [
    'folders within folders without an end',
    (folder: string) => mkdir(`${folder}${'/deeper'.repeat(7)}`, { recursive: true }),
  ],
  [
    'more folders than a build has files',
    async (folder: string) => {
      for (let n = 0; n <= 10_000; n++) mkdirSync(join(folder, String(n)));
    },
  ],
])('%s are found, though they hold no file, and are not all looked at', async (_, make) => {
  const { root } = await builtTree();
  await make(join(root, 'drivers/sound'));
  await expect(verify(root)).rejects.toMatchObject({ code: 'driver/altered' });
});

test('what a driver does not run does not matter to it', async () => {
  const { root } = await builtTree();
  await writeFile(join(root, 'drivers/other/driver.js'), 'changed');
  await writeFile(join(root, 'chunks/chunk-OTHER.js'), 'changed');
  await writeFile(join(root, 'chunks/run-AGENT.js'), 'changed');
  await writeFile(join(root, 'drivers/README.md'), 'new');
  await expect(verify(root)).resolves.toBeUndefined();
  await expect(verify(root, 'other')).rejects.toMatchObject({ code: 'driver/altered' });
});

test('a driver of which the manifest knows nothing is altered', async () => {
  const { root } = await builtTree();
  await mkdir(join(root, 'drivers/new'));
  await expect(verify(root, 'new')).rejects.toMatchObject({ code: 'driver/altered' });
});

test('a driver whose chunks the manifest does not name is altered, though its files are right', async () => {
  const { root } = await builtTree();
  const manifest = await readManifest(join(root, 'drivers'));
  const without = { ...manifest, chunks: new Map() };
  await expect(verifyDriver(root, 'sound', without)).rejects.toMatchObject({ code: 'driver/altered' });
});

test.each([
  ['missing', async (file: string) => rm(file)],
  ['empty', async (file: string) => writeFile(file, '')],
  ['cut off', async (file: string) => truncate(file, 50)],
  [
    'too large, though of the right form',
    async (file: string) => writeFile(file, `${await readFile(file, 'utf8')}${' '.repeat(1_048_576)}`),
  ],
  [
    'a folder',
    async (file: string) => {
      await rm(file);
      await mkdir(file);
    },
  ],
  [
    // it would hold the start until somebody writes into it
    'a pipe',
    async (file: string) => {
      await rm(file);
      execFileSync('mkfifo', [file]);
    },
  ],
])('a manifest that is %s is refused', async (_, damage) => {
  const { root } = await builtTree();
  const folder = join(root, 'drivers');
  await damage(join(folder, 'manifest.json'));
  await expect(readManifest(folder)).rejects.toMatchObject({ code: 'driver/manifest' });
});

const digest = 'a'.repeat(64);
const file = `"a/b":"${digest}"`;
test.each([
  ['null', 'null'],
  ['an array', '[]'],
  ['the version before', `{"version":1,"files":{${file}}}`],
  ['another version', `{"version":3,"files":{${file}},"chunks":{}}`],
  ['no version', `{"files":{${file}},"chunks":{}}`],
  ['no chunks', `{"version":2,"files":{${file}}}`],
  ['one key more', `{"version":2,"files":{${file}},"chunks":{},"more":1}`],
  ['no files', '{"version":2,"files":{},"chunks":{}}'],
  ['files as an array', `{"version":2,"files":["${digest}"],"chunks":{}}`],
  ['a short digest', '{"version":2,"files":{"a/b":"abc"},"chunks":{}}'],
  ['a digest in capitals', `{"version":2,"files":{"a/b":"${digest.toUpperCase()}"},"chunks":{}}`],
  ['a number for a digest', '{"version":2,"files":{"a/b":1},"chunks":{}}'],
  ['a path upwards', `{"version":2,"files":{"a/../b":"${digest}"},"chunks":{}}`],
  ['an absolute path', `{"version":2,"files":{"/a/b":"${digest}"},"chunks":{}}`],
  ['an empty segment', `{"version":2,"files":{"a//b":"${digest}"},"chunks":{}}`],
  ['a prototype', `{"version":2,"files":{"__proto__":"${digest}"},"chunks":{}}`],
  ['a chunk that is no file of it', `{"version":2,"files":{${file}},"chunks":{"sound":["a/c"]}}`],
  ['chunks that are no list', `{"version":2,"files":{${file}},"chunks":{"sound":"a/b"}}`],
  ['a name that no driver can have', `{"version":2,"files":{${file}},"chunks":{"../sound":["a/b"]}}`],
])('a manifest of the wrong form is refused: %s', (_, text) => {
  expect(parseManifest(text)).toBeUndefined();
});

test('a manifest is written sorted and read back the same', () => {
  const files = new Map([
    ['b/x.js', digest],
    ['a/profiles/one.yaml', 'b'.repeat(64)],
  ]);
  const chunks = new Map([
    ['sound', ['b/x.js']],
    ['other', []],
  ]);
  const parsed = parseManifest(formatManifest({ files, chunks }));
  expect([...(parsed?.files ?? [])]).toEqual([...files].sort());
  expect([...(parsed?.chunks ?? [])]).toEqual([...chunks].sort());
});

test('the digests of a build are those of every file but the manifest', async () => {
  const { root, files } = await builtTree();
  expect([...(await digestsOf(root, ['drivers', 'chunks'])).keys()].sort()).toEqual(Object.keys(files).sort());
});

test('a build that holds a link gets no manifest', async () => {
  const { root } = await builtTree();
  await symlink('driver.js', join(root, 'drivers/sound/link.js'));
  await expect(digestsOf(root, ['drivers'])).rejects.toMatchObject({ code: 'driver/altered' });
});

test('compiled code is always verified; only TypeScript itself is taken as it is', () => {
  expect(integrityOf('file:///opt/fieldward/dist/drivers/registry/loader.js')).toBe('verify');
  expect(integrityOf('file:///opt/anything/loader.mjs')).toBe('verify');
  expect(integrityOf('')).toBe('verify');
  expect(integrityOf('file:///src/drivers/registry/loader.ts')).toBe('source');
  expect(integrityOf(import.meta.url)).toBe('source');
});

test('a tree that is not there is altered, not an unexpected error', async () => {
  const root = await newFolder();
  const manifest = { files: new Map([['drivers/a/b.js', digest]]), chunks: new Map([['a', []]]) };
  await expect(verifyDriver(root, 'a', manifest)).rejects.toMatchObject({ code: 'driver/altered' });
});
