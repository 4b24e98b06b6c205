import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../contract/fault.ts';
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

/** Folders whose code runs with every driver. */
export const SHARED_FOLDERS = Object.freeze(['contract', 'framing', 'port', 'registry', 'schema'] as const);

const MAX_FILES = 10_000;
const MAX_DEPTH = 8;
const MAX_FILE_BYTES = 4_194_304;

/**
 * Checks that the folders hold exactly the files of the manifest, unchanged. It finds damage and half-finished
 * upgrades; whoever can write the files can also write the manifest, and only ownership keeps him out.
 * @param folder the built `drivers` folder
 * @throws Fault `driver/altered` for a missing, added, changed, unreadable or symbolically linked file
 */
export async function verifyFolders(folder: string, folders: readonly string[], manifest: Manifest): Promise<void> {
  for (const name of folders) {
    const expected = [...manifest.keys()].filter((path) => path.startsWith(`${name}/`));
    if (expected.length === 0) throw new Fault('driver/altered');
    const seen = new Set<string>();
    try {
      for (const path of await listFiles(folder, name)) {
        if (manifest.get(path) !== (await digestFile(join(folder, path)))) throw new Fault('driver/altered');
        seen.add(path);
      }
    } catch (cause) {
      throw new Fault('driver/altered', undefined, cause);
    }
    if (expected.some((path) => !seen.has(path))) throw new Fault('driver/altered');
  }
}

/**
 * The manifest of a freshly built `drivers` folder, for the build.
 * @throws Fault `driver/altered` for what a build does not make
 */
export async function manifestOf(folder: string): Promise<Manifest> {
  const manifest = new Map<string, string>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile() && entry.name === MANIFEST_FILE) continue;
    for (const path of await listFiles(folder, entry.name)) manifest.set(path, await digestFile(join(folder, path)));
  }
  return manifest;
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
    // lstat, so that a linked folder counts as foreign: what it leads to can change without the tree changing.
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
 * @throws Fault `driver/altered` for what is no file or too large, and whatever the file system throws
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
