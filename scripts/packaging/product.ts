import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Commands, KEPT_HELP } from './commands.ts';
import { bashCompletion } from './completion.ts';
import { documentTree } from './documents.ts';
import { manualPages } from './manual.ts';
import { NATIVE } from './native.ts';
import { fileOf, filesBelow, gzip, type PackedFile, type Tree } from './tree.ts';

/** The sources that the packages are made of. */
export interface Source {
  readonly root: string;
  readonly version: string;
  /** Seconds since 1970: the time of every file. */
  readonly epoch: number;
  readonly commands: Commands;
  /** Packages that carry their own Node are compressed lightly. */
  readonly isQuick: boolean;
}

const HOME = 'usr/lib/fieldward';
const PREBUILDS = `node_modules/${NATIVE}/prebuilds`;

/** The command. By hand there are no credentials of systemd: `check` and the tools find the files that it takes them from. */
const COMMAND = `#!/bin/sh
: "\${CREDENTIALS_DIRECTORY=/etc/fieldward/credentials}"
export CREDENTIALS_DIRECTORY
exec /usr/bin/node /${HOME}/agent/main.js "$@"
`;

/** Files that are copied from systemd/ as they are. A launcher is a program; the rest is data. */
const FROM_SYSTEMD: readonly (readonly [from: string, to: string, mode?: number])[] = [
  ['fieldward.service', 'usr/lib/systemd/system/fieldward.service'],
  ['60-fieldward.rules', 'usr/lib/udev/rules.d/60-fieldward.rules'],
  ['fieldward.tmpfiles', 'usr/lib/tmpfiles.d/fieldward.conf'],
  ['notify-launcher', `${HOME}/notify-launcher`, 0o755],
  ['systemd-252/50-notify-launcher.conf', `${HOME}/systemd-252/50-notify-launcher.conf`],
  ['fieldward.yaml', 'etc/fieldward/fieldward.yaml', 0o640],
];

/** Every file of the product but the native library: the same for all architectures. */
export async function productTree(source: Source): Promise<Tree> {
  const { root, commands } = source;
  const read = (path: string) => readFile(join(root, path));
  const tree = new Map<string, PackedFile>(
    await filesBelow(join(root, 'dist'), HOME, ['scripts', '.stamp', KEPT_HELP]),
  );
  // The version that the package has is the one that the program tells.
  const own = { ...JSON.parse(await readFile(join(root, 'dist/package.json'), 'utf8')), version: source.version };
  tree.set(`${HOME}/package.json`, fileOf(`${JSON.stringify(own)}\n`));
  tree.set(`${HOME}/node_modules/${NATIVE}/package.json`, fileOf(await read(`node_modules/${NATIVE}/package.json`)));
  tree.set('usr/bin/fieldward', fileOf(COMMAND, 0o755));
  for (const [from, to, mode] of FROM_SYSTEMD) tree.set(to, fileOf(await read(`systemd/${from}`), mode));
  tree.set('usr/share/bash-completion/completions/fieldward', fileOf(bashCompletion(commands)));
  for (const [name, text] of await manualPages(source)) {
    tree.set(`usr/share/man/man${name.at(-1)}/${name}.gz`, fileOf(gzip(text)));
  }
  for (const [path, file] of await documentTree(root)) tree.set(path, file);
  return tree;
}

/** The native libraries whose path fits, as `linux-arm64/…glibc.node`. */
export async function nativeTree({ root }: Source, fits: RegExp): Promise<Tree> {
  const all = await filesBelow(join(root, PREBUILDS), `${HOME}/${PREBUILDS}`);
  // With any mode of the registry's archive: they are loaded, not run.
  return new Map([...all].filter(([path]) => fits.test(path)).map(([path, { data }]) => [path, fileOf(data)]));
}
