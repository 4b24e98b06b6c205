import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseManifest } from '../../../drivers/registry/manifest.ts';
import { DRIVERS } from '../../../drivers/registry/table.ts';
import { newFolder } from '../../support/folder.ts';

const run = promisify(execFile);
const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** Loads each driver in a process of its own, from the built tree, and prints what became of it. */
const LOAD_ALL = `
const { openCatalogue } = await import(process.argv[1]);
const catalogue = openCatalogue();
const found = {};
for (const name of catalogue.names) {
  found[name] = await catalogue.load(name).then(() => 'loaded', (fault) => fault.code);
}
console.log(JSON.stringify(found));
`;

describe('the build', () => {
  let root = '';

  async function build(): Promise<void> {
    await run(join(root, 'scripts/build'), { cwd: '/' });
  }

  async function loaded(): Promise<Record<string, string>> {
    const loader = pathToFileURL(join(root, 'dist/drivers/registry/loader.js')).href;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', LOAD_ALL, loader]);
    return JSON.parse(stdout);
  }

  async function builtAt(): Promise<number> {
    return (await stat(join(root, 'dist/.stamp'))).mtimeMs;
  }

  // The drivers and the config alone: that the rest compiles is for others to say.
  beforeAll(async () => {
    root = await newFolder();
    for (const path of [
      'drivers',
      'config',
      'scripts/build',
      'scripts/manifest.ts',
      'scripts/tsconfig.build.json',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
    ]) {
      await cp(join(REPOSITORY, path), join(root, path), { recursive: true });
    }
    await mkdir(join(root, 'agent'));
    await writeFile(join(root, 'agent/main.ts'), 'export const main = 1;\n');
    await symlink(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
    await build();
  });

  test('lists every file of the built drivers, profiles too, and they all load verified', async () => {
    const manifest = parseManifest(await readFile(join(root, 'dist/drivers/manifest.json'), 'utf8'));
    expect([...(manifest?.keys() ?? [])]).toEqual(
      expect.arrayContaining(['contract/fault.js', 'modbus-rtu/driver.js', 'modbus-rtu/profiles/eastron-sdm630.yaml']),
    );
    expect(await loaded()).toEqual(Object.fromEntries(Object.keys(DRIVERS).map((name) => [name, 'loaded'])));
    expect((await stat(join(root, 'dist/agent/main.js'))).mode & 0o111).toBe(0o111);
    expect(await readFile(join(root, 'dist/config/example.yaml'), 'utf8')).toContain('gateway:');
  });

  test('does nothing when nothing changed', async () => {
    const before = await builtAt();
    await build();
    expect(await builtAt()).toBe(before);
  });

  test('a change in one built driver unloads that driver and no other; building anew repairs it', async () => {
    await appendFile(join(root, 'dist/drivers/lines/driver.js'), '\n// one line more\n');
    expect(await loaded()).toEqual({ lines: 'driver/altered', 'modbus-rtu': 'loaded', nmea0183: 'loaded' });
    await run(join(root, 'scripts/build'), ['--force']);
    expect(await loaded()).toMatchObject({ lines: 'loaded' });
  });

  test('neither the environment nor anything else can switch the check off in a built tree', async () => {
    await rm(join(root, 'dist/drivers/manifest.json'));
    expect(new Set(Object.values(await loaded()))).toEqual(new Set(['driver/manifest']));
    await run(join(root, 'scripts/build'), ['--force']);
  });

  test('a build that fails leaves the last good one as it is', async () => {
    const before = await builtAt();
    const broken = join(root, 'drivers/lines/broken.ts');
    await writeFile(broken, 'export const x: number = "text";\n');
    await expect(build()).rejects.toMatchObject({ code: 2 });
    expect(await builtAt()).toBe(before);
    await rm(broken);
    await build();
    expect(await loaded()).toMatchObject({ lines: 'loaded' });
  });

  test('a file that is gone from the sources is gone from the build', async () => {
    const extra = join(root, 'drivers/lines/extra.ts');
    await writeFile(extra, 'export const x = 1;\n');
    await build();
    await stat(join(root, 'dist/drivers/lines/extra.js'));
    await rm(extra);
    await build();
    await expect(stat(join(root, 'dist/drivers/lines/extra.js'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('wrong usage of the script is refused', async () => {
    await expect(run(join(root, 'scripts/build'), ['--fast'])).rejects.toMatchObject({ code: 64 });
  });
});
