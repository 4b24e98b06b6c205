import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ARCHITECTURES, type Architecture } from './deb.ts';
import { nodeTree, withOwnNode } from './node-binary.ts';
import { nativeTree, type Source } from './product.ts';
import { fileOf, gzip, type PackedFile, type Tree, writeTree } from './tree.ts';

/**
 * Writes the archive for systems without dpkg: the same files below `root/`. One without a Node of its own has the native
 * libraries of every Linux (glibc and musl), among which the agent finds its own.
 * @param architecture carries its own Node, for this one
 * @returns its name
 */
export async function buildTarball(
  source: Source,
  product: Tree,
  out: string,
  architecture?: Architecture,
): Promise<string> {
  const base = `fieldward-${source.version}${architecture === undefined ? '' : `-${architecture}`}`;
  const files = new Map<string, PackedFile>();
  const content =
    architecture === undefined
      ? [...product, ...(await nativeTree(source, /\/linux-/))]
      : [
          ...withOwnNode(product, await nodeTree(source.root, architecture)),
          ...(await nativeTree(source, ARCHITECTURES[architecture])),
        ];
  for (const [path, file] of content) {
    files.set(`${base}/root/${path}`, file);
  }
  for (const name of ['install.sh', 'uninstall.sh']) {
    files.set(`${base}/${name}`, fileOf(await readFile(join(source.root, 'systemd/tarball', name)), 0o755));
  }
  files.set(`${base}/LICENSE`, fileOf(await readFile(join(source.root, 'LICENSE'))));
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-tar-'));
  try {
    await writeTree(files, folder, source.epoch);
    const owner = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar'];
    const archive = execFileSync('tar', ['-C', folder, ...owner, '-cf', '-', base], { maxBuffer: 1 << 28 });
    await writeFile(join(out, `${base}.tar.gz`), gzip(archive, architecture !== undefined && source.isQuick ? 1 : 9));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return `${base}.tar.gz`;
}
