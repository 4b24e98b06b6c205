import { mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { integrityOf, manifestOf, SHARED_FOLDERS, verifyFolders } from '../../../drivers/registry/integrity.ts';
import { formatManifest, parseManifest, readManifest } from '../../../drivers/registry/manifest.ts';
import { DRIVERS } from '../../../drivers/registry/table.ts';
import { newFolder } from '../../support/folder.ts';
import { builtDrivers } from './support.ts';

const folders = [...SHARED_FOLDERS, 'sound'];

async function verify(folder: string): Promise<void> {
  await verifyFolders(folder, folders, await readManifest(folder));
}

test('an untouched build passes', async () => {
  const { folder } = await builtDrivers();
  await expect(verify(folder)).resolves.toBeUndefined();
});

const DAMAGE: readonly [string, (folder: string) => Promise<void>][] = [
  ['a changed file', (folder) => writeFile(join(folder, 'sound/driver.js'), 'export const a = 2;\n')],
  ['a changed file of a shared folder', (folder) => writeFile(join(folder, 'framing/x.js'), '')],
  ['a missing file', (folder) => rm(join(folder, 'sound/profiles/one.yaml'))],
  ['a missing folder', (folder) => rm(join(folder, 'contract'), { recursive: true })],
  ['an added file', (folder) => writeFile(join(folder, 'sound/more.js'), '')],
  ['an added file deep down', (folder) => writeFile(join(folder, 'sound/profiles/.hidden'), '')],
  ['a cut-off file', (folder) => truncate(join(folder, 'sound/driver.js'), 3)],
  [
    'a file that is a link, though its content is right',
    async (folder) => {
      await rename(join(folder, 'sound/driver.js'), join(folder, 'elsewhere.js'));
      await symlink('../elsewhere.js', join(folder, 'sound/driver.js'));
    },
  ],
  [
    'a folder that is a link, though its content is right',
    async (folder) => {
      await rename(join(folder, 'sound'), join(folder, 'real'));
      await symlink('real', join(folder, 'sound'));
    },
  ],
  [
    'a folder in the place of a file',
    async (folder) => {
      await rm(join(folder, 'sound/driver.js'));
      await mkdir(join(folder, 'sound/driver.js'));
    },
  ],
];

test.each(DAMAGE)('%s is found', async (_, damage) => {
  const { folder } = await builtDrivers();
  await damage(folder);
  await expect(verify(folder)).rejects.toMatchObject({ code: 'driver/altered' });
});

test('what lies outside the checked folders does not matter', async () => {
  const { folder } = await builtDrivers();
  await writeFile(join(folder, 'other/driver.js'), 'changed');
  await writeFile(join(folder, 'README.md'), 'new');
  await expect(verify(folder)).resolves.toBeUndefined();
});

test('a driver of which the manifest knows nothing is altered', async () => {
  const { folder } = await builtDrivers();
  await mkdir(join(folder, 'new'));
  const manifest = await readManifest(folder);
  await expect(verifyFolders(folder, ['new'], manifest)).rejects.toMatchObject({ code: 'driver/altered' });
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
])('a manifest that is %s is refused', async (_, damage) => {
  const { folder } = await builtDrivers();
  await damage(join(folder, 'manifest.json'));
  await expect(readManifest(folder)).rejects.toMatchObject({ code: 'driver/manifest' });
});

const digest = 'a'.repeat(64);
test.each([
  ['null', 'null'],
  ['an array', '[]'],
  ['another version', `{"version":2,"files":{"a/b":"${digest}"}}`],
  ['no version', `{"files":{"a/b":"${digest}"}}`],
  ['one key more', `{"version":1,"files":{"a/b":"${digest}"},"more":1}`],
  ['no files', '{"version":1,"files":{}}'],
  ['files as an array', `{"version":1,"files":["${digest}"]}`],
  ['a short digest', '{"version":1,"files":{"a/b":"abc"}}'],
  ['a digest in capitals', `{"version":1,"files":{"a/b":"${digest.toUpperCase()}"}}`],
  ['a number for a digest', '{"version":1,"files":{"a/b":1}}'],
  ['a path upwards', `{"version":1,"files":{"a/../b":"${digest}"}}`],
  ['an absolute path', `{"version":1,"files":{"/a/b":"${digest}"}}`],
  ['an empty segment', `{"version":1,"files":{"a//b":"${digest}"}}`],
  ['a prototype', `{"version":1,"files":{"__proto__":"${digest}"}}`],
])('a manifest of the wrong form is refused: %s', (_, text) => {
  expect(parseManifest(text)).toBeUndefined();
});

test('a manifest is written sorted and read back the same', () => {
  const manifest = new Map([
    ['b/x.js', digest],
    ['a/profiles/one.yaml', 'b'.repeat(64)],
  ]);
  const text = formatManifest(manifest);
  expect([...(parseManifest(text) ?? [])]).toEqual([...manifest].sort());
});

test('the manifest of a build lists every file but itself', async () => {
  const { folder, files } = await builtDrivers();
  expect([...(await manifestOf(folder)).keys()].sort()).toEqual(Object.keys(files).sort());
});

test('a build that holds a link gets no manifest', async () => {
  const { folder } = await builtDrivers();
  await symlink('driver.js', join(folder, 'sound/link.js'));
  await expect(manifestOf(folder)).rejects.toMatchObject({ code: 'driver/altered' });
});

test('compiled code is always verified; only TypeScript itself is taken as it is', () => {
  expect(integrityOf('file:///opt/fieldward/dist/drivers/registry/loader.js')).toBe('verify');
  expect(integrityOf('file:///opt/anything/loader.mjs')).toBe('verify');
  expect(integrityOf('')).toBe('verify');
  expect(integrityOf('file:///src/drivers/registry/loader.ts')).toBe('source');
  expect(integrityOf(import.meta.url)).toBe('source');
});

test('every folder of drivers/ is either shared or a driver of the table, so that the check misses none', async () => {
  const root = new URL('../../../drivers/', import.meta.url);
  const found = (await readdir(root, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  expect(found.length).toBeGreaterThan(5);
  expect(found.map((entry) => entry.name).sort()).toEqual([...SHARED_FOLDERS, ...Object.keys(DRIVERS)].sort());
});

test('a folder that is not there is altered, not an unexpected error', async () => {
  const folder = await newFolder();
  await expect(verifyFolders(folder, ['a'], new Map([['a/b.js', digest]]))).rejects.toMatchObject({
    code: 'driver/altered',
  });
});
