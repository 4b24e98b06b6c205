import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { controlOf } from '../../scripts/packaging/deb.ts';
import { nodeBinaries, nodeTree, OWN_NODE, withOwnNode } from '../../scripts/packaging/node-binary.ts';
import { imageOf, USER } from '../../scripts/packaging/oci.ts';
import { neededBy } from '../../scripts/packaging/relations.ts';
import { signFile } from '../../scripts/packaging/signature.ts';
import { foldersOf, tarOf } from '../../scripts/packaging/tar.ts';
import { fileOf } from '../../scripts/packaging/tree.ts';
import { asTheUnit } from '../../scripts/testbed/as-the-unit.ts';
import { newFolder } from '../support/folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFile(join(ROOT, path), 'utf8');

describe('a package with a Node of its own', () => {
  it('names that Node wherever the other one names the system’s', async () => {
    const paths = ['systemd/fieldward.service', 'systemd/systemd-252/50-notify-launcher.conf'];
    const product = new Map(await Promise.all(paths.map(async (path) => [path, fileOf(await read(path))] as const)));
    product.set('usr/bin/fieldward', fileOf('exec /usr/bin/node x', 0o755));
    const own = withOwnNode(product, new Map([[OWN_NODE, fileOf('elf', 0o755)]]));
    for (const [path, { data }] of own) expect(data.toString(), path).not.toContain('/usr/bin/node');
    const unit = own.get('systemd/fieldward.service')?.data.toString();
    expect(unit).toMatch(/^ExecStart=\/usr\/lib\/fieldward\/node --v8/m);
    expect(unit).toMatch(/^ExecPaths=\+\/usr\/lib\/fieldward\/node \+/m);
    expect(own.get('usr/bin/fieldward')?.mode).toBe(0o755);
  });

  it('and the image start Node with the options of the unit', async () => {
    const { nodeArgs, env } = asTheUnit({});
    expect(nodeArgs.length).toBeGreaterThan(1);
    expect(await read('systemd/systemd-252/50-notify-launcher.conf')).toContain(
      `/usr/bin/node ${nodeArgs.join(' ')} /`,
    );
    const image = await read('scripts/packaging/oci.ts');
    const words = [...nodeArgs, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
    expect(words.filter((word) => !image.includes(`'${word}'`))).toEqual([]);
  });

  it('stands in the place of the other one, and each refuses to lie beside the other', async () => {
    const control = await read('systemd/debian/control');
    const [plain, own] = [controlOf(control, 'fieldward'), controlOf(control, 'fieldward-standalone')];
    expect(plain).toMatch(
      /^Package: fieldward\n[\s\S]*^Conflicts: fieldward-standalone\nReplaces: fieldward-standalone\n/m,
    );
    expect(plain).toContain('nodejs (>= 20.19)');
    expect(own).toMatch(/^Package: fieldward-standalone\n[\s\S]*^Provides: fieldward \(= @VERSION@\)\n/m);
    expect(own).toMatch(/^Conflicts: fieldward\nReplaces: fieldward\n/m);
    expect(own).not.toContain('nodejs');
    expect(own).toContain('carries its own Node.js');
  });

  it('is of one version that the agent can run by, each archive with its digest', async () => {
    const { version, packages } = await nodeBinaries(ROOT);
    expect(Number(version.split('.')[0])).toBeGreaterThanOrEqual(20);
    for (const each of Object.values(packages)) expect(each.integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
  });
});

it('a Node whose archive is another one than that of the list is not packed', async () => {
  const root = await newFolder();
  const [bin, list] = [join(root, 'bin'), join(root, 'scripts/packaging')];
  for (const folder of [bin, list, join(root, '.cache/node-binaries'), join(root, 'package/bin')]) {
    await mkdir(folder, { recursive: true });
  }
  await writeFile(join(root, 'package/bin/node'), 'elf');
  await writeFile(join(root, 'package/LICENSE'), 'MIT');
  const archive = join(root, '.cache/node-binaries/n-1.tgz');
  execFileSync('tar', ['-czf', archive, '-C', root, 'package']);
  const integrity = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`;
  const tell = (digest: string) =>
    writeFile(
      join(list, 'node-binaries.json'),
      JSON.stringify({ version: '1', packages: { amd64: { name: 'n', integrity: digest } } }),
    );
  await tell(integrity);
  const tree = await nodeTree(root, 'amd64');
  expect(tree.get(OWN_NODE)).toEqual({ mode: 0o755, data: Buffer.from('elf') });
  await tell(integrity.replace(/-./, (two) => (two === '-A' ? '-B' : '-A')));
  // the registry is asked again, and gives the same
  await writeFile(join(bin, 'npm'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${bin}:${path}`;
  try {
    await expect(nodeTree(root, 'amd64')).rejects.toThrow(/another digest/);
  } finally {
    process.env.PATH = path;
  }
});

describe('the archive', () => {
  const long = `${'a'.repeat(90)}/${'b'.repeat(90)}`;
  const entries = [
    { path: 'tmp', mode: 0o1777 },
    { path: long, mode: 0o640, uid: 7, gid: 8, data: Buffer.from('x'.repeat(700)) },
    { path: 'lib', mode: 0o777, target: 'usr/lib' },
  ];

  it('is one that tar unpacks, with modes, owners, links and long paths', () => {
    const listed = execFileSync('tar', ['--numeric-owner', '--utc', '-tvf', '-'], {
      input: tarOf(entries, 60),
    }).toString();
    const lines = listed
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/ +/g, ' '));
    expect(lines).toEqual([
      `-rw-r----- 7/8 700 1970-01-01 00:01 ${long}`,
      'lrwxrwxrwx 0/0 0 1970-01-01 00:01 lib -> usr/lib',
      'drwxrwxrwt 0/0 0 1970-01-01 00:01 tmp/',
    ]);
  });

  it('is the same whatever the order of the entries, and refuses what it has no room for', () => {
    expect(tarOf([...entries].reverse(), 60)).toEqual(tarOf(entries, 60));
    expect(() => tarOf([{ path: 'c'.repeat(101), mode: 0o644, data: Buffer.alloc(0) }], 0)).toThrow(/too long/);
    expect(foldersOf(['a/b/c', 'a/d']).map(({ path }) => path)).toEqual(['a', 'a/b']);
  });
});

