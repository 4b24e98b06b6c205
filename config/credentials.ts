import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { get, list, type Mapping, textOf } from './data.ts';
import { AMOUNTS } from './limits.ts';
import type { Finding, Path } from './problem.ts';

/** The keys of `mqtt` that name files; the first two of these hold secrets. */
const SECRETS = ['passwordFile', 'keyFile'];
const FILES = [...SECRETS, 'caFile', 'certFile'];

/** What is said of a file that is named and not there. */
export const UNREADABLE = 'must be a readable file, among the credentials or beside the config';

export interface Credentials {
  /** Key of `mqtt` → absolute path. */
  readonly files: Mapping;
  /** By index of `commands.signing.keys`; undefined where there is none that could be read. */
  readonly publicKeyFiles: readonly (string | undefined)[];
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
  const find = async (name: string | undefined, path: Path): Promise<Found | undefined> => {
    if (name === undefined) return undefined;
    const found = await firstReadable(isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name)));
    if (found === undefined) {
      findings.push({ path, message: UNREADABLE });
    }
    return found;
  };
  for (const key of FILES) {
    const path = ['mqtt', key];
    const found = await find(textOf(get(get(root, 'mqtt'), key)), path);
    if (found === undefined) continue;
    files[key] = found.file;
    if (SECRETS.includes(key) && found.readable) {
      warnings.push({
        path,
        message: 'every user of this machine may read the file: take that right away (chmod 0440)',
      });
    }
  }
  const publicKeyFiles: (string | undefined)[] = [];
  const keys = list(get(get(get(root, 'commands'), 'signing'), 'keys'));
  // More are refused anyway, and need not be looked for.
  for (const [k, key] of keys.slice(0, AMOUNTS.signingKeys).entries()) {
    const path = ['commands', 'signing', 'keys', k, 'publicKeyFile'];
    const found = await find(textOf(get(key, 'publicKeyFile')), path);
    publicKeyFiles.push(found?.file);
    // Everybody may know a public key, but whoever puts another one in its place may sign.
    if (found?.writable) {
      warnings.push({
        path,
        message: 'every user of this machine may change the file: take that right away (chmod 0644)',
      });
    }
  }
  return { files, publicKeyFiles, findings, warnings };
}

/** A file, and what every user of the machine may do with it. */
interface Found {
  readonly file: string;
  readonly readable: boolean;
  readonly writable: boolean;
}

async function firstReadable(paths: readonly string[]): Promise<Found | undefined> {
  for (const file of paths) {
    try {
      const found = await stat(file);
      await access(file, constants.R_OK);
      if (!found.isFile()) continue;
      return { file, readable: (found.mode & 0o004) !== 0, writable: (found.mode & 0o002) !== 0 };
    } catch {
      // The next folder may have it; if none does, that is the finding.
    }
  }
  return undefined;
}
