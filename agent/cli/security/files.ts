import { lstat, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LoadedConfig } from '../../../config/load.ts';
import { asText, get } from '../../../config/source/data.ts';
import { MARKER_FILE, trialFile } from '../../lifecycle/trial-marker.ts';
import { previousFile } from '../apply/config-place.ts';
import { good, type SecurityFinding } from './finding.ts';
import { inspectFolders } from './folders.ts';
import { type FileKeeper, findOwners, judgeOwner, type Owners } from './owner.ts';

/** `public`: everybody may read it; `private`: only its owner, or its group; `secret`: that, and no more. */
export type Privacy = 'public' | 'private' | 'secret';

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
const GROUP_WRITE = 0o020;
const ROOT = 0;
/** Where the unit's StateDirectory= is. */
const STATE = '/var/lib/fieldward';

/** Why a file could not be looked at. */
export type Unseen = 'absent' | 'forbidden' | 'failed';

const UNSEEN: Readonly<Record<Unseen, string>> = {
  absent: 'it is not there; the folders of the state are made when the service starts for the first time',
  forbidden: 'it can not be looked at by this user: check as root',
  failed: 'it can not be looked at: see `dmesg` and `findmnt` for the disk that it lies on',
};

interface Wanted {
  readonly name: string;
  readonly privacy: Privacy;
  readonly keeper: FileKeeper;
  readonly path: string;
}

/** The meaning of a file's mode for its content. Pure. */
export function judgeMode(
  name: string,
  privacy: Privacy,
  found: { readonly mode: number; readonly gid: number } | Unseen,
): SecurityFinding {
  if (typeof found === 'string') return { name, state: 'unknown', advice: UNSEEN[found] };
  const { mode, gid } = found;
  if ((mode & OTHERS_WRITE) !== 0) {
    return { name, state: 'bad', advice: 'every user of this machine may change it: take that away (chmod o-w)' };
  }
  if (privacy === 'secret' && (mode & OTHERS_READ) !== 0) {
    return { name, state: 'bad', advice: 'every user of this machine may read it: take that away (chmod o-rwx)' };
  }
  if ((mode & GROUP_WRITE) !== 0 && gid !== ROOT) {
    return { name, state: 'weak', advice: 'its whole group may change it: take that away (chmod g-w)' };
  }
  if (privacy === 'private' && (mode & OTHERS_READ) !== 0) {
    return { name, state: 'weak', advice: 'every user of this machine may read it: take that away (chmod o-rwx)' };
  }
  return good(name);
}

/**
 * Modes and owners of the config, of what it names, and of the folders that hold what must survive; and every folder on
 * the way to them, because a file is as safe as the folders that lead to it.
 * @param owners whom the files may belong to; found out where it is not given
 */
export async function inspectFiles(
  { config, drivers }: LoadedConfig,
  file: string,
  owners?: Owners,
): Promise<readonly SecurityFinding[]> {
  const { mqtt, sparkplug, commands, outbox } = config;
  const states = [outbox.directory ?? STATE, commands.directory ?? STATE] as const;
  const trusted = owners ?? (await findOwners(states));
  const wanted: Wanted[] = [];
  const add = (name: string, privacy: Privacy, path: string | undefined, keeper: FileKeeper = 'root') => {
    if (path !== undefined) wanted.push({ name, privacy, path, keeper });
  };
  add('config file', 'private', file);
  add('folder of the config', 'public', dirname(file));
  const marker = join(commands.directory === undefined ? STATE : dirname(commands.directory), MARKER_FILE);
  // a trial leaves them, and most of the time there is none
  if (await isThere(trialFile(file))) add('config on trial', 'private', trialFile(file));
  if (await isThere(previousFile(file))) add('config from before', 'private', previousFile(file));
  if (await isThere(marker)) add('marker of a trial', 'secret', marker, 'agent');
  add('mqtt.passwordFile', 'secret', mqtt.passwordFile);
  add('mqtt.keyFile', 'secret', mqtt.keyFile);
  add('mqtt.certFile', 'public', mqtt.certFile);
  add('mqtt.caFile', 'public', mqtt.caFile);
  add('mqtt.proxyCredentialsFile', 'secret', mqtt.proxyCredentialsFile);
  add('sparkplug.passwordFile', 'secret', sparkplug?.passwordFile);
  add('sparkplug.keyFile', 'secret', sparkplug?.keyFile);
  add('sparkplug.certFile', 'public', sparkplug?.certFile);
  add('sparkplug.caFile', 'public', sparkplug?.caFile);
  for (const [k, { publicKeyFile }] of commands.signing.keys.entries()) {
    add(`commands.signing.keys[${k}].publicKeyFile`, 'public', publicKeyFile);
  }
  for (const [b, { devices }] of config.buses.entries()) {
    for (const [d, { driver, options }] of devices.entries()) {
      const outcome = drivers.get(driver);
      for (const key of Object.keys((outcome?.loaded && outcome.driver.secrets) || {})) {
        add(`buses[${b}].devices[${d}].options.${key}`, 'secret', asText(get(options, key)));
      }
    }
  }
  add('outbox.directory', 'secret', states[0], 'agent');
  add('commands.directory', 'secret', states[1], 'agent');
  return (await Promise.all(wanted.map((each) => inspectOne(each, trusted)))).flat();
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function inspectOne(
  { name, privacy, keeper, path }: Wanted,
  owners: Owners,
): Promise<readonly SecurityFinding[]> {
  const found = await stat(path).catch(unseen);
  if (typeof found === 'string') return [judgeMode(name, privacy, found)];
  return [
    judgeMode(name, privacy, found),
    judgeOwner(`${name}: owner`, keeper, found.uid, owners),
    ...(await inspectFolders(name, path, keeper, owners)),
  ];
}

function unseen(thrown: unknown): Unseen {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'absent';
  return code === 'EACCES' || code === 'EPERM' ? 'forbidden' : 'failed';
}