it('an image runs the agent as a user that is nobody else, and names each layer by its digest', () => {
  const layer = [{ path: 'a', mode: 0o644, data: Buffer.from('a') }];
  const image = imageOf([layer], { version: '1.2.3', epoch: 60 }, 'amd64');
  expect(imageOf([layer], { version: '1.2.3', epoch: 60 }, 'amd64')).toEqual(image);
  const file = (path: string) => execFileSync('tar', ['-xOf', '-', path], { input: image });
  const blob = (digest: string) => {
    const data = file(`blobs/${digest.replace(':', '/')}`);
    expect(`sha256:${createHash('sha256').update(data).digest('hex')}`).toBe(digest);
    return data;
  };
  const index = JSON.parse(file('index.json').toString());
  const manifest = JSON.parse(blob(index.manifests[0].digest).toString());
  const { config, rootfs } = JSON.parse(blob(manifest.config.digest).toString());
  expect(rootfs.diff_ids).toEqual([manifest.layers[0].digest]);
  expect(blob(manifest.layers[0].digest)).toEqual(tarOf(layer, 60));
  expect(config.User).toBe(`${USER.uid}:${USER.gid}`);
  expect([...config.Entrypoint, ...config.Cmd].slice(-3)).toEqual(['run', '--config', '/etc/fieldward/fieldward.yaml']);
});

it('a signature is one that openssl verifies, and only an Ed25519 key makes one', async () => {
  const folder = await newFolder();
  const [sums, key, pub] = ['SHA256SUMS', 'key.pem', 'pub.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(sums, 'abc  file\n');
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', key]);
  execFileSync('openssl', ['pkey', '-in', key, '-pubout', '-out', pub]);
  const signature = await signFile(sums, key);
  const verify = () =>
    spawnSync('openssl', ['pkeyutl', '-verify', '-rawin', '-pubin', '-inkey', pub, '-in', sums, '-sigfile', signature])
      .status;
  expect(verify()).toBe(0);
  await writeFile(sums, 'abd  file\n');
  expect(verify()).not.toBe(0);
  execFileSync('openssl', ['genpkey', '-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', key]);
  await expect(signFile(sums, key)).rejects.toThrow(/Ed25519/);
});

it('needs are followed as Node finds packages, through those of which nothing is shipped', () => {
  const packages = {
    '': { version: '1', dependencies: { a: '1' } },
    'node_modules/a': { version: '1', dependencies: { b: '1', c: '1' } },
    'node_modules/a/node_modules/b': { version: '2' },
    'node_modules/b': { version: '1' },
    'node_modules/c': { version: '1', optionalDependencies: { b: '1' }, dependencies: { a: '1' } },
  };
  const shipped = new Set(['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/b']);
  expect(neededBy('', shipped, packages)).toEqual(['node_modules/a']);
  expect(neededBy('node_modules/a', shipped, packages)).toEqual(['node_modules/a/node_modules/b', 'node_modules/b']);
  expect(neededBy('node_modules/b', shipped, packages)).toEqual([]);
});
