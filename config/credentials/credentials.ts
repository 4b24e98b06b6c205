import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { AMOUNTS } from '../limits.ts';
import type { Finding, Path } from '../problem.ts';
import { asText, get, list, type Mapping } from '../source/data.ts';

/** The keys of `mqtt` and `sparkplug` that name files; those of the first line hold secrets. */
const SECRETS = ['passwordFile', 'keyFile', 'proxyCredentialsFile'];
const FILES = [...SECRETS, 'caFile', 'certFile'];

/** The message for a file that is named and not there. */
export const UNREADABLE = 'must be a readable file, among the credentials or beside the config';

/** The prefix by systemd of the names of files that it hands over as a folder: `LoadCredential=credentials:FOLDER`. */
const FROM_FOLDER = 'credentials_';

/** The message for a secret that is none. */
export const READABLE_BY_ALL = 'every user of this machine may read the file: take that right away (chmod 0440)';

/** A service's view of the machine's files, for a check of its config by somebody with another view. */
export interface ServiceView {
  /** A credential that it gets, by the name that it sees. Without a file: nobody else can look into it, as where it is encrypted. */
  credential(name: string): { readonly file: string | undefined } | undefined;
  /** Whether it can read a file that is not handed over. */
  mayRead(file: { readonly mode: number; readonly uid: number; readonly gid: number }): boolean;
  /** Why it does not get a credential of this name, where that is known. */
  lacks(name: string): string | undefined;
}

/** The message for a file that is there, but not for the service. */
const NOT_FOR_THE_SERVICE = 'may not be read by the service: put it among its credentials (fieldward.service(8))';

export interface FoundCredentials {
  /** Key of `mqtt` → absolute path. */
  readonly files: Mapping;
  /** Key of `sparkplug` → absolute path. */
  readonly sparkplugFiles: Mapping;
  /** By index of `commands.signing.keys`; undefined where there is none that could be read. */
  readonly publicKeyFiles: readonly (string | undefined)[];
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/**
 * Finds the files that the config names: an absolute path as it is, a relative one in the folder that systemd gives
 * (LoadCredential=), then beside the config. Looks whether they can be read, and leaves the reading to their users.
 * @param service its credentials count in place of the folder's
 */
export async function findCredentials(
  root: unknown,
  configFile: string,
  credentialsDirectory: string | undefined,
  service?: ServiceView,
): Promise<FoundCredentials> {
  const files = { mqtt: {} as Record<string, string>, sparkplug: {} as Record<string, string> };
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  const finder = fileFinder(configFile, credentialsDirectory, service);
  const find = async (name: string | undefined, path: Path): Promise<FoundFile | undefined> => {
    if (name === undefined) return undefined;
    const { found, problem } = await finder(name);
    if (problem !== undefined) findings.push({ path, message: problem });
    return found;
  };
  for (const section of ['mqtt', 'sparkplug'] as const) {
    for (const key of FILES) {
      const path = [section, key];
      const found = await find(asText(get(get(root, section), key)), path);
      if (found === undefined) continue;
      files[section][key] = found.file;
      if (SECRETS.includes(key) && found.readable) warnings.push({ path, message: READABLE_BY_ALL });
    }
  }
  const publicKeyFiles: (string | undefined)[] = [];
  const keys = list(get(get(get(root, 'commands'), 'signing'), 'keys'));
  // More are refused anyway, and need not be looked for.
  for (const [k, key] of keys.slice(0, AMOUNTS.signingKeys).entries()) {
    const path = ['commands', 'signing', 'keys', k, 'publicKeyFile'];
    const found = await find(asText(get(key, 'publicKeyFile')), path);
    publicKeyFiles.push(found?.file);
    // Everybody may know a public key, but a person who puts another one in its place may sign.
    if (found?.writable) {
      warnings.push({
        path,
        message: 'every user of this machine may change the file: take that right away (chmod 0644)',
      });
    }
  }
  return { files: files.mqtt, sparkplugFiles: files.sparkplug, publicKeyFiles, findings, warnings };
}

/** Where a name of the config leads. `problem` is told, also where a file was found that the service may not read. */
export type FileFinder = (
  name: string,
) => Promise<{ readonly found?: FoundFile | undefined; readonly problem?: string | undefined }>;

/** See {@link findCredentials}. */
export function fileFinder(
  configFile: string,
  credentialsDirectory: string | undefined,
  service?: ServiceView,
): FileFinder {
  const beside = dirname(resolve(configFile));
  const folder =
    credentialsDirectory !== undefined && isAbsolute(credentialsDirectory) ? credentialsDirectory : undefined;
  return async (name) => {
    const names = isAbsolute(name) ? [] : [name, `${FROM_FOLDER}${name}`];
    const handed = names.flatMap((each) => service?.credential(each) ?? []);
    if (handed.some(({ file }) => file === undefined)) return {};
    const given = service === undefined ? inFolder(folder, names) : handed.flatMap(({ file }) => file ?? []);
    const found = (await firstReadable(given)) ?? (await firstReadable([isAbsolute(name) ? name : join(beside, name)]));
    if (found === undefined) return { problem: service?.lacks(name) ?? UNREADABLE };
    if (service !== undefined && !given.includes(found.file) && !service.mayRead(found)) {
      return { found, problem: service.lacks(name) ?? NOT_FOR_THE_SERVICE };
    }
    return { found };
  };
}

function inFolder(folder: string | undefined, names: readonly string[]): readonly string[] {
  return folder === undefined ? [] : names.map((each) => join(folder, each));
}

/** A file, and the rights to it that every user of the machine has. */
export interface FoundFile {
  readonly file: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly readable: boolean;
  readonly writable: boolean;
}

async function firstReadable(paths: readonly string[]): Promise<FoundFile | undefined> {
  for (const file of paths) {
    try {
      const found = await stat(file);
      await access(file, constants.R_OK);
      if (!found.isFile()) continue;
      const { mode, uid, gid } = found;
      return { file, mode, uid, gid, readable: (mode & 0o004) !== 0, writable: (mode & 0o002) !== 0 };
    } catch {
      // The next folder may have it; if none does, that is the finding.
    }
  }
  return undefined;
}
