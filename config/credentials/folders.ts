import { lstat, stat } from 'node:fs/promises';
import type { Finding } from '../problem.ts';
import { asText, get } from '../source/data.ts';

/** The keys that name folders of what must survive. */
const FOLDERS: readonly (readonly [section: string, key: string])[] = [
  ['outbox', 'directory'],
  ['commands', 'directory'],
];

/**
 * Names what is there and is no folder. One that is missing is made at the start, and a disk that is not mounted yet is
 * no mistake of the config.
 */
export async function checkFolders(root: unknown): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const path of FOLDERS) {
    const folder = asText(get(get(root, path[0]), path[1]));
    if (folder !== undefined && (await isSomethingElse(folder))) {
      findings.push({ path, message: 'must be a folder, and is a file or a device' });
    }
  }
  const textfile = asText(get(get(get(root, 'metrics'), 'textfile'), 'path'));
  if (textfile !== undefined && (await isNoFile(textfile))) {
    const message = 'must be a file, and is a link, a pipe, a folder or a device';
    findings.push({ path: ['metrics', 'textfile', 'path'], message });
  }
  return findings;
}

async function isNoFile(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && !found.isFile();
}

async function isSomethingElse(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch (thrown) {
    // a part of its path is no folder
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOTDIR';
  }
}
