import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ServiceView } from '../../../config/credentials/credentials.ts';
import type { Problem } from '../../../config/problem.ts';
import { readTextFile } from '../../../config/source/file.ts';
import { DEFAULT_CONFIG } from '../io.ts';
import { catUnit, showUnit } from './systemctl.ts';
import { parseUnitFile, type UnitFile } from './unit-file.ts';

/** Where the packages say that credentials lie; a tool that is run by hand looks here, the service gets what its unit hands over. */
export const CREDENTIALS_FOLDER = '/etc/fieldward/credentials';

/** How the service will see its config. */
export interface InstalledService {
  readonly view: ServiceView;
  /** The variables that its unit sets: its state directory and our own. */
  readonly environment: Readonly<Record<string, string>>;
  /** Why it would not even start. */
  readonly problems: readonly Problem[];
  /** The unit or a drop-in was changed since systemd read them: the next look tells the settings that count. */
  readonly isStale?: boolean;
}

/** Looks for the service that this config belongs to; undefined where there is none, or this is the service itself. */
export type FindService = (
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
) => Promise<InstalledService | undefined>;

export const findService: FindService = async (file, environment) => {
  const given = environment.CREDENTIALS_DIRECTORY;
  if (resolve(file) !== DEFAULT_CONFIG || (given !== undefined && given !== CREDENTIALS_FOLDER)) return undefined;
  const [text, shown] = await Promise.all([catUnit(), showUnit(['NeedDaemonReload'])]);
  const unit = text === undefined ? undefined : parseUnitFile(text);
  if (unit === undefined || (unit.config ?? DEFAULT_CONFIG) !== DEFAULT_CONFIG) return undefined;
  return { ...(await serviceOf(unit, file)), isStale: shown?.includes('NeedDaemonReload=yes') === true };
};

/**
 * The service of a unit.
 * @param folder where credentials lie that a unit may have forgotten
 */
export async function serviceOf(unit: UnitFile, file: string, folder = CREDENTIALS_FOLDER): Promise<InstalledService> {
  const problems: Problem[] = [];
  const credentials = new Map<string, string | undefined>();
  let isHidden = false;
  for (const { name, from } of unit.handed.values()) {
    if (from === undefined) {
      credentials.set(name, undefined);
      continue;
    }
    const found = await look(from);
    if (found === 'absent') problems.push(unitProblem(name, 'names a file that is not there'));
    else if (found === 'hidden') isHidden = true;
    else if (found === 'file') credentials.set(name, from);
    else {
      for (const [each, path] of found) {
        // names that systemd refuses end the start (systemd: credential_name_valid)
        if (/[^\x20-\x7e]|:/.test(each))
          problems.push(unitProblem(name, 'its folder holds a name with other than ASCII, or a colon'));
        else credentials.set(`${name}_${each}`, path);
      }
    }
  }
  const mayRead = await reader(unit);
  const config = await stat(file).catch(() => undefined);
  if (config !== undefined && !mayRead(config)) {
    const message = 'may not be read by the service: chown root:dialout, chmod 0640';
    problems.push({ file, line: 0, column: 0, path: '', message });
  }
  const lying = await lyingIn(folder);
  return {
    view: {
      credential: (name) => {
        if (credentials.has(name)) return { file: credentials.get(name) };
        // nobody outside can tell which names there will be: each that fits may be one
        return unit.imported.some((pattern) => pattern.test(name)) ? { file: undefined } : undefined;
      },
      mayRead,
      lacks: (name) => (isHidden ? AS_ROOT : lying.get(name)),
    },
    environment: await environmentOf(unit),
    problems,
  };
}

const AS_ROOT = 'can not be looked at by this user: check as root';

/** A file, the files of a folder that systemd would hand over, or why it is neither. */
async function look(path: string): Promise<'absent' | 'hidden' | 'file' | readonly (readonly [string, string])[]> {
  try {
    if (!(await stat(path)).isDirectory()) return 'file';
    const entries = await readdir(path, { withFileTypes: true });
    // hidden files, links and all that is no file are passed over (systemd: recurse_dir)
    return entries.flatMap((entry) =>
      entry.isFile() && !entry.name.startsWith('.') ? [[entry.name, join(path, entry.name)] as const] : [],
    );
  } catch (thrown) {
    return (thrown as { code?: unknown }).code === 'ENOENT' ? 'absent' : 'hidden';
  }
}

/** The files that lie where credentials belong, with the reason why the service does not get each all the same. */
async function lyingIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const lying = new Map<string, string>();
  for (const name of await readdir(folder).catch(() => [])) {
    const isLink = (await lstat(join(folder, name)).catch(() => undefined))?.isSymbolicLink() === true;
    lying.set(name, isLink ? LINK : FORGOTTEN);
  }
  return lying;
}

const LINK =
  'is a link among the credentials, and systemd takes only files from that folder: copy it there, or name it by LoadCredential= (fieldward.service(8))';
const FORGOTTEN =
  'lies among the credentials, but the unit does not hand it to the service: its LoadCredential= is missing (fieldward.service(8))';

function unitProblem(name: string, why: string): Problem {
  const path = /^[A-Za-z0-9._-]{1,64}$/.test(name) ? `LoadCredential=${name}` : 'LoadCredential=';
  const message = `${why}: the service would end with 243/CREDENTIALS`;
  return { file: 'fieldward.service', line: 0, column: 0, path, message };
}

/** The service's user and groups, as far as files are concerned. */
async function reader({ user, group, isDynamicUser }: UnitFile): Promise<ServiceView['mayRead']> {
  const name = user ?? (isDynamicUser ? 'fieldward' : 'root');
  if (name === 'root' || name === '0') return () => true;
  const [uid, gid] = await Promise.all([
    idOf('/etc/passwd', name),
    group === undefined ? undefined : idOf('/etc/group', group),
  ]);
  return (file) =>
    (file.mode & 0o004) !== 0 ||
    // a group that is not in the file, as of a directory service, is not known here
    ((file.mode & 0o040) !== 0 && (gid === undefined ? file.gid !== 0 : file.gid === gid)) ||
    ((file.mode & 0o400) !== 0 && file.uid === uid);
}

async function idOf(file: string, name: string): Promise<number | undefined> {
  if (/^[0-9]+$/.test(name)) return Number(name);
  const text = await readFile(file, 'utf8').catch(() => '');
  const line = text.split('\n').find((each) => each.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
}

const OURS = /^FIELDWARD_[A-Za-z0-9_]+$/;
const ENVIRONMENT_FILE_BYTES = 65_536;

async function environmentOf(unit: UnitFile): Promise<Readonly<Record<string, string>>> {
  const set = new Map([...unit.environment].filter(([name]) => OURS.test(name)));
  for (const file of unit.environmentFiles) {
    const content = await readTextFile(file, ENVIRONMENT_FILE_BYTES);
    for (const line of content.ok ? content.text.split('\n') : []) {
      const [, name = '', quoted = ''] = /^\s*([A-Za-z0-9_]+)=(.*?)\s*$/.exec(line) ?? [];
      if (OURS.test(name)) set.set(name, quoted.replace(/^(["'])(.*)\1$/, '$2'));
    }
  }
  if (unit.stateDirectory !== undefined) set.set('STATE_DIRECTORY', unit.stateDirectory);
  return Object.fromEntries(set);
}
