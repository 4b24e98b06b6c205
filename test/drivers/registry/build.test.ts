import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseManifest } from '../../../drivers/registry/manifest.ts';
import { DRIVERS } from '../../../drivers/registry/table.ts';
import { newFolder } from '../../support/folder.ts';

const run = promisify(execFile);
const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** A main program that loads each driver by the agent's own registry and prints what became of it. */
const LOAD_ALL = `
import { openCatalogue } from '../drivers/registry/loader.ts';
const catalogue = openCatalogue();
const found: Record<string, string> = {};
for (const name of catalogue.names) {
  found[name] = await catalogue.load(name).then(() => 'loaded', (fault) => fault.code);
}
console.log(JSON.stringify(found));
`;

/** The build examines each profile, which takes most of its time. */
const PROFILE = 'eastron-sdm630.yaml';
const isNeeded = (path: string) => !/\/profiles\/[^/]+\.yaml$/.test(path) || path.endsWith(PROFILE);

describe('the build', () => {
  let root = '';

  async function build(): Promise<void> {
    await run(join(root, 'scripts/build'), { cwd: '/' });
  }

  async function loaded(): Promise<Record<string, string>> {
    const { stdout } = await run(process.execPath, [join(root, 'dist/agent/main.js')]);
    return JSON.parse(stdout);
  }

  async function inTree(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const folder of ['agent/console', 'chunks', 'drivers']) {
      const entries = await readdir(join(root, 'dist', folder), { recursive: true, withFileTypes: true });
      for (const entry of entries) {
        if (entry.isFile()) found.push(relative(join(root, 'dist'), join(entry.parentPath, entry.name)));
      }
    }
    return found.filter((path) => path !== 'drivers/manifest.json').sort();
  }

  async function builtAt(): Promise<number> {
    return (await stat(join(root, 'dist/.stamp'))).mtimeMs;
  }

  // The drivers, one of their profiles and the config: that the rest compiles is for others to say.
  beforeAll(async () => {
    root = await newFolder();
    for (const path of [
      'drivers',
      'config',
      'scripts/build',
      'scripts/bundle',
      'NOTICE',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
    ]) {
      await cp(join(REPOSITORY, path), join(root, path), { recursive: true, filter: isNeeded });
    }
    await mkdir(join(root, 'agent/console/page'), { recursive: true });
    for (const name of ['icon.svg', 'index.html', 'main.tsx', 'style.css'])
      await writeFile(join(root, 'agent/console/page', name), '');
    await writeFile(join(root, 'agent/main.ts'), LOAD_ALL);
    await symlink(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
    await build();
  });

  test('lists every file of the built drivers, profiles too, and they all load verified', async () => {
    const manifest = parseManifest(await readFile(join(root, 'dist/drivers/manifest.json'), 'utf8'));
    const files = [...(manifest?.files.keys() ?? [])];
    const expected = ['drivers/modbus/rtu/driver.js', 'drivers/modbus/profiles/eastron-sdm630.yaml'];
    expect(files).toEqual(expect.arrayContaining(expected));
    expect(await inTree()).toEqual(files);
    for (const name of Object.keys(DRIVERS)) expect(manifest?.chunks.get(name)?.length).toBeGreaterThan(0);
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
    const states = Object.keys(DRIVERS).map((name) => [name, name === 'lines' ? 'driver/altered' : 'loaded']);
    expect(await loaded()).toEqual(Object.fromEntries(states));
    await run(join(root, 'scripts/build'), ['--force']);
    expect(await loaded()).toMatchObject({ lines: 'loaded' });
  });

  test('a change in a chunk unloads the drivers that run it, and the main program runs on', async () => {
    const manifest = parseManifest(await readFile(join(root, 'dist/drivers/manifest.json'), 'utf8'));
    const users = new Map<string, string[]>();
    for (const [name, chunks] of manifest?.chunks ?? []) {
      for (const chunk of chunks) users.set(chunk, [...(users.get(chunk) ?? []), name]);
    }
    const some = [...users].find(([, names]) => names.length < Object.keys(DRIVERS).length);
    const all = [...users].find(([, names]) => names.length === Object.keys(DRIVERS).length);
    for (const [chunk, names] of [some, all].filter((each) => each !== undefined)) {
      const before = await readFile(join(root, 'dist', chunk));
      await appendFile(join(root, 'dist', chunk), '\n// one line more\n');
      const expected = Object.keys(DRIVERS).map((name) => [name, names.includes(name) ? 'driver/altered' : 'loaded']);
      expect(await loaded()).toEqual(Object.fromEntries(expected));
      await writeFile(join(root, 'dist', chunk), before);
    }
    expect(all).toBeDefined();
    expect(new Set(Object.values(await loaded()))).toEqual(new Set(['loaded']));
  });

  test('names the licence of each package that is in it', async () => {
    const text = await readFile(join(root, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(text).toMatch(/^zod \d+\.\d+\.\d+ \(MIT\)$/m);
    expect(text).toContain('Permission is hereby granted');
  });

  test('neither the environment nor anything else can switch the check off in a built tree', async () => {
    const manifest = join(root, 'dist/drivers/manifest.json');
    await rename(manifest, `${manifest}.away`);
    expect(new Set(Object.values(await loaded()))).toEqual(new Set(['driver/manifest']));
    await rename(`${manifest}.away`, manifest);
  });

  test('a build that fails leaves the last good one as it is', async () => {
    const before = await builtAt();
    const broken = join(root, 'drivers/lines/broken.ts');
    const driver = join(root, 'drivers/lines/driver.ts');
    const whole = await readFile(driver);
    await writeFile(broken, 'export const x = ;\n');
    await appendFile(driver, "import './broken.ts';\n");
    await expect(build()).rejects.toMatchObject({ code: 1 });
    expect(await builtAt()).toBe(before);
    await rm(broken);
    await writeFile(driver, whole);
    await build();
    expect(await loaded()).toMatchObject({ lines: 'loaded' });
  });

  test('a file that is gone from the sources is gone from the build', async () => {
    const extra = join(root, 'drivers/lines/profiles/extra.yaml');
    await mkdir(join(root, 'drivers/lines/profiles'));
    await writeFile(extra, 'a: 1\n');
    await build();
    await stat(join(root, 'dist/drivers/lines/profiles/extra.yaml'));
    await rm(extra);
    await build();
    await expect(stat(join(root, 'dist/drivers/lines/profiles/extra.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('wrong usage of the script is refused', async () => {
    await expect(run(join(root, 'scripts/build'), ['--fast'])).rejects.toMatchObject({ code: 64 });
  });
});
