import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { get, type Mapping, textOf } from './data.ts';
import type { Finding } from './problem.ts';

/** The keys of `mqtt` that name files; the first two of these hold secrets. */
const SECRETS = ['passwordFile', 'keyFile'];
const FILES = [...SECRETS, 'caFile', 'certFile'];

export interface Credentials {
  /** Key of `mqtt` → absolute path. */
  readonly files: Mapping;
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/**
 * Finds the files that the config names: an absolute path as it is, a relative one in the folder that systemd gives
 * (LoadCredential=), then beside the config. Looks whether they can be read, and leaves the reading to who uses them.
 */
export async function findCredentials(
  root: unknown,
  configFile: string,
  credentialsDirectory: string | undefined,
): Promise<Credentials> {
  const files: Record<string, string> = {};
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  const beside = dirname(resolve(configFile));
  const folders =
    credentialsDirectory !== undefined && isAbsolute(credentialsDirectory) ? [credentialsDirectory, beside] : [beside];
  for (const key of FILES) {
    const name = textOf(get(get(root, 'mqtt'), key));
    if (name === undefined) continue;
    const path = ['mqtt', key];
    const found = await firstReadable(isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name)));
    if (found === undefined) {
      findings.push({ path, message: 'must be a readable file, among the credentials or beside the config' });
      continue;
    }
    files[key] = found.file;
    if (SECRETS.includes(key) && found.open) {
      warnings.push({
        path,
        message: 'every user of this machine may read the file: take that right away (chmod 0440)',
      });
    }
  }
  return { files, findings, warnings };
}

async function firstReadable(paths: readonly string[]): Promise<{ file: string; open: boolean } | undefined> {
  for (const file of paths) {
    try {
      const found = await stat(file);
      await access(file, constants.R_OK);
      if (found.isFile()) return { file, open: (found.mode & 0o004) !== 0 };
    } catch {
      // The next folder may have it; if none does, that is the finding.
    }
  }
  return undefined;
}
