import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from './deb.ts';
import { fileOf, type Tree } from './tree.ts';

/** The official binaries, as npm ships them: one version, and the digest of each archive. */
export interface NodeBinaries {
  readonly version: string;
  readonly packages: Readonly<Partial<Record<Architecture, { readonly name: string; readonly integrity: string }>>>;
}

/** Where a package that carries its own Node has it. */
export const OWN_NODE = 'usr/lib/fieldward/node';
const LICENCE = 'usr/lib/fieldward/NODE-LICENSE.txt';
/** The path that the unit, its drop-in and the command name in its place. */
const SYSTEMS_NODE = '/usr/bin/node';

export async function nodeBinaries(root: string): Promise<NodeBinaries> {
  return JSON.parse(await readFile(join(root, 'scripts/packaging/node-binaries.json'), 'utf8'));
}

/**
 * The binary and its licence for an architecture, from .cache or the registry.
 * @throws Error where there is none, or the archive is another one than that of the list
 */
export async function nodeTree(root: string, architecture: Architecture): Promise<Tree> {
  const { version, packages } = await nodeBinaries(root);
  const wanted = packages[architecture];
  if (wanted === undefined) throw new Error(`there is no Node ${version} for ${architecture}`);
  const folder = join(root, '.cache/node-binaries');
  const archive = join(folder, `${wanted.name}-${version}.tgz`);
  await mkdir(folder, { recursive: true });
  let data = await readFile(archive).catch(() => undefined);
  if (data === undefined || !isWanted(data, wanted.integrity)) {
    const pack = ['pack', `${wanted.name}@${version}`, '--pack-destination', folder, '--loglevel=error', '--silent'];
    execFileSync('npm', pack, { stdio: ['ignore', 'ignore', 'inherit'] });
    data = await readFile(archive);
    if (!isWanted(data, wanted.integrity)) throw new Error(`the archive of ${wanted.name} has another digest`);
  }
  const file = (name: string) =>
    execFileSync('tar', ['-xzOf', '-', `package/${name}`], { input: data, maxBuffer: 1 << 28 });
  return new Map([
    [OWN_NODE, fileOf(file('bin/node'), 0o755)],
    [LICENCE, fileOf(file('LICENSE'))],
  ]);
}

/** Subresource Integrity, as package-lock.json has it. */
function isWanted(data: Buffer, integrity: string): boolean {
  return `sha512-${createHash('sha512').update(data).digest('base64')}` === integrity;
}

/** A product that runs by a Node of its own: unit, drop-in and command name that one. Pure. */
export function withOwnNode(product: Tree, node: Tree): Tree {
  const own = [...product].map(([path, file]) => {
    const isText = /\.(?:service|conf)$/.test(path) || path === 'usr/bin/fieldward';
    if (!isText) return [path, file] as const;
    return [path, fileOf(file.data.toString().replaceAll(SYSTEMS_NODE, `/${OWN_NODE}`), file.mode)] as const;
  });
  return new Map([...own, ...node]);
}
