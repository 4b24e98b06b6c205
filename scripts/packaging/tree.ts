import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file as it will lie on the gateway. */
export interface PackedFile {
  readonly mode: number;
  readonly data: Buffer;
}

/** Path without a leading slash → file. */
export type Tree = ReadonlyMap<string, PackedFile>;

export function fileOf(data: Buffer | string, mode = 0o644): PackedFile {
  return { mode, data: Buffer.from(data) };
}

/** All files below a folder; an executable file stays a program. @param skip names at its top that are left out */
export async function filesBelow(folder: string, to: string, skip: readonly string[] = []): Promise<Tree> {
  const tree = new Map<string, PackedFile>();
  for (const path of (await readdir(folder, { recursive: true })).sort()) {
    const entry = await stat(join(folder, path));
    if (skip.includes(path.split('/')[0] ?? '') || !entry.isFile()) continue;
    tree.set(join(to, path), fileOf(await readFile(join(folder, path)), (entry.mode & 0o100) === 0 ? 0o644 : 0o755));
  }
  return tree;
}

/**
 * Writes the tree below a folder. Folders and files get the time of the build's source, and modes that do not depend
 * on who builds.
 */
export async function writeTree(tree: Tree, folder: string, epoch: number): Promise<void> {
  for (const [path, { mode, data }] of tree) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, data);
    await chmod(file, mode);
    await utimes(file, epoch, epoch);
  }
  for (const path of ['', ...(await readdir(folder, { recursive: true }))]) {
    const entry = join(folder, path);
    if (!(await stat(entry)).isDirectory()) continue;
    await chmod(entry, 0o755);
    await utimes(entry, epoch, epoch);
  }
}

/** gzip as Debian wants it: best compression unless another level is asked for, neither name nor time inside. */
export function gzip(data: Buffer | string, level = 9): Buffer {
  return execFileSync('gzip', [`-${level}n`], { input: data, maxBuffer: 1 << 28 });
}
