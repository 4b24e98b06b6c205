import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../contract/fault.ts';
import { folderOf, profilesOf } from './folders.ts';
import { MANIFEST_FILE, type Manifest } from './manifest.ts';

/** `verify`: a built tree, checked against its manifest. `source`: TypeScript run by the test runner, which has none. */
export type Integrity = 'verify' | 'source';

/**
 * The one place that decides: by where this code itself lies. Compiled code is always checked; neither the
 * environment nor the config can say otherwise.
 */
export function integrityOf(moduleUrl: string): Integrity {
  return moduleUrl.endsWith('.ts') ? 'source' : 'verify';
}

/** Where the build puts code that runs with more than one of its programs and drivers. */
export const CHUNKS = 'chunks';

const MAX_FILES = 10_000;
const MAX_DEPTH = 8;
const MAX_FILE_BYTES = 4_194_304;

/**
 * Checks that a driver's folder and the chunks' folder hold exactly the files of the manifest, and that the driver's
 * own files and every chunk that it runs are unchanged. It finds damage and half-finished upgrades; a person who can write
 * the files can also write the manifest, and only ownership keeps that person out. A chunk that the main program uses too is
 * already running by then: altered, it is found, but not kept from having run.
 * @param root the built tree, with `drivers` and `chunks`
 * @throws Fault `driver/altered` for a missing, added, changed, unreadable or symbolically linked file
 */
export async function verifyDriver(root: string, name: string, manifest: Manifest): Promise<void> {
  const own = `drivers/${folderOf(name)}`;
  const profiles = `drivers/${profilesOf(name)}`;
  const chunks = manifest.chunks.get(name);
  if (chunks === undefined) throw new Fault('driver/altered');
  try {
    await Promise.all([
      holdsExactly(root, own, manifest),
      mayHoldExactly(root, profiles, manifest),
      mayHoldExactly(root, CHUNKS, manifest),
    ]);
    const files = [...manifest.files.keys()].filter((path) =>
      [own, profiles].some((each) => path.startsWith(`${each}/`)),
    );
    await Promise.all([...files, ...chunks].map((path) => isUnchanged(root, path, manifest)));
  } catch (cause) {
    throw new Fault('driver/altered', undefined, cause);
  }
}

/** A family may have no profiles, and a build with one driver alone no chunks: then there is no folder for them. */
async function mayHoldExactly(root: string, folder: string, manifest: Manifest): Promise<void> {
  const isListed = [...manifest.files.keys()].some((path) => path.startsWith(`${folder}/`));
  if (isListed || existsSync(join(root, folder))) await holdsExactly(root, folder, manifest);
}

async function holdsExactly(root: string, folder: string, manifest: Manifest): Promise<void> {
  const expected = [...manifest.files.keys()].filter((path) => path.startsWith(`${folder}/`)).sort();
  const found = await listFiles(root, folder);
  if (expected.length === 0 || found.join('\n') !== expected.join('\n')) throw new Fault('driver/altered');
}

async function isUnchanged(root: string, path: string, manifest: Manifest): Promise<void> {
  const expected = manifest.files.get(path);
  if (expected === undefined || expected !== (await digestFile(join(root, path)))) throw new Fault('driver/altered');
}

/**
 * Every file below these folders of a freshly built tree with its digest, for the build.
 * @throws Fault `driver/altered` for what a build does not make
 */
export async function digestsOf(root: string, folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const digests = new Map<string, string>();
  for (const folder of folders) {
    for (const path of await listFiles(root, folder)) {
      if (path !== `drivers/${MANIFEST_FILE}`) digests.set(path, await digestFile(join(root, path)));
    }
  }
  return digests;
}

/**
 * Paths of all files below a folder, as the manifest writes them.
 * @throws Fault `driver/altered` for what is neither file nor folder, and beyond the bounds
 */
async function listFiles(root: string, folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  const waiting = [folder];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (path.split('/').length > MAX_DEPTH) throw new Fault('driver/altered');
    // lstat, so that a linked folder counts as foreign: its target can change while the tree does not.
    if (!(await lstat(join(root, path))).isDirectory()) throw new Fault('driver/altered');
    for (const entry of await readdir(join(root, path), { withFileTypes: true })) {
      if (entry.isDirectory()) waiting.push(`${path}/${entry.name}`);
      else if (entry.isFile()) files.push(`${path}/${entry.name}`);
      else throw new Fault('driver/altered');
      if (files.length + waiting.length > MAX_FILES) throw new Fault('driver/altered');
    }
  }
  return files.sort();
}

/**
 * SHA-256 of a file, never through a symbolic link.
 * @throws Fault `driver/altered` for a path that is no file or too large, and the file system's own errors
 */
async function digestFile(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile() || found.size > MAX_FILE_BYTES) throw new Fault('driver/altered');
    return createHash('sha256')
      .update(await handle.readFile())
      .digest('hex');
  } finally {
    await handle.close();
  }
}
