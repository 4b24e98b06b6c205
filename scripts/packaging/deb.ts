import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeTree, withOwnNode } from './node-binary.ts';
import { nativeTree, type Source } from './product.ts';
import { fileOf, gzip, type PackedFile, type Tree, writeTree } from './tree.ts';

/** Debian's architectures, and the one native library of each. armhf is ARMv7 by definition. */
export const ARCHITECTURES = {
  amd64: /\/linux-x64\/.*glibc\.node$/,
  arm64: /\/linux-arm64\/.*armv8\.glibc\.node$/,
  armhf: /\/linux-arm\/.*armv7\.glibc\.node$/,
} as const;

export type Architecture = keyof typeof ARCHITECTURES;

const SCRIPTS = ['postinst', 'prerm', 'postrm'];

/** `fieldward` runs by the Node of the system, `fieldward-standalone` by its own; one takes the place of the other. */
export type DebName = 'fieldward' | 'fieldward-standalone';

/** Writes the package. @returns its name */
export async function buildDeb(
  source: Source,
  product: Tree,
  architecture: Architecture,
  out: string,
  pack: DebName = 'fieldward',
): Promise<string> {
  const isOwn = pack === 'fieldward-standalone';
  const content = isOwn ? withOwnNode(product, await nodeTree(source.root, architecture)) : product;
  const files = new Map<string, PackedFile>([...content, ...(await debianFiles(source, pack))]);
  const native = await nativeTree(source, ARCHITECTURES[architecture]);
  if (native.size !== 1) throw new Error(`${native.size} native libraries for ${architecture}`);
  for (const [path, file] of native) files.set(path, file);
  const all = new Map([...files, ...(await controlFiles(source, files, architecture, pack))]);
  const name = `${pack}_${debianVersion(source.version)}_${architecture}.deb`;
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-deb-'));
  try {
    await writeTree(all, folder, source.epoch);
    // Clamps the times of what dpkg-deb itself adds, too.
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(source.epoch), DPKG_DEB_THREADS_MAX: '1' };
    // Debian 11 knows no zstd
    const compression = isOwn && source.isQuick ? ['-Zgzip', '-z1'] : ['-Zxz'];
    execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', folder, join(out, name)], {
      env,
      stdio: 'pipe',
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return name;
}

/** `1.0.0-rc.1` sorts before `1.0.0` in Debian only with a tilde. */
export function debianVersion(version: string): string {
  return version.replace('-', '~');
}

/** The files that Debian wants of every package in its folder of documents. */
async function debianFiles({ root, version, epoch }: Source, pack: DebName): Promise<Tree> {
  const date = new Date(epoch * 1000).toUTCString().replace('GMT', '+0000');
  const changelog = `${pack} (${debianVersion(version)}) unstable; urgency=medium

  * See changelog.gz for what changed.

 -- Fieldward maintainers <maintainers@fieldward.invalid>  ${date}
`;
  // Debian wants these under the package's own name; the documents stay where unit and pages name them
  const doc = `usr/share/doc/${pack}`;
  const overrides = await readFile(join(root, 'systemd/debian/lintian-overrides'), 'utf8');
  return new Map([
    [`${doc}/changelog.Debian.gz`, fileOf(gzip(changelog))],
    [`${doc}/changelog.gz`, fileOf(gzip(await readFile(join(root, 'CHANGELOG.md'))))],
    [`${doc}/copyright`, fileOf(await readFile(join(root, 'systemd/debian/copyright')))],
    [`usr/share/lintian/overrides/${pack}`, fileOf(overrides.replace(/^fieldward:/gm, `${pack}:`))],
  ]);
}

/** One is installed in the place of the other, and keeps its config (Debian Policy 7.6.2). Pure. */
export function controlOf(text: string, pack: DebName): string {
  const other = pack === 'fieldward' ? 'fieldward-standalone' : 'fieldward';
  const relations = `Conflicts: ${other}\nReplaces: ${other}\n`;
  const both = text.replace(/^Recommends:/m, `${relations}Recommends:`);
  if (pack === 'fieldward') return both;
  return both
    .replace('Package: fieldward\n', `Package: ${pack}\n`)
    .replace('Depends: nodejs (>= 20.19), ', 'Provides: fieldward (= @VERSION@)\nDepends: ')
    .replace(
      /^ \.\n The service/m,
      ' .\n This package carries its own Node.js; `fieldward` uses the one of the system.\n .\n The service',
    );
}

async function controlFiles(
  { root, version }: Source,
  files: Tree,
  architecture: Architecture,
  pack: DebName,
): Promise<Tree> {
  const read = (name: string) => readFile(join(root, 'systemd/debian', name), 'utf8');
  const bytes = [...files.values()].reduce((sum, { data }) => sum + Math.ceil(data.length / 1024), 0);
  const control = controlOf(await read('control'), pack)
    .replaceAll('@VERSION@', debianVersion(version))
    .replace('@ARCHITECTURE@', architecture)
    .replace('@SIZE@', String(bytes));
  const configs = [...files.keys()].filter((path) => path.startsWith('etc/')).map((path) => `/${path}\n`);
  const sums = [...files]
    .filter(([path]) => !path.startsWith('etc/'))
    .map(([path, { data }]) => `${createHash('md5').update(data).digest('hex')}  ${path}\n`)
    .sort((a, b) => (a.slice(34) < b.slice(34) ? -1 : 1));
  const scripts = await Promise.all(SCRIPTS.map(async (name) => [name, fileOf(await read(name), 0o755)] as const));
  return new Map(
    [
      ['control', fileOf(control)] as const,
      ['conffiles', fileOf(configs.join(''))] as const,
      ['triggers', fileOf(await read('triggers'))] as const,
      ['md5sums', fileOf(sums.join(''))] as const,
      ...scripts,
    ].map(([name, file]) => [`DEBIAN/${name}`, file]),
  );
}
